"""A model's expressions rebuilt in a stage game, with names replaced by what a place knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.language.integers import State, picker

_Step: TypeAlias = tuple[int, Operation, tuple[int, ...]]
"""A slot, and the operation on earlier slots whose image stands there."""


class Images:
    """What the expressions of a model become; the same image is computed once.

    Parameters
    ----------
    expressions : where images are made
    source : the model's expressions
    variables : the state variables, in the order of a state
    offers : names of the offers, each of which may be bound to a number
    """

    def __init__(
        self,
        expressions: Expressions,
        source: Expressions,
        variables: Sequence[str],
        offers: frozenset[str],
    ) -> None:
        self.expressions = expressions
        self.source = source
        self.variables = tuple(variables)
        self.offers = offers
        self._numbers: dict[int, int] = {}
        self._states: dict[State, tuple[int, ...]] = {}
        self._computed: dict[tuple[int, ...], int] = {}

    def number(self, value: int) -> int:
        """The image of a whole number."""
        handle = self._numbers.get(value)
        if handle is None:
            handle = self._numbers[value] = self.expressions.number(value)
        return handle

    def state(self, state: State) -> tuple[int, ...]:
        """The images of a state's numbers."""
        handles = self._states.get(state)
        if handles is None:
            handles = self._states[state] = tuple(self.number(value) for value in state)
        return handles

    def add(self, a: int, b: int) -> int:
        """The sum of two images."""
        (handle,) = self.run([a, b, -1], [(2, Operation.ADD, (0, 1))], [2])
        return handle

    def run(self, made: list[int], steps: Sequence[_Step], roots: Sequence[int]) -> tuple[int, ...]:
        """The images in the slots ``roots`` after all steps; ``made`` is filled in place."""
        computed = self._computed
        for slot, operation, operands in steps:
            images = [made[operand] for operand in operands]
            key = (operation, *images)
            handle = computed.get(key)
            if handle is None:
                handle = computed[key] = self.expressions.apply(operation, *images)
            made[slot] = handle
        return tuple([made[root] for root in roots])


class Batch:
    """Expressions that are read together, with their images at the places that have read them.

    Parameters
    ----------
    roots : expressions of the model; None stands for 0
    """

    def __init__(self, images: Images, roots: Sequence[int | None]) -> None:
        self._images = images
        self._roots = roots
        given = [root for root in roots if root is not None]
        reads = frozenset().union(*map(images.source.free_symbols, given))
        positions = [k for k, name in enumerate(images.variables) if name in reads]
        self._pick = picker(positions, len(images.variables))
        self._varying = reads & {*images.variables, *images.offers, "day"}
        self._reads_state_only = self._varying <= {*images.variables}
        self._program: _Program | None = None
        self._known: dict[object, tuple[int, ...]] = {}

    def at(
        self, state: tuple[int, ...], day: int, offers: tuple[tuple[str, int], ...] = ()
    ) -> tuple[int, ...]:
        """The images of the roots.

        Parameters
        ----------
        state, day : images of the state's numbers and of the day
        offers : name and image of each number offered from a grid
        """
        key = self._pick(state)
        if not self._reads_state_only:
            read = tuple(pair for pair in offers if pair[0] in self._varying)
            key = (key, day if "day" in self._varying else None, read)
        found = self._known.get(key)
        if found is None:
            values = {**dict(zip(self._images.variables, state, strict=True)), **dict(offers)}
            found = self._known[key] = self._make({**values, "day": day})
        return found

    def _make(self, values: Mapping[str, int]) -> tuple[int, ...]:
        images = self._images
        if self._program is None:
            given = [root for root in self._roots if root is not None]
            images.expressions.substitute(given, values, images.source)
            self._program = _Program(images, self._roots, self._varying)
        return self._program.run(values)


class _Program:
    """How the images of a batch follow from those of the names that vary.

    What varies not has its image at once, so that only the rest is computed again.
    """

    def __init__(
        self, images: Images, roots: Sequence[int | None], varying: frozenset[str]
    ) -> None:
        source = images.source
        handles = source.closure(root for root in roots if root is not None)
        slots: dict[int | None, int] = {handle: slot for slot, handle in enumerate(handles)}
        slots[None] = len(handles)
        self._images = images
        self._roots = [slots[root] for root in roots]
        self._names: list[tuple[int, str]] = []
        self._steps: list[_Step] = []
        fixed = [handle for handle in handles if varying.isdisjoint(source.free_symbols(handle))]
        self._initial = [-1] * len(handles)
        if None in roots:
            self._initial.append(images.number(0))
        made = images.expressions.substitute(fixed, {}, source)
        for handle, image in zip(fixed, made, strict=True):
            self._initial[slots[handle]] = image
        for slot, handle in enumerate(handles):
            name, node = source.symbol_name(handle), source.operation(handle)
            if name in varying:
                self._names.append((slot, str(name)))
            elif node is not None and self._initial[slot] < 0:
                self._steps.append((slot, node[0], tuple(slots[a] for a in node[1])))

    def run(self, values: Mapping[str, int]) -> tuple[int, ...]:
        """The images of the roots where names have the images ``values``."""
        made = self._initial.copy()
        for slot, name in self._names:
            image = values.get(name)
            made[slot] = self._images.expressions.symbol(name) if image is None else image
        return self._images.run(made, self._steps, self._roots)
