"""The screening engine: offers to one player who alone knows a number, once or day after day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from gametheory_crisis.engines.certified import certified
from gametheory_crisis.engines.request import Request
from gametheory_crisis.errors import ParameterError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, as_float, is_finite
from gametheory_crisis.games.screening import ScreeningGame
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.results import Belief, Choice, Equilibrium, Solution
from gametheory_crisis.solvers.regimes import regime_of
from gametheory_crisis.solvers.values import Value

if TYPE_CHECKING:
    from gametheory_crisis.engines.screening_cells import ScreeningCells
    from gametheory_crisis.games.curves import Curves
    from gametheory_crisis.solvers.screening.daily import DailySolution
    from gametheory_crisis.solvers.screening.daily_path import DailyPath
    from gametheory_crisis.solvers.screening.public_moves import ScreenedPlay

Entry = TypeVar("Entry", Choice, Belief)

CONCEPT = "perfect Bayesian"
SKIMMING = (
    "more willing types give in earlier in every equilibrium; this one is found by backward "
    "induction, and where the proposer is indifferent others may differ"
)
INDIFFERENT = (
    "types who give in are indifferent between some days; this is the equilibrium in which the "
    "more willing do so earlier"
)
UNREACHED = "one equilibrium is found; others may differ in what is believed off the path"


class ScreeningEngine:
    """Solves one model of offers to an informed player."""

    def __init__(self, graph: Graph, name: str, method: str) -> None:
        self.graph = graph
        self.name = name
        self.method = method

    def __reduce__(self) -> tuple[type[ScreeningEngine], tuple[Graph, str, str]]:
        return type(self), (self.graph, self.name, self.method)

    @cached_property
    def game(self) -> ScreeningGame:
        """The form of the model."""
        from gametheory_crisis.compiler.screening import screening_game

        return screening_game(self.graph)

    @cached_property
    def curves(self) -> Curves:
        """The arithmetic of one offer, with derivatives."""
        from gametheory_crisis.compiler.curves import curves

        return curves(self.game)

    @cached_property
    def block_solver(self) -> ScreeningCells:
        """What solves many points: one after the other, each with its certificate."""
        from gametheory_crisis.engines.screening_cells import ScreeningCells

        return ScreeningCells(self)

    def kernel(self) -> Callable[..., Any]:
        """There is none."""
        raise UnsupportedGame("games of private information have no embedded kernel")

    def solve(self, point: Mapping[str, Number], request: Request) -> Solution:
        """The equilibrium at a point; see `Model.solve`."""
        if request.refine is not None:
            raise UnsupportedGame("refinements apply to signalling games; here offers screen types")
        if request.select not in (None, "all", "first", "payoff"):
            raise UnsupportedGame(
                f"the selection '{request.select}' applies to simultaneous stages only"
            )
        equilibrium, notes = self._at(point, request)
        if request.exact and not equilibrium.exact:
            raise UnsupportedGame("the arithmetic is not rational at this point")
        if request.progress is not None:
            request.progress(1, 1)
        return Solution(
            model=self.name,
            parameters=dict(point),
            concept=CONCEPT,
            method=self.method,
            complete=False,
            equilibria=(equilibrium,),
            notes=notes,
        )

    def _at(
        self, point: Mapping[str, Number], request: Request
    ) -> tuple[Equilibrium, tuple[str, ...]]:
        """The equilibrium at a point, and why there may be others."""
        if self.game.daily is None:
            return self._once(point)
        if request.exact:
            raise UnsupportedGame(
                "daily offers are solved in floats; there is no exact certificate"
            )
        return self._daily(point, request.tolerance)

    def certified_values(self, point: Mapping[str, Number]) -> list[tuple[Value, int]]:
        """What play is worth at a point, and its regime; of daily offers once certified."""
        if self.game.daily is not None:
            found, path, numbers = self._played(point, None)
            value = _value_of_path(path)
            self._certified_daily(found, numbers, value, {})
            return [(value, regime_of(self.game.stage, numbers, value))]
        from gametheory_crisis.solvers.screening.one_offer_game import solve_one_offer

        self._check(point)
        value = _value(solve_one_offer(self.game, self.curves, point))
        return [(value, regime_of(self.game.stage, point, value))]

    def _check(self, point: Mapping[str, Number]) -> None:
        stage = self.game.stage
        for check in stage.checks:
            if Evaluator(stage.tape, point).value(check.condition) != 1:
                raise ParameterError(check.message)

    def _once(self, point: Mapping[str, Number]) -> tuple[Equilibrium, tuple[str, ...]]:
        """The equilibrium where no second offer is made, certified."""
        from gametheory_crisis.certificate.certify_offer import certify_offer
        from gametheory_crisis.solvers.screening.one_offer_game import solve_one_offer

        self._check(point)
        play, stage = solve_one_offer(self.game, self.curves, point), self.game.stage
        numbers = dict(point) if play.exact else {k: as_float(v) for k, v in point.items()}
        certificate = certify_offer(self.graph, numbers, play.strategies)
        value = _value(play)
        regime = stage.regimes[regime_of(stage, numbers, value)][0]
        strategies = self._in_order(play.strategies)
        equilibrium = certified(
            value, regime, strategies, certificate, certificate.regret, stage.outcomes
        )
        beliefs = self._in_order(play.beliefs)
        notes = play.notes or (UNREACHED,)
        return replace(equilibrium, beliefs=beliefs, by_type=play.by_type), notes

    def _in_order(self, places: Mapping[str, Sequence[Entry]]) -> dict[str, tuple[Entry, ...]]:
        """What stands under nodes, in the file's order of nodes."""
        return {node: tuple(places[node]) for node in self.graph.nodes if node in places}

    def _daily(
        self, point: Mapping[str, Number], tolerance: float | None
    ) -> tuple[Equilibrium, tuple[str, ...]]:
        """The equilibrium of daily offers, certified, and why there may be others."""
        from gametheory_crisis.solvers.screening.daily_strategies import DailyStrategies

        solution, path, numbers = self._played(point, tolerance)
        strategies = DailyStrategies(self.game, solution, path)
        value, ordered = _value_of_path(path), self._in_order(strategies.choices)
        equilibrium = replace(
            self._certified_daily(solution, numbers, value, ordered),
            beliefs=self._in_order(strategies.beliefs),
            by_type=strategies.by_type(),
            error=solution.error,
        )
        return equilibrium, (SKIMMING if solution.strict else INDIFFERENT,)

    def _played(
        self, point: Mapping[str, Number], tolerance: float | None
    ) -> tuple[DailySolution, DailyPath, dict[str, float]]:
        """The equilibrium of daily offers, its path, and the point in floats."""
        from gametheory_crisis.solvers.screening.daily_path import solve_and_play

        numbers = {name: as_float(number) for name, number in point.items()}
        self._check(point)
        found = solve_and_play(self.game, numbers, self._days(point), tolerance)
        return *found, numbers

    def _certified_daily(
        self,
        solution: DailySolution,
        numbers: Mapping[str, float],
        value: Value,
        strategies: Mapping[str, tuple[Choice, ...]],
    ) -> Equilibrium:
        """The rules of daily offers, with what their certificate confirms."""
        from gametheory_crisis.certificate.certify_daily_offers import certify_daily_offers

        stage = self.game.stage
        certificate = certify_daily_offers(self.graph, numbers, solution.rules, strategies)
        return certified(
            value,
            stage.regimes[regime_of(stage, numbers, value)][0],
            strategies,
            certificate,
            certificate.regret,
            stage.outcomes,
            solution.error,
        )

    def _days(self, point: Mapping[str, Number]) -> int:
        deadline = self.game.stage.deadline
        if deadline is None:
            raise UnsupportedGame("daily offers need a clock with a deadline")
        days = Evaluator(self.game.stage.tape, point).value(deadline)
        if not is_finite(days) or days != int(days) or days < 1:
            raise ParameterError(f"the deadline is {float(days):g}, not a whole number of days")
        return int(days)


def _value_of_path(path: DailyPath) -> Value:
    return Value(tuple(map(float, path.payoffs)), {**path.outcomes}, path.expected_day)


def _value(play: ScreenedPlay) -> Value:
    return Value(play.payoffs, dict(play.outcomes), play.day)
