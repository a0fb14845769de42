"""A solution program: backward induction itself as a tape, with a loop over the days.

The tape's inputs are the parameters, ``day`` and the *carried* numbers, which cross from one day to
the day before it.  To solve a point: compute each carried number's ``initial`` value (what holds on
the deadline); then for ``day`` from the deadline less one down to 0 compute every ``following``
value from the carried ones and replace them all at once; then read the results.  Without a deadline
there is nothing to carry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gametheory_crisis.games.arithmetic import APPLY, Number, as_float
from gametheory_crisis.games.tape import Tape


@dataclass(frozen=True, slots=True)
class Carried:
    """A number that crosses a night: the name of its input, and the slots of its values."""

    name: str
    initial: int
    following: int


@dataclass(frozen=True, slots=True)
class Results:
    """Slots of what a solved point shows.

    Attributes
    ----------
    payoffs : per player
    probabilities : per outcome; empty where play is certain, and then ``outcome`` holds its index
    outcome : index of the outcome reached, -1 where ``probabilities`` are used
    day : expected day of the end
    regime : index of the regime
    equilibria : number of equilibria of a single stage; else 1
    tie, stuck, undefined, invalid : above 0 where several choices tie, a stage has no pure
        equilibrium, a payoff is not finite, or there is no game
    """

    payoffs: tuple[int, ...]
    probabilities: tuple[int, ...]
    outcome: int
    day: int
    regime: int
    equilibria: int
    tie: int
    stuck: int
    undefined: int
    invalid: int

    def slots(self) -> tuple[int, ...]:
        """All slots, in a fixed order: payoffs, probabilities, then the others as listed."""
        single = (self.outcome, self.day, self.regime, self.equilibria)
        flags = (self.tie, self.stuck, self.undefined, self.invalid)
        return (*self.payoffs, *self.probabilities, *single, *flags)


@dataclass(frozen=True)
class SolutionProgram:
    """Backward induction over one stage game, for every point at once.

    Attributes
    ----------
    tape : the arithmetic
    parameters : names of the inputs that make a point
    deadline : slot, or None
    carried, results : see their classes
    partial : whether offers or stages are written for regular points only, so that a point
        with the flag ``stuck`` must be solved again on its own
    """

    tape: Tape
    parameters: tuple[str, ...]
    deadline: int | None
    carried: tuple[Carried, ...]
    results: Results
    partial: bool = False


def run_program(program: SolutionProgram, values: Mapping[str, Number]) -> list[float]:
    """The results of one point, slot by slot, in floats: the plain twin of the compiled kernel.

    Parameters
    ----------
    values : every parameter; the deadline must come out as a whole number of at least 1
    """
    tape = program.tape
    inputs = {name: as_float(values[name]) for name in program.parameters}
    starts = [carried.initial for carried in program.carried]
    if program.deadline is not None:
        known = _evaluate(tape, [program.deadline, *starts], inputs)
        numbers = {c.name: known[c.initial] for c in program.carried}
        following = [carried.following for carried in program.carried]
        for day in range(int(known[program.deadline]) - 1, -1, -1):
            after = _evaluate(tape, following, {**inputs, **numbers, "day": float(day)})
            numbers = {c.name: after[c.following] for c in program.carried}
        inputs |= numbers
    slots = program.results.slots()
    final = _evaluate(tape, [slot for slot in slots if slot >= 0], inputs)
    return [final[slot] if slot >= 0 else -1.0 for slot in slots]


def _evaluate(tape: Tape, roots: list[int], inputs: Mapping[str, float]) -> dict[int, float]:
    values: dict[int, float] = {}
    for slot in tape.closure(roots):
        entry = tape.entries[slot]
        if isinstance(entry, tuple):
            operation, operands = entry
            values[slot] = as_float(APPLY[operation](*(values[o] for o in operands)))
        else:
            values[slot] = inputs[entry] if isinstance(entry, str) else as_float(entry)
    return values
