"""Choices as comparisons and selects: decisions, offers from a grid, simultaneous stages."""

from __future__ import annotations

from collections.abc import Sequence

from gametheory_crisis.compiler.mixed_stage import dominance_flag, mixed_equilibrium, tie_flag
from gametheory_crisis.compiler.pure_stage import equilibrium_flags
from gametheory_crisis.compiler.writer import Play, Writer, mixes
from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.stage import Position
from gametheory_crisis.kernels.operations import Operation

MAX_PROFILES = 256


def write_decision(writer: Writer, position: Position, options: Sequence[Play]) -> Play:
    """The mover's best branch, ties in the file's order; an offer from a grid has its own."""
    if position.branches[0].offer is not None and not writer.last:
        return write_grid_offer(writer, position, options)
    mover = position.movers[0]
    best, tie = options[0], writer.zero
    for option in options[1:]:
        new, old = option.payoffs[mover], best.payoffs[mover]
        tie = _still_tied(writer, tie, new, old, writer.apply(Operation.CLOSE, new, old))
        best = writer.choose(writer.beats(new, old), option, best)
    writer.flag("tie", tie, position)
    return best


def write_grid_offer(writer: Writer, position: Position, options: Sequence[Play]) -> Play:
    """An offer from a grid: ties go to the soonest end, then to the lowest number."""
    mover = position.movers[0]
    ordered = _by_number(writer, position, options)
    sorted_already = all(writer.graph.constant(number) is not None for number, _ in ordered)
    lowest, best = ordered[0]
    tie = writer.zero
    for number, option in ordered[1:]:
        new, old = option.payoffs[mover], best.payoffs[mover]
        tied = writer.apply(Operation.CLOSE, new, old)
        tie = _still_tied(writer, tie, new, old, tied)
        better = writer.beats(new, old)
        sooner = writer.apply(Operation.GREATER, best.day, option.day)
        if not sorted_already:
            level = writer.apply(Operation.CLOSE, best.day, option.day)
            lower = writer.apply(Operation.GREATER, lowest, number)
            sooner = writer.graph.add(sooner, writer.both(level, lower))
        better = writer.graph.add(better, writer.both(tied, sooner))
        best = writer.choose(better, option, best)
        lowest = writer.apply(Operation.SELECT, better, number, lowest)
    writer.flag("tie", tie, position)
    return best


def _still_tied(writer: Writer, tie: int, new: int, old: int, tied: int) -> int:
    """Whether the best so far ties, once an option worth ``new`` is compared with it.

    An earlier tie counts no more where the new option is better.
    """
    if writer.graph.constant(tie) == 0:
        return tied
    kept = writer.both(tie, writer.negate(writer.apply(Operation.GREATER, new, old)))
    return writer.apply(Operation.MAX, tied, kept)


def _by_number(
    writer: Writer, position: Position, options: Sequence[Play]
) -> list[tuple[int, Play]]:
    """Numbers offered, with what follows; in ascending order where they are constants."""
    numbers = [writer.lifted[b.offer] for b in position.branches if b.offer is not None]
    pairs = list(zip(numbers, options, strict=True))
    constants = [writer.graph.constant(number) for number in numbers]
    if any(constant is None for constant in constants):
        return pairs
    order = sorted(range(len(pairs)), key=lambda k: constants[k] or 0)
    return [pairs[k] for k in order]


def write_stage(
    writer: Writer, position: Position, options: Sequence[Play]
) -> tuple[Play, int, bool]:
    """A simultaneous stage: the play that is selected, and the number of its equilibria.

    Selected is the equilibrium with the largest sum of payoffs; a game of a single stage takes its
    first instead, or its last.  For two movers with two actions each the mixed equilibrium is among
    them, and points at which somebody is indifferent, where more of them mix, are left out.  Other
    stages are written for points at which dominance leaves one profile.

    Returns
    -------
    Play, the handle of the number of equilibria, and whether the stage is decided at every point.
    """
    if len(options) > MAX_PROFILES:
        raise UnsupportedGame(f"more than {MAX_PROFILES} profiles at '{position.node}'")
    payoffs = [option.payoffs for option in options]
    flags = equilibrium_flags(writer.graph, position, payoffs)
    candidates = list(options)
    decided = len(position.movers) == 1
    tied = writer.zero
    if mixes(position):
        decided = writer.game.single_stage
        tied = tie_flag(writer.graph, position, payoffs)
        flag, weights = mixed_equilibrium(writer.graph, position, payoffs)
        flags.append(flag)
        candidates.append(writer.average(weights, options))
    best, found = _selected(writer, flags, candidates)
    count = writer.graph.total(flags)
    stuck = writer.negate(found)
    if not decided:
        dominated = dominance_flag(writer.graph, position, payoffs)
        stuck = tied if mixes(position) else writer.negate(dominated)
    writer.flag("stuck", stuck, position)
    writer.flag("tie", writer.apply(Operation.GREATER, count, writer.one), position)
    return best, count, decided


def _selected(writer: Writer, flags: Sequence[int], candidates: Sequence[Play]) -> tuple[Play, int]:
    """The candidate that is selected among those whose flag holds, and whether there is one."""
    single = writer.game.single_stage
    sums = [writer.graph.total(play.payoffs) for play in candidates]
    found, best, most = flags[0], candidates[0], sums[0]
    for flag, play, total in zip(flags[1:], candidates[1:], sums[1:], strict=True):
        better = writer.beats(total, most)
        if single:
            better = writer.one if writer.last else writer.zero
        take = writer.both(flag, writer.apply(Operation.SELECT, found, better, writer.one))
        best = writer.choose(take, play, best)
        most = writer.apply(Operation.SELECT, take, total, most)
        found = writer.apply(Operation.SELECT, flag, writer.one, found)
    return best, found
