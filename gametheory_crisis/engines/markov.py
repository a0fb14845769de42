"""The engine of games without end: stationary Markov perfect equilibria."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

from gametheory_crisis.certificate import certify_markov
from gametheory_crisis.engines.certified import certified
from gametheory_crisis.engines.request import Request
from gametheory_crisis.errors import SolverError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.stage import Kind, StageGame
from gametheory_crisis.language.graph import FOREVER, Graph
from gametheory_crisis.results import Equilibrium, Solution

if TYPE_CHECKING:
    from gametheory_crisis.engines.markov_cells import MarkovCells
    from gametheory_crisis.games.stochastic import StationaryProfile
    from gametheory_crisis.games.stochastic_point import PlacedGame
    from gametheory_crisis.solvers.recursion import Profile
    from gametheory_crisis.solvers.stochastic.limit import StationaryLimit
    from gametheory_crisis.solvers.stochastic.tables import MarkovTables

MAX_POSITIONS = 2_000
"""Positions beyond which longer and longer deadlines take too long."""
MAX_DAYS = 20_000
"""Length of the deadlines tried."""
MAX_CROWDED_DAYS = 64
"""The same where stages have three movers or more, each of which takes a while."""
MAX_REGRET = 1e-10
"""Regret, as a share of the largest payoff, up to which an unsettled limit is an equilibrium."""
LIMIT = "limit"
"""The method for continuous offers: the limit of games with ever longer deadlines."""


class MarkovEngine:
    """Solves one model of public moves in which play can go on for ever."""

    def __init__(self, graph: Graph, name: str, concept: str) -> None:
        self.graph = graph
        self.name = name
        self.concept = concept

    @cached_property
    def stage_game(self) -> StageGame:
        """The numeric form: positions on any day."""
        from gametheory_crisis.compiler.stages import stage_game

        return stage_game(self.graph)

    @cached_property
    def finite(self) -> bool:
        """Whether all choices are among finitely many actions."""
        return not any(p.kind is Kind.OFFER for p in self.stage_game.positions)

    def solve(self, point: Mapping[str, Number], request: Request) -> Solution:
        """The equilibria at a point; see `Model.solve`."""
        if request.refine is not None:
            raise UnsupportedGame(
                f"the refinement '{request.refine}' applies to games of private information"
            )
        method = None if request.method == "recursion" else request.method
        if not self.finite or method == LIMIT:
            profiles, notes, numbers = self._limit(point, request, method)
        else:
            profiles, notes, numbers = self._search(point, request, method)
        equilibria = []
        for profile in profiles:
            equilibria.append(self._equilibrium(numbers, profile))
            if request.progress is not None:
                request.progress(len(equilibria), len(profiles))
        if request.exact and not all(equilibrium.exact for equilibrium in equilibria):
            raise UnsupportedGame(
                "the equilibrium is not rational at this point, or its arithmetic is not"
            )
        return Solution(
            model=self.name,
            parameters=dict(point),
            concept=self.concept,
            method=request.method or "recursion",
            complete=not notes,
            equilibria=tuple(equilibria),
            notes=notes,
        )

    @cached_property
    def block_solver(self) -> MarkovTables | MarkovCells:
        """What solves many points at once: in tables, or else one point after the other."""
        from gametheory_crisis.engines.markov_cells import MarkovCells
        from gametheory_crisis.solvers.stochastic.tables import MarkovTables

        cells = MarkovCells(self)
        if not self.finite or not enumerable(self.stage_game):
            return cells
        return MarkovTables(self.stage_game, cells)

    def kernel(self) -> Callable[..., Any]:
        """Refused: an equilibrium on an infinite horizon is searched for, not computed in a line.

        Raises
        ------
        UnsupportedGame
            Always.
        """
        raise UnsupportedGame(
            "play can go on for ever: such a game has no compiled kernel; use solve_batch"
        )

    # Ways to solve a point

    def _search(
        self, point: Mapping[str, Number], request: Request, method: str | None
    ) -> tuple[list[Profile], tuple[str, ...], Mapping[str, Number]]:
        """Equilibria of the stochastic game."""
        from gametheory_crisis.games.stochastic_point import stochastic_at_point
        from gametheory_crisis.solvers.stochastic.search import MAX_EXACT_STATES, markov_equilibria

        placed = stochastic_at_point(self.stage_game, point)
        if len(placed.positions) > MAX_EXACT_STATES:
            placed = stochastic_at_point(self.stage_game, point, exact=False)
            point = {name: as_float(value) for name, value in point.items()}
        try:
            found = markov_equilibria(placed.game, method=method, select=request.select)
        except SolverError as error:
            payoffs = zip(self.graph.players, error.best.get("payoffs", ()), strict=False)
            best = error.best | {"payoffs": dict(payoffs)} if error.best else {}
            raise SolverError(error.message, best) from error
        return [self._decided(placed, p) for p in found.profiles], found.notes, point

    def _limit(
        self, point: Mapping[str, Number], request: Request, method: str | None
    ) -> tuple[list[Profile], tuple[str, ...], Mapping[str, Number]]:
        """The limit of games with ever longer deadlines."""
        from gametheory_crisis.games.endless_play import check_discounting
        from gametheory_crisis.games.tape import Evaluator
        from gametheory_crisis.solvers.stochastic.limit import stationary_limit

        if request.select == "risk":
            raise UnsupportedGame("the selection 'risk' is for single stages of 2x2")
        if len(self.stage_game.positions) > MAX_POSITIONS:
            raise UnsupportedGame(
                f"the model has {len(self.stage_game.positions):,} pairs of node and state, too "
                f"many for the method 'limit' (more than {MAX_POSITIONS:,}); narrow the state "
                "variables' ranges"
            )
        if method not in (None, LIMIT):
            raise UnsupportedGame(
                f"an offer is continuous, which the method '{method}' cannot solve; "
                "give it a grid (grid: 21)"
            )
        if request.exact:
            raise UnsupportedGame(
                "the method 'limit' works in floating point; give an offer a grid (grid: 21) for "
                "exact numbers"
            )
        floats = {name: as_float(value) for name, value in point.items()}
        evaluator = Evaluator(self.stage_game.tape, floats, exact=False)
        check_discounting(self.stage_game, range(len(self.stage_game.positions)), evaluator)
        crowded = any(len(position.movers) > 2 for position in self.stage_game.positions)
        most_days = MAX_CROWDED_DAYS if crowded else MAX_DAYS
        found = stationary_limit(
            self.stage_game, floats, select=request.select, most_days=most_days
        )
        profile = found.profile if found.converged else self._unsettled(floats, found)
        note = "the limit of games with longer and longer deadlines; there may be others"
        return [profile], (note, *found.notes), floats

    def _unsettled(self, point: Mapping[str, Number], found: StationaryLimit) -> Profile:
        """What games with longer deadlines come to where their values do not settle in time.

        Raises
        ------
        SolverError
            It is no equilibrium; carries its payoffs and its regret.
        """
        from gametheory_crisis.solvers.strategies import stationary_strategies

        places = stationary_strategies(self.stage_game, point, found.profile)
        certificate = certify_markov(self.graph, point, places)
        payoffs = tuple(certificate.payoffs.values())
        largest = max(abs(as_float(payoff)) for payoff in payoffs)
        if as_float(certificate.regret) <= MAX_REGRET * largest:
            return replace(found.profile, value=replace(found.profile.value, payoffs=payoffs))
        raise SolverError(
            f"games with longer and longer deadlines do not settle: after {found.days:,} days "
            f"values still change by {found.gap:.3g} from day to day",
            {"payoffs": dict(certificate.payoffs), "regret": as_float(certificate.regret)},
        )

    def _decided(self, placed: PlacedGame, stationary: StationaryProfile) -> Profile:
        """A profile of the stochastic game as decisions at positions, with the start's value."""
        from gametheory_crisis.games.stochastic_point import branch_of
        from gametheory_crisis.solvers.one_day import Decided
        from gametheory_crisis.solvers.recursion import Profile
        from gametheory_crisis.solvers.stochastic.outcomes import endings
        from gametheory_crisis.solvers.stochastic.search import start_payoffs
        from gametheory_crisis.solvers.values import Value

        decisions = {}
        for index, mixes in zip(placed.positions, stationary, strict=True):
            position = self.stage_game.positions[index]
            if not position.movers:
                continue
            if all(max(shares) == 1 for shares in mixes):
                actions = [shares.index(1) for shares in mixes]
                decisions[index, -1] = Decided(branch_of(position, actions))
            else:
                mix = tuple(mixes[mover] for mover in position.movers)
                decisions[index, -1] = Decided(-1, mix=mix)
        ends = endings(placed.game, stationary)
        outcomes = dict(ends.outcomes)
        outcomes[self.stage_game.outcomes.index(FOREVER)] = ends.forever
        payoffs = tuple(start_payoffs(placed.game, stationary))
        day = math.nan if ends.day is None else ends.day
        return Profile(Value(payoffs, outcomes, day), decisions)

    def _equilibrium(self, point: Mapping[str, Number], profile: Profile) -> Equilibrium:
        from gametheory_crisis.solvers.regimes import regime_of
        from gametheory_crisis.solvers.strategies import stationary_strategies

        game = self.stage_game
        places = stationary_strategies(game, point, profile)
        ordered = {node: places[node] for node in self.graph.nodes if node in places}
        certificate = certify_markov(self.graph, point, ordered)
        value = profile.value
        if not self.finite:
            value = replace(
                value,
                outcomes={k: certificate.outcomes[name] for k, name in enumerate(game.outcomes)},
                day=math.nan if certificate.expected_day is None else certificate.expected_day,
            )
        regime = game.regimes[regime_of(game, point, value)][0]
        return certified(value, regime, ordered, certificate, certificate.regret, game.outcomes)


def enumerable(game: StageGame) -> bool:
    """Whether the pure profiles of a game are few enough to try all, wherever play can stand."""
    from gametheory_crisis.solvers.stochastic.pure import MAX_PROFILES

    profiles = prod(len(p.branches) for p in game.positions if p.movers)
    return profiles <= MAX_PROFILES
