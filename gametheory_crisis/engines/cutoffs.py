"""The cutoffs engine: finite trees in which players draw private numbers from continua."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gametheory_crisis.certificate import certify_shocks
from gametheory_crisis.engines.certified import certified
from gametheory_crisis.engines.request import Request
from gametheory_crisis.errors import ParameterError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, as_float, is_finite
from gametheory_crisis.games.tape import Evaluator, Tape
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.results import Equilibrium, Solution

if TYPE_CHECKING:
    from gametheory_crisis.engines.cutoffs_cells import CutoffsCells
    from gametheory_crisis.games.shocks import ShockForm, ShockGame
    from gametheory_crisis.solvers.cutoffs.play import Played
    from gametheory_crisis.solvers.cutoffs.solve import CutoffSolution, Layouts

METHOD = "cutoffs"
CONCEPT = "perfect Bayesian"


class CutoffsEngine:
    """Solves the tree with private shocks of one model."""

    def __init__(self, graph: Graph, name: str) -> None:
        self.graph = graph
        self.name = name
        self._forms: dict[int | None, ShockForm | UnsupportedGame] = {}

    def __reduce__(self) -> tuple[type[CutoffsEngine], tuple[Graph, str]]:
        return type(self), (self.graph, self.name)

    @cached_property
    def _tape(self) -> Tape:
        from gametheory_crisis.compiler.freezing import make_tape

        return make_tape(self.graph.expressions)

    @cached_property
    def _layouts(self) -> Layouts:
        from gametheory_crisis.solvers.cutoffs.solve import Layouts

        return Layouts()

    @cached_property
    def block_solver(self) -> CutoffsCells:
        """What solves many points, one after the other, with all their equilibria."""
        from gametheory_crisis.engines.cutoffs_cells import CutoffsCells

        return CutoffsCells(self)

    def form(self, point: Mapping[str, Number]) -> ShockForm:
        """The tree for the deadline that a point has, unrolled once.

        Raises
        ------
        ParameterError
            The deadline is no whole number of days.
        UnsupportedGame
            There is no finite tree, or a private number is read where it cannot be.
        """
        from gametheory_crisis.compiler.shocks import shock_form

        deadline = self._deadline(point)
        if deadline not in self._forms:
            try:
                self._forms[deadline] = shock_form(self.graph, deadline)
            except UnsupportedGame as obstacle:
                self._forms[deadline] = obstacle
        form = self._forms[deadline]
        if isinstance(form, UnsupportedGame):
            raise form
        return form

    def game(self, point: Mapping[str, Number]) -> ShockGame:
        """The game at a point."""
        from gametheory_crisis.games.shocks import shocks_at_point

        return shocks_at_point(self.form(point), point)

    def _deadline(self, point: Mapping[str, Number]) -> int | None:
        if self.graph.clock.deadline is None:
            return None
        days = Evaluator(self._tape, point).value(self.graph.clock.deadline)
        if not is_finite(days) or days != int(days) or days < 1:
            raise ParameterError(f"the deadline is {float(days):g}, not a whole number of days")
        return int(days)

    def found(self, game: ShockGame) -> CutoffSolution:
        """The equilibria of a game of this model."""
        from gametheory_crisis.solvers.cutoffs.solve import cutoff_equilibria

        return cutoff_equilibria(game, self._layouts)

    def solve(self, point: Mapping[str, Number], request: Request) -> Solution:
        """The equilibria at a point; see `Model.solve`."""
        if request.refine is not None:
            raise UnsupportedGame(
                "refinements apply to finitely many types; replace the continuum (points: 20)"
            )
        if request.exact:
            raise UnsupportedGame("probabilities of a continuum are not rational")
        game = self.game(point)
        chosen = _selected(self.found(game), request.select)
        equilibria = []
        for played in chosen.equilibria:
            equilibria.append(self._equilibrium(point, game, played))
            if request.progress is not None:
                request.progress(len(equilibria), len(chosen.equilibria))
        return Solution(
            model=self.name,
            parameters=dict(point),
            concept=CONCEPT,
            method=METHOD,
            complete=not chosen.notes,
            equilibria=tuple(equilibria),
            notes=chosen.notes,
        )

    def kernel(self) -> Callable[..., Any]:
        """There is none: a fixed point is no straight-line arithmetic."""
        raise UnsupportedGame(
            "games of private information or hidden moves have no embedded kernel; use solve_batch"
        )

    def _equilibrium(
        self, point: Mapping[str, Number], game: ShockGame, played: Played
    ) -> Equilibrium:
        from gametheory_crisis.solvers.cutoffs.strategies import choices, type_values
        from gametheory_crisis.solvers.regimes import regime_of

        form = self.form(point).form
        found = choices(game, played)
        ordered = {node: found[node] for node in self.graph.nodes if node in found}
        numbers = {name: as_float(number) for name, number in point.items()}
        certificate = certify_shocks(self.graph, numbers, ordered)
        regime = form.regimes[regime_of(form, numbers, played.value)][0]
        outcomes = game.tree.outcomes
        return replace(
            certified(played.value, regime, ordered, certificate, certificate.regret, outcomes),
            by_type=type_values(game, played),
        )


def _selected(found: CutoffSolution, rule: str | None) -> CutoffSolution:
    """The equilibria that a rule selects: all where there is none."""
    if rule in (None, "all"):
        return found
    if rule not in ("payoff", "first"):
        raise UnsupportedGame(
            f"the selection '{rule}' does not apply to types from a continuum; take payoff, first "
            "or all"
        )
    equilibria, notes = found.equilibria, found.notes
    if len(equilibria) > 1:
        notes = (*notes, f"one of {len(equilibria)} equilibria is selected")
    if rule == "payoff" and equilibria:
        sums = [sum(map(as_float, played.value.payoffs)) for played in equilibria]
        best = max(range(len(sums)), key=lambda k: (sums[k], -k))
        equilibria = (equilibria[best],)
    return replace(found, equilibria=equilibria[:1], notes=notes)
