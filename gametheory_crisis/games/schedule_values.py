"""The values of a schedule under names of their own, as source text.

Each is assigned once, whereas a register of the block kernel holds many values in turn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gametheory_crisis.games.schedule import UNUSED, Schedule, Segment
from gametheory_crisis.kernels.operations import ARITY, Operation

EXPRESSIONS = {
    Operation.ADD: "{0} + {1}",
    Operation.SUB: "{0} - {1}",
    Operation.MUL: "{0} * {1}",
    Operation.DIV: "divide({0}, {1})",
    Operation.POW: "power({0} + nothing, {1} + nothing)",
    Operation.NEG: "-{0}",
    Operation.EXP: "exp({0} + nothing)",
    Operation.LOG: "logarithm({0} + nothing)",
    Operation.SQRT: "root({0})",
    Operation.ABS: "abs({0})",
    Operation.MIN: "smaller({0}, {1})",
    Operation.MAX: "larger({0}, {1})",
    Operation.PHI: "normal({0} + nothing)",
    Operation.LESS: "less({0}, {1})",
    Operation.LESS_EQUAL: "less_equal({0}, {1})",
    Operation.EQUAL: "equal({0}, {1})",
    Operation.AND: "both({0}, {1})",
    Operation.OR: "either({0}, {1})",
    Operation.NOT: "1.0 - {0}",
    Operation.WHERE: "where({0}, {1}, {2})",
    Operation.GREATER: "greater({0}, {1})",
    Operation.SAME: "same({0}, {1})",
    Operation.SELECT: "select({0}, {1}, {2})",
    Operation.CLOSE: "close({0}, {1})",
    Operation.FINITE: "finite({0})",
    Operation.COPY: "{0}",
}
"""What each operation does to the values named by its operands.

``nothing`` is -0.0 at run time.  Adding it changes no number; but the compiler, which does not know
it, cannot put in a value of its own for the power, exponential or logarithm of a known number.
"""

LAST = "last"
"""Name of the deadline once checked: ``nan`` where it is not one."""


@dataclass(frozen=True, slots=True)
class Value:
    """A local variable.

    Attributes
    ----------
    text : what it is set to
    reads : the names that the text reads
    segment : when it is set; None for a number carried from day to day, which is never set as such
    """

    text: str
    reads: tuple[str, ...]
    segment: Segment | None

    @property
    def by_cell(self) -> bool:
        """Whether it differs between the cells of a row."""
        return self.segment is None or self.segment >= Segment.CELL


class Values:
    """A schedule's values under names of their own.

    Attributes
    ----------
    known : values by name, operands first
    cell : names of the parameters that change from cell to cell
    carried : per carried number the names of its first and of its following value
    results : names of the results in the order of `Results.slots`, empty where unused
    has_deadline : whether `LAST` is among them
    """

    def __init__(self, plan: Schedule) -> None:
        self.known: dict[str, Value] = {}
        self.carried: dict[str, tuple[str, str]] = {}
        self.has_deadline = plan.deadline >= 0
        self._holder: dict[int, str] = {}
        for register, number in zip(plan.constants[0], plan.constants[1], strict=True):
            self._put(int(register), "k", _literal(float(number)), Segment.CONSTANT)
        for k, register in enumerate(plan.fixed[1]):
            self._put(int(register), "p", f"fixed[{k}]", Segment.CONSTANT)
        for k, register in enumerate(plan.row[1]):
            self._put(int(register), "p", f"row[{k}, r]", Segment.ROW)
        for k, register in enumerate(plan.cell[1]):
            self._put(int(register), "p", f"cell{k}[i]", Segment.CELL)
        self.cell = tuple(self._holder[int(register)] for register in plan.cell[1])
        for segment in (Segment.CONSTANT, Segment.ROW, Segment.CELL):
            self._run(plan, segment)
        if self.has_deadline:
            self._set_deadline(plan.deadline)
            self._carry(plan)
        self._run(plan, Segment.FINAL)
        self.results = ["" if r == UNUSED else self._holder[r] for r in plan.results.tolist()]

    def live(self, roots: Iterable[str]) -> set[str]:
        """The names that some names depend on, themselves included."""
        found: set[str] = set()
        waiting = list(roots)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += [*self.known[name].reads, *self.carried.get(name, ())]
        return found

    def _set_deadline(self, register: int) -> None:
        deadline = self._holder[register]
        segment = self.known[deadline].segment
        self.known[LAST] = Value(f"checked({deadline})", (deadline,), segment)
        self._holder[register] = LAST

    def _carry(self, plan: Schedule) -> None:
        """The days.  Each ends with the carried numbers replaced one after the other."""
        first = {target: self._holder[source] for target, source in plan.initial.tolist()}
        names = {target: self._put(target, "c", "", None) for target in first}
        if plan.day >= 0:
            self._holder[plan.day] = "day"
            self.known["day"] = Value(f"{LAST} - elapsed", (LAST,), Segment.DAY)
        self._run(plan, Segment.DAY)
        for target, source in plan.following.tolist():
            self.carried[names[target]] = (first[target], self._holder[source])
        self._holder |= names

    def _put(self, register: int, letter: str, text: str, segment: Segment | None) -> str:
        name = self._holder[register] = f"{letter}{register}"
        self.known[name] = Value(text, (), segment)
        return name

    def _run(self, plan: Schedule, segment: Segment) -> None:
        for k in range(plan.bounds[segment], plan.bounds[segment + 1]):
            operation, target, *operands = plan.code[k].tolist()
            operation = Operation(operation)
            names = tuple(self._holder[o] for o in operands[: ARITY[operation]])
            self.known[f"v{k}"] = Value(EXPRESSIONS[operation].format(*names), names, segment)
            self._holder[target] = f"v{k}"


def _literal(number: float) -> str:
    """A float as Python reads it back to the last bit."""
    return repr(number) if number - number == 0.0 else f"{'-' * (number < 0.0)}np.inf"
