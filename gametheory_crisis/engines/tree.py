"""The tree engine: the extensive form of games with hidden moves and private types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gametheory_crisis.certificate import TreeCertificate, certify_tree
from gametheory_crisis.engines.certified import certified
from gametheory_crisis.engines.request import Request
from gametheory_crisis.errors import ParameterError, SolverError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, as_float, is_finite
from gametheory_crisis.games.extensive import ExtensiveForm, ExtensiveGame, Family, TreeSolution
from gametheory_crisis.games.tape import Evaluator, Tape
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.results import Choice, Equilibrium, Solution

if TYPE_CHECKING:
    from gametheory_crisis.engines.tree_cells import TreeCells
    from gametheory_crisis.solvers.signalling_tables import SignallingTables

MAX_BELIEF_ERROR = 1e-7
"""Largest error of a belief."""
CONCEPTS = {
    "tree": "perfect Bayesian",
    "nash": "Nash",
    "subgame_perfect": "subgame-perfect",
    "sequential": "sequential",
}


class TreeEngine:
    """Solves the extensive form of one model."""

    def __init__(self, graph: Graph, name: str) -> None:
        self.graph = graph
        self.name = name
        self._forms: dict[int | None, ExtensiveForm | UnsupportedGame] = {}

    @cached_property
    def _tape(self) -> Tape:
        from gametheory_crisis.compiler.freezing import make_tape

        return make_tape(self.graph.expressions)

    @cached_property
    def block_solver(self) -> SignallingTables | TreeCells:
        """What solves many points at once: tables, or else one point after the other.

        Tables serve where the game at the file's own values is in signalling form.
        """
        from gametheory_crisis.engines.tree_cells import TreeCells
        from gametheory_crisis.games.extensive_point import at_point
        from gametheory_crisis.solvers.extensive_form.folding import foldings
        from gametheory_crisis.solvers.extensive_form.rationals import in_rationals
        from gametheory_crisis.solvers.signalling_tables import SignallingTables
        from gametheory_crisis.solvers.slot_values import SlotValues

        cells = TreeCells(self)
        point = {name: p.value for name, p in self.graph.parameters.items()}
        try:
            form = self.form(point)
            next(foldings(in_rationals(at_point(form, point))))
        except (ParameterError, UnsupportedGame):
            return cells
        days = self.graph.clock.deadline
        deadline = None if days is None else SlotValues(self._tape, (days,))
        return SignallingTables(form, deadline, self.unrolled, cells)

    def form(self, point: Mapping[str, Number]) -> ExtensiveForm:
        """The tree for the deadline that a point has.

        Raises
        ------
        ParameterError
            The deadline is no whole number of days.
        UnsupportedGame
            The tree is too large, or has no finite form.
        """
        return self.unrolled(self._deadline(point))

    def unrolled(self, deadline: int | None) -> ExtensiveForm:
        """The tree for one deadline, unrolled, or found to be too large, once."""
        from gametheory_crisis.compiler.tree import extensive_form

        if deadline not in self._forms:
            try:
                self._forms[deadline] = extensive_form(self.graph, deadline)
            except UnsupportedGame as obstacle:
                self._forms[deadline] = obstacle
        form = self._forms[deadline]
        if isinstance(form, UnsupportedGame):
            raise form
        return form

    def game(self, point: Mapping[str, Number], *, exact: bool = True) -> ExtensiveGame:
        """The extensive game at a point."""
        from gametheory_crisis.games.extensive_point import at_point

        return at_point(self.form(point), point, exact=exact)

    def _deadline(self, point: Mapping[str, Number]) -> int | None:
        if self.graph.clock.deadline is None:
            return None
        days = Evaluator(self._tape, point).value(self.graph.clock.deadline)
        if not is_finite(days) or days != int(days) or days < 1:
            raise ParameterError(f"the deadline is {float(days):g}, not a whole number of days")
        return int(days)

    def solve(self, point: Mapping[str, Number], request: Request) -> Solution:
        """The equilibria at a point; see `Model.solve`."""
        method = request.method or "tree"
        if request.refine is not None and method != "tree":
            raise UnsupportedGame(
                f"refinements apply to perfect Bayesian equilibria, not to the method '{method}'"
            )
        game = self.game(point)
        if request.exact and not game.exact:
            raise UnsupportedGame("the arithmetic is not rational at this point")
        found = find(game, method, request.select)
        families = _refined(game, found, request.refine)
        equilibria = []
        for family in families:
            equilibria.append(self._equilibrium(point, game, family, method))
            if request.progress is not None:
                request.progress(len(equilibria), len(families))
        if request.exact and not all(equilibrium.exact for equilibrium in equilibria):
            raise UnsupportedGame("an equilibrium is irrational, so there is no exact certificate")
        return Solution(
            model=self.name,
            parameters=dict(point),
            concept=CONCEPTS[method],
            method=method,
            complete=not found.notes,
            equilibria=tuple(e for e in equilibria if not e.refined_away),
            notes=found.notes,
            refined_away=tuple(e for e in equilibria if e.refined_away),
        )

    def kernel(self) -> Callable[..., Any]:
        """There is none: a tree is no straight-line arithmetic."""
        raise UnsupportedGame(
            "games of private information or hidden moves have no embedded kernel; use solve_batch"
        )

    def _equilibrium(
        self, point: Mapping[str, Number], game: ExtensiveGame, family: Family, method: str
    ) -> Equilibrium:
        from gametheory_crisis.solvers.extensive_form.strategies import beliefs, choices
        from gametheory_crisis.solvers.extensive_form.values import value_of
        from gametheory_crisis.solvers.regimes import regime_of

        form = self.form(point)
        value = value_of(game, family.assessment.behaviour)
        found = choices(game, family)
        ordered: dict[str, tuple[Choice, ...]] = {
            node: found[node] for node in self.graph.nodes if node in found
        }
        believed = beliefs(game, family.assessment)
        numbers = dict(point) if game.exact else {k: as_float(v) for k, v in point.items()}
        certificate = certify_tree(
            self.graph,
            numbers,
            ordered,
            None if family.assessment.beliefs is None else believed,
        )
        regime = form.regimes[regime_of(form, numbers, value)][0]
        regret = _regret(certificate, method)
        return replace(
            certified(value, regime, ordered, certificate, regret, game.outcomes),
            beliefs={node: believed[node] for node in self.graph.nodes if node in believed},
            kind=family.kind,
            refined_away=family.refined_away,
        )


def _regret(certificate: TreeCertificate, method: str) -> Number:
    """The regret that counts for a solution concept, once the beliefs have been seen to be sound.

    Raises
    ------
    SolverError
        Beliefs contradict Bayes' rule, or no sequence of trembles leads to them.
    """
    if method == "nash":
        return certificate.regret
    if method == "subgame_perfect":
        return certificate.subgame_regret
    for error, what in (
        (certificate.belief_error, "Bayes' rule"),
        (certificate.tremble_error, "what trembles can lead to"),
    ):
        if error > MAX_BELIEF_ERROR:
            raise SolverError(
                f"beliefs miss {what} by {as_float(error):.3g}; please report this model"
            )
    return max(certificate.regret, certificate.supporting_regret)


def find(game: ExtensiveGame, method: str, select: str | None) -> TreeSolution:
    """The equilibria of a game by one of the tree's methods; one of them where a rule selects."""
    found = _solver(method)(game)
    if select in (None, "all"):
        return found
    return _selected(game, found, select or "all")


