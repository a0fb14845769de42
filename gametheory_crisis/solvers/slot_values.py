"""Slots of a tape evaluated over many points by the block kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gametheory_crisis.games.program import Results, SolutionProgram
from gametheory_crisis.games.schedule import schedule
from gametheory_crisis.games.tape import Tape
from gametheory_crisis.solvers.block_rows import block_task
from gametheory_crisis.solvers.cells import Floats, empty_cells


@dataclass(frozen=True)
class SlotValues:
    """Evaluates some slots of a tape.

    Attributes
    ----------
    tape : the arithmetic
    slots : what is evaluated
    """

    tape: Tape
    slots: tuple[int, ...]

    def at(self, columns: Mapping[str, Floats], num: int) -> Floats:
        """The slots' values at a list of points.

        Parameters
        ----------
        columns : per input of the tape its value at each point, float64 (points,)
        num : number of points

        Returns
        -------
        float64 (slots, points), all ``nan`` at a point where one of them is not finite
        """
        out = empty_cells(len(self.slots), 0, 1, num, ("payoff",))
        names = tuple(columns)
        plan = schedule(_program(self.tape, self.slots, names), (), names)
        block_task(plan, {}, {}, columns, out)(0, 1)
        return out.payoff[:, 0]


def _program(tape: Tape, slots: Sequence[int], names: tuple[str, ...]) -> SolutionProgram:
    """A program without days whose payoffs are the slots."""
    zero = len(tape)
    longer = Tape((*tape.entries, Fraction(0)), (*tape.reads, frozenset()))
    results = Results(
        payoffs=tuple(slots),
        probabilities=(),
        outcome=-1,
        day=zero,
        regime=zero,
        equilibria=zero,
        tie=zero,
        stuck=zero,
        undefined=zero,
        invalid=zero,
    )
    return SolutionProgram(
        tape=longer, parameters=names, deadline=None, carried=(), results=results
    )
