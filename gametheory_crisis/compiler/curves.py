"""Derivatives of a stage game's payoffs in offers and private numbers."""

from __future__ import annotations

from collections.abc import Iterable

from gametheory_crisis.compiler.derivatives import derivative
from gametheory_crisis.compiler.freezing import make_tape
from gametheory_crisis.compiler.switches import switches
from gametheory_crisis.games.curves import Curves
from gametheory_crisis.games.screening import ScreeningGame
from gametheory_crisis.games.tape import Tape
from gametheory_crisis.language.expressions import Expressions


def curves(game: ScreeningGame) -> Curves:
    """The curves of all payoffs and probabilities that read an offer or a private number."""
    positions = game.stage.positions
    names = {*game.private_numbers, *(positions[offer.offer].variable for offer in game.offers)}
    slots: dict[int, None] = {}
    for position in positions:
        slots.update(dict.fromkeys(position.payoffs))
        for branch in position.branches:
            slots.update(dict.fromkeys(branch.pays))
            if branch.probability is not None:
                slots[branch.probability] = None
    return curves_of(game.stage.tape, slots, names)


def curves_of(tape: Tape, slots: Iterable[int], names: Iterable[str]) -> Curves:
    """The curves of some slots of a tape, in some of its inputs."""
    expressions = _expressions(tape)
    slopes: dict[tuple[int, str], int] = {}
    jumps: dict[tuple[int, str], tuple[int, ...]] = {}
    for slot in slots:
        for name in tape.reads[slot].intersection(names):
            slopes[slot, name] = derivative(expressions, slot, name)
            jumps[slot, name] = switches(expressions, slot, name)
    return Curves(make_tape(expressions), slopes, jumps)


def _expressions(tape: Tape) -> Expressions:
    """The graph that a tape was made of, its handles the slots."""
    expressions = Expressions(strict=False)
    for slot, entry in enumerate(tape.entries):
        if isinstance(entry, tuple):
            handle = expressions.apply(entry[0], *entry[1])
        elif isinstance(entry, str):
            handle = expressions.symbol(entry)
        else:
            handle = expressions.number(entry)
        if handle != slot:
            raise ValueError("the tape was not made of one graph of expressions")
    return expressions