def _solver(method: str) -> Callable[[ExtensiveGame], TreeSolution]:
    if method == "nash":
        from gametheory_crisis.solvers.extensive_form.nash import nash

        return nash
    if method == "subgame_perfect":
        from gametheory_crisis.solvers.extensive_form.subgames import subgame_perfect

        return subgame_perfect
    if method == "sequential":
        from gametheory_crisis.solvers.extensive_form.agent_logit import sequential

        return sequential
    from gametheory_crisis.solvers.extensive_form.bayesian import bayesian

    return bayesian


def _selected(game: ExtensiveGame, found: TreeSolution, rule: str) -> TreeSolution:
    """The family that a rule selects."""
    if rule in ("risk", "mixed"):
        raise UnsupportedGame(f"the selection '{rule}' applies to simultaneous stages only")
    families = found.families
    if rule == "payoff" and families:
        families = (_with_largest_sum(game, families),)
    if rule == "logit":
        families = (_at_the_end_of_the_path(game, families),)
    notes = found.notes
    if len(found.families) > 1:
        notes = (*notes, f"one of {len(found.families)} equilibria is selected")
    return TreeSolution(families[:1], notes)


def _with_largest_sum(game: ExtensiveGame, families: tuple[Family, ...]) -> Family:
    from gametheory_crisis.solvers.extensive_form.values import value_of

    sums = [sum(value_of(game, family.assessment.behaviour).payoffs) for family in families]
    return families[max(range(len(families)), key=lambda k: (sums[k], -k))]


def _at_the_end_of_the_path(game: ExtensiveGame, families: tuple[Family, ...]) -> Family:
    """The limit of the agents' logit equilibria, as the family listed that plays so if one does."""
    from gametheory_crisis.solvers.extensive_form.agent_logit import sequential
    from gametheory_crisis.solvers.extensive_form.values import same_play

    limit = sequential(game).families[0]
    behaviour = limit.assessment.behaviour
    alike = (f for f in families if same_play(game, f.assessment.behaviour, behaviour))
    return next(alike, limit)


def _refined(game: ExtensiveGame, found: TreeSolution, criterion: str | None) -> tuple[Family, ...]:
    """The families, those that a refinement removes with the reason."""
    if criterion is None:
        return found.families
    from gametheory_crisis.solvers.extensive_form.refinements import refine

    return tuple(
        replace(family, refined_away=refine(game, family, criterion)) for family in found.families
    )
