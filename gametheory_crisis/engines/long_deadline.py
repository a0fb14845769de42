"""Long deadlines and many states: one equilibrium in floats, in seconds and in little memory."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

from gametheory_crisis.engines.certified import certified
from gametheory_crisis.engines.request import Request
from gametheory_crisis.games.arithmetic import Number, as_float, is_finite
from gametheory_crisis.games.stage import Kind, StageGame
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.language.graph import Graph, Offer
from gametheory_crisis.results import Choice, Equilibrium, Solution

if TYPE_CHECKING:
    from gametheory_crisis.certificate.streamed import StreamedCertificate
    from gametheory_crisis.games.reach import Place
    from gametheory_crisis.solvers.long_deadline import LongSolution
    from gametheory_crisis.solvers.long_induction import Segment
    from gametheory_crisis.solvers.long_stage import LongPoint, LongStage
    from gametheory_crisis.solvers.one_day import Decided

FEW_PLACES = 50_000
"""Places, positions times days, up to which all equilibria are looked for in plain Python."""
MAX_LISTED = 20_000
"""Places of choice whose strategies are listed, unless those of the first day alone are more."""
RULES = (None, "payoff", "mixed", "first")


class LongDeadlineEngine:
    """Solves one model of public moves with a deadline and without offers."""

    def __init__(self, graph: Graph, game: StageGame, name: str, concept: str) -> None:
        self.graph = graph
        self.game = game
        self.name = name
        self.concept = concept

    def is_due(self, point: Mapping[str, Number], request: Request) -> bool:
        """Whether the game is so large at a point that it is solved here."""
        if self.game.deadline is None or request.exact or request.method is not None:
            return False
        if request.select not in RULES or self._offers:
            return False
        days = Evaluator(self.game.tape, point).value(self.game.deadline)
        return is_finite(days) and days * self._repeating > FEW_PLACES

    @cached_property
    def _offers(self) -> bool:
        return any(isinstance(node, Offer) for node in self.graph.nodes.values())

    @cached_property
    def _repeating(self) -> int:
        kinds = [p.kind for p in self.game.positions if p.repeats]
        return sum(kind not in (Kind.TERMINAL, Kind.NIGHT) for kind in kinds)

    @cached_property
    def stage(self) -> LongStage:
        """The game as flat arrays."""
        from gametheory_crisis.solvers.long_stage import long_stage

        return long_stage(self.game)

    def solve(self, point: Mapping[str, Number], request: Request) -> Solution:
        """One equilibrium at a point; see `Model.solve`."""
        from gametheory_crisis.certificate.streamed import StreamedCertificate
        from gametheory_crisis.solvers.long_deadline import solve_long
        from gametheory_crisis.solvers.long_stage import at_point

        floats = {name: as_float(value) for name, value in point.items()}
        long = at_point(self.stage, floats)
        watching = StreamedCertificate(self.graph, floats, long.stage.places, long.place_days)
        with _Behind(watching) as behind:
            found = solve_long(long, select=request.select or "payoff", watch=behind.watch)
        listed = min(found.days, max(1, MAX_LISTED // max(1, len(found.places.node))))
        equilibrium = self._equilibrium(floats, long, found, watching, listed)
        if request.progress is not None:
            request.progress(1, 1)
        return Solution(
            model=self.name,
            parameters=dict(point),
            concept=self.concept,
            method="recursion",
            complete=False,
            equilibria=(equilibrium,),
            notes=self._notes(found, listed),
        )

    def _notes(self, found: LongSolution, listed: int) -> tuple[str, ...]:
        notes = ["the game is so large that one equilibrium is computed, in floating point"]
        notes += [f"at '{node}' one of several equilibria is selected" for node in found.selected]
        notes += [f"at '{node}' options tie; the first of them is taken" for node in found.tied]
        if listed < found.days:
            days = "day 0" if listed == 1 else f"days 0 to {listed - 1}"
            notes.append(f"strategies are listed for {days} of {found.days:,}")
        return tuple(notes)

    def _equilibrium(
        self,
        point: Mapping[str, float],
        long: LongPoint,
        found: LongSolution,
        watching: StreamedCertificate,
        listed: int,
    ) -> Equilibrium:
        from gametheory_crisis.solvers.regimes import regime_of
        from gametheory_crisis.solvers.values import Value

        certificate = watching.finish(found.segments())
        outcomes: dict[int, Number] = {
            k: certificate.outcomes[name] for k, name in enumerate(self.game.outcomes)
        }
        value = Value(found.payoffs, outcomes, found.expected_day)
        regime = self.game.regimes[regime_of(self.game, point, value)][0]
        places = self._strategies(point, long, found, listed)
        return certified(value, regime, places, certificate, certificate.regret, self.game.outcomes)

    def _strategies(
        self, point: Mapping[str, float], long: LongPoint, found: LongSolution, listed: int
    ) -> dict[str, tuple[Choice, ...]]:
        """What is done on the first days, and behind the deadline where all days are listed."""
        from gametheory_crisis.solvers.long_choices import decided
        from gametheory_crisis.solvers.recursion import Profile
        from gametheory_crisis.solvers.strategies import strategies
        from gametheory_crisis.solvers.values import Value

        decisions: dict[Place, Decided] = {}
        for day in range(listed):
            decisions |= decided(self.game, found, found.decisions(day))
        if listed == found.days:
            decisions |= decided(self.game, found, found.known)
        profile = Profile(Value((), {}, 0), decisions)
        places = strategies(self.game, point, profile, found.days, listed)
        return {node: places[node] for node in self.graph.nodes if node in places}


class _Behind:
    """Certifies each segment of days on a thread of its own while the next one is solved."""

    def __init__(self, watching: StreamedCertificate) -> None:
        self.watching = watching
        self.thread = ThreadPoolExecutor(max_workers=1)
        self.pending: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.thread.shutdown()
        if self.pending is not None and failure[0] is None:
            self.pending.result()

    def watch(self, segment: Segment) -> None:
        """Hand a segment over, once the one before it is done; its arrays are used again."""
        if self.pending is not None:
            self.pending.result()
        kept = replace(segment, branches=segment.branches.copy(), mixes=segment.mixes.copy())
        self.pending = self.thread.submit(self.watching.watch, kept)
