"""The recursion engine: backward induction over (node, state, day) in games of public moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from gametheory_crisis.certificate import certify
from gametheory_crisis.engines.certified import certified
from gametheory_crisis.engines.long_deadline import LongDeadlineEngine
from gametheory_crisis.engines.request import Request
from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.stage import Kind, StageGame
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.points import bounds
from gametheory_crisis.results import Choice, Equilibrium, Solution

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gametheory_crisis.kernels.cell import CellResult
    from gametheory_crisis.solvers.block_induction import BlockSolver
    from gametheory_crisis.solvers.pointwise import PointwiseSolver
    from gametheory_crisis.solvers.recursion import Profile, Recursion
    from gametheory_crisis.solvers.stage_tables import StageTables


class RecursionEngine:
    """Solves one model of public moves."""

    def __init__(self, graph: Graph, name: str, concept: str) -> None:
        self.graph = graph
        self.name = name
        self.concept = concept

    @cached_property
    def stage_game(self) -> StageGame:
        """The numeric form that the recursion solves."""
        from gametheory_crisis.compiler.stages import stage_game

        return stage_game(self.graph)

    @cached_property
    def long_deadline(self) -> LongDeadlineEngine:
        """What solves points with too many days and states for plain induction."""
        return LongDeadlineEngine(self.graph, self.stage_game, self.name, self.concept)

    @cached_property
    def block_solver(self) -> BlockSolver | StageTables | PointwiseSolver:
        """What solves many points at once: the block kernel, or else one point after the other."""
        from gametheory_crisis.compiler.induction import solution_program
        from gametheory_crisis.compiler.single_stage import stage_slots
        from gametheory_crisis.solvers.block_induction import BlockSolver
        from gametheory_crisis.solvers.pointwise import PointwiseSolver
        from gametheory_crisis.solvers.slot_values import SlotValues
        from gametheory_crisis.solvers.stage_tables import StageTables

        game = self.stage_game
        stage = stage_slots(game)
        if stage is not None:
            tape, slots, checks = stage
            conditions = SlotValues(tape, checks) if checks else None
            return StageTables(game, SlotValues(tape, slots), conditions, PointwiseSolver(game))
        try:
            first, last = solution_program(game), solution_program(game, last=True)
        except UnsupportedGame:
            return PointwiseSolver(game)
        sizes = len(game.players), len(game.outcomes)
        return BlockSolver(first, last, *sizes, fallback=PointwiseSolver(game))

    def solve(self, point: Mapping[str, Number], request: Request) -> Solution:
        """The equilibria at a point; see `Model.solve`."""
        from gametheory_crisis.solvers.recursion import solve_recursion

        if request.refine is not None:
            raise UnsupportedGame(
                f"the refinement '{request.refine}' applies to games of private information"
            )
        if self.long_deadline.is_due(point, request):
            return self.long_deadline.solve(point, request)
        finite = not any(p.kind is Kind.OFFER for p in self.stage_game.positions)
        if request.exact and not finite:
            raise UnsupportedGame(
                "a continuous offer has no exact certificate; give the offer a grid (grid: 21)"
            )
        found = solve_recursion(self.stage_game, point, select=request.select)
        numbers = dict(point)
        if not found.exact:
            numbers = {name: as_float(value) for name, value in point.items()}
        equilibria = []
        for profile in found.profiles:
            equilibria.append(self._equilibrium(numbers, profile, found))
            if request.progress is not None:
                request.progress(len(equilibria), len(found.profiles))
        if request.exact and not all(equilibrium.exact for equilibrium in equilibria):
            raise UnsupportedGame(
                "the arithmetic is not rational at this point, or its numbers grow too long"
            )
        return Solution(
            model=self.name,
            parameters=dict(point),
            concept=self.concept,
            method="recursion",
            complete=not found.notes,
            equilibria=tuple(equilibria),
            notes=found.notes,
        )

    def kernel(self) -> Callable[[NDArray[np.float64]], CellResult]:
        """A compiled function of one point; see `Model.kernel`."""
        import numpy as np

        from gametheory_crisis.compiler.induction import solution_program
        from gametheory_crisis.games.schedule import schedule
        from gametheory_crisis.kernels.cell import cell_kernel

        names = tuple(self.graph.parameters)
        plan = schedule(solution_program(self.stage_game), (), names)
        order = np.array([names.index(name) for name in plan.cell[0]], dtype=np.int64)
        limits = np.array([bounds(p) for p in self.graph.parameters.values()]).reshape(-1, 3)
        sizes = len(self.graph.players), len(self.graph.outcomes)
        kernel: Callable[[NDArray[np.float64]], CellResult] = cell_kernel(
            plan, order, limits, sizes
        )
        return kernel

    def _equilibrium(
        self, point: dict[str, Number], profile: Profile, found: Recursion
    ) -> Equilibrium:
        from gametheory_crisis.solvers.regimes import regime_of
        from gametheory_crisis.solvers.strategies import strategies

        game, value = self.stage_game, profile.value
        places = strategies(game, point, profile, found.days)
        ordered: dict[str, tuple[Choice, ...]] = {
            node: places[node] for node in self.graph.nodes if node in places
        }
        certificate = certify(self.graph, point, ordered)
        regime = game.regimes[regime_of(game, point, value)][0]
        return certified(value, regime, ordered, certificate, certificate.regret, game.outcomes)
