"""The last step to a stage game: its arithmetic as a tape, and each answer linked to its offer."""

from __future__ import annotations

from dataclasses import replace

from gametheory_crisis.compiler.affine import affine_parts
from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.stage import Kind, Position, StageGame
from gametheory_crisis.games.tape import Entry, Tape
from gametheory_crisis.language.expressions import Expressions


def freeze(expressions: Expressions, game: StageGame) -> StageGame:
    """The game with its arithmetic as a tape, and with the affine parts of what reads an offer."""
    positions = link_answers(game.positions)
    affine: dict[tuple[int, str], tuple[int, int]] = {}
    for position in positions:
        names = position.reads | ({position.variable} if position.variable else set())
        if not names:
            continue
        handles = [*position.payoffs, *(slot for b in position.branches for slot in b.pays)]
        for handle in handles:
            for name in names & expressions.free_symbols(handle):
                parts = affine_parts(expressions, handle, name)
                if parts is not None:
                    affine[handle, name] = parts
    return replace(game, tape=make_tape(expressions), positions=positions, affine=affine)


def link_answers(positions: tuple[Position, ...]) -> tuple[Position, ...]:
    """Positions that know which continuous offer they answer.

    Raises
    ------
    UnsupportedGame
        An offer depends on another of the same day, a node answers two offers, or a reply would
        depend on two numbers.
    """
    answers: dict[int, int] = {}
    for index, position in enumerate(positions):
        if len(position.offers) + len(position.reads) > 1 and position.movers:
            raise UnsupportedGame(
                f"what is chosen at '{position.node}' depends on several offers of one day; "
                "let a day pass between them"
            )
        if position.kind is not Kind.OFFER:
            continue
        if position.reads or position.offers:
            raise UnsupportedGame(
                f"the offer at '{position.node}' depends on another offer of the same day; "
                "let a day pass between them, or give both a grid (grid: 21)"
            )
        stack = [position.branches[0].target]
        while stack:
            below = stack.pop()
            if position.variable not in positions[below].reads:
                continue
            if answers.setdefault(below, index) != index:
                raise UnsupportedGame(
                    f"'{positions[below].node}' answers the offers of two nodes on one day; "
                    "write a node for each"
                )
            stack.extend(branch.target for branch in positions[below].branches)
    return tuple(
        replace(position, answers=answers[index]) if index in answers else position
        for index, position in enumerate(positions)
    )


def make_tape(expressions: Expressions) -> Tape:
    """All of ``expressions`` as a tape whose slots are the handles."""
    entries: list[Entry] = []
    for handle in range(len(expressions)):
        constant, name = expressions.constant(handle), expressions.symbol_name(handle)
        operation = expressions.operation(handle)
        entry = constant if constant is not None else name if name is not None else operation
        if entry is None:
            raise ValueError("an expression is a constant, a symbol or an operation")
        entries.append(entry)
    reads = tuple(expressions.free_symbols(handle) for handle in range(len(expressions)))
    return Tape(tuple(entries), reads)
