"""A continuous offer as straight-line arithmetic, for payoffs affine in the number offered.

Below the offer every option is a bundle of lines.  The answers change only where two of a mover's
lines cross; between neighbouring crossings the plan of answers is that of any point in between, and
the offerer's best is at an end.  So the pieces between the sorted crossings are written out one by
one, and the best of them is selected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise, product
from typing import TYPE_CHECKING

from gametheory_crisis.compiler.writer import Play
from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.stage import Branch, Kind, Position, StageGame
from gametheory_crisis.kernels.operations import Operation

if TYPE_CHECKING:
    from gametheory_crisis.compiler.induction import Induction

MAX_CROSSINGS = 6
MAX_BUNDLES = 64
ROUNDING = Fraction(1, 10**12)
"""A crossing beyond an end by less than this share of the ends' size counts as at the end."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A play whose payoffs are lines ``a + b x`` in the offer.

    ``play.payoffs`` holds the intercepts.
    """

    play: Play
    slopes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """An interval between neighbouring crossings.

    Attributes
    ----------
    low, high : crossings, None where the piece has no end on that side
    middle : an offer inside; None where the side of the only crossing decides
    right : whether the piece lies to the right of the only crossing
    """

    low: int | None
    high: int | None
    middle: int | None
    right: bool = False


def is_affine(game: StageGame, position: Position) -> bool:
    """Whether everything below an offer that reads it is affine in it."""
    stack, seen = [position], {id(position)}
    while stack:
        current = stack.pop()
        slots = [*current.payoffs, *(slot for b in current.branches for slot in b.pays)]
        for slot in slots:
            reads = position.variable in game.tape.reads[slot]
            if reads and (slot, position.variable) not in game.affine:
                return False
        below = [game.positions[branch.target] for branch in current.branches]
        for other in below:
            if position.variable in other.reads and id(other) not in seen:
                seen.add(id(other))
                stack.append(other)
    return True


def write_offer(induction: Induction, position: Position) -> Play:
    """The play from a continuous offer on.

    Raises
    ------
    UnsupportedGame
        The payoffs below are not affine in the offer, or there are too many crossings.
    """
    return _Pieces(induction, position).write()


class _Pieces:
    """Writes one offer."""

    def __init__(self, induction: Induction, position: Position) -> None:
        self.induction = induction
        self.graph = induction.graph
        self.game = induction.game
        self.position = position
        self.branch = position.branches[0]
        self.offerer = position.movers[0]
        self.low = induction.lifted[position.low]
        self.high = induction.lifted[position.high]
        self.zero, self.one = induction.zero, induction.one
        self.valid = self.one

    def write(self) -> Play:
        """Write all pieces and select the best."""
        best, best_valid, tie = None, self.one, self.zero
        for piece in self._pieces(self._crossings()):
            self.valid, low, high = self._ends(piece)
            play, flat = self._at_best_end(piece, low, high)
            if best is None:
                best, best_valid, best_flat = play, self.valid, flat
                continue
            take, tie = self._comparison(play, best, best_valid, tie)
            best = self.induction.choose(take, play, best)
            best_flat = self._select(take, flat, best_flat)
            best_valid = self._select(best_valid, self.one, self.valid)
        assert best is not None
        self.induction.flag("tie", tie, self.position)
        self.induction.flag("tie", best_flat, self.position)
        return best

    def _select(self, flag: int, a: int, b: int) -> int:
        return self.graph.apply(Operation.SELECT, flag, a, b)

    def _apply(self, operation: Operation, *operands: int) -> int:
        return self.graph.apply(operation, *operands)

    # Lines

    def _lines(self, slots: Sequence[int], position: Position) -> tuple[list[int], list[int]]:
        """Intercepts and slopes of payoffs."""
        intercepts, slopes = [], []
        name = self.position.variable
        for slot in slots:
            if name not in self.game.tape.reads[slot]:
                intercepts.append(self.induction.payoff(slot, position))
                slopes.append(self.zero)
                continue
            parts = self.game.affine.get((slot, name))
            if parts is None:
                raise UnsupportedGame(f"payoffs at '{position.node}' are not affine in '{name}'")
            intercepts.append(self.induction.payoff(parts[0], position))
            slopes.append(self.induction.payoff(parts[1], position))
        return intercepts, slopes

    def _bundle(self, index: int, piece: Piece | None) -> list[Bundle]:
        """What a position is worth: in a piece one bundle, with None all that it may be."""
        position = self.game.positions[index]
        if self.position.variable not in position.reads:
            play = self.induction.play(index)
            return [Bundle(play, (self.zero,) * len(play.payoffs))]
        if position.kind is Kind.TERMINAL:
            intercepts, slopes = self._lines(position.payoffs, position)
            play = self.induction.ending(position, intercepts)
            return [Bundle(play, tuple(slopes))]
        options = [self._along(branch, position, piece) for branch in position.branches]
        if position.kind is Kind.DECISION:
            if piece is None:
                return _distinct([bundle for option in options for bundle in option])
            return [self._decision(position, [option[0] for option in options], piece)]
        if position.kind is Kind.CHANCE:
            return [self._average(position, list(choice)) for choice in product(*options)]
        raise UnsupportedGame(f"the move at '{position.node}' depends on an offer of the same day")

    def _along(self, branch: Branch, position: Position, piece: Piece | None) -> list[Bundle]:
        bundles = self._bundle(branch.target, piece)
        if not branch.pays:
            return bundles
        pays, slopes = self._lines(branch.pays, position)
        return [
            Bundle(
                Play(
                    tuple(map(self.graph.add, pays, bundle.play.payoffs)),
                    bundle.play.outcomes,
                    bundle.play.day,
                ),
                tuple(map(self.graph.add, slopes, bundle.slopes)),
            )
            for bundle in bundles
        ]

    def _average(self, position: Position, bundles: list[Bundle]) -> Bundle:
        weights = []
        for branch in position.branches:
            assert branch.probability is not None
            if self.position.variable in self.game.tape.reads[branch.probability]:
                raise UnsupportedGame(f"probabilities at '{position.node}' depend on an offer")
            weights.append(self.induction.lifted[branch.probability])
        play = self.induction.average(weights, [bundle.play for bundle in bundles])
        slopes = []
        for row in zip(*(bundle.slopes for bundle in bundles), strict=True):
            terms = [self.graph.mul(w, slope) for w, slope in zip(weights, row, strict=True)]
            slopes.append(row[0] if len(set(row)) == 1 else self.graph.total(terms))
        return Bundle(play, tuple(slopes))

    # Crossings and pieces

    def _crossings(self) -> list[int]:
        """Offers at which someone's choice may change; where more than two lines meet, twice.

        Between the two lies a piece of a single offer, where the choice is among all that ties.
        """
        found: dict[int, set[tuple[int, int, int]]] = {}
        for index in self._choices_below():
            position = self.game.positions[index]
            mover = position.movers[0]
            options = [self._along(branch, position, None) for branch in position.branches]
            for first, second in combinations(options, 2):
                for p, q in product(first, second):
                    crossing = self._crossing(p, q, mover)
                    if crossing is not None:
                        lines = [(mover, b.play.payoffs[mover], b.slopes[mover]) for b in (p, q)]
                        found.setdefault(crossing, set()).update(lines)
            if len(found) > MAX_CROSSINGS:
                raise UnsupportedGame(
                    f"the answers to '{self.position.variable}' change at more than "
                    f"{MAX_CROSSINGS} offers"
                )
        return [k for k, lines in found.items() for _ in range(min(len(lines) - 1, 2))]

    def _choices_below(self) -> list[int]:
        found: set[int] = set()
        stack = [self.branch.target]
        while stack:
            index = stack.pop()
            position = self.game.positions[index]
            if index not in found and self.position.variable in position.reads:
                found.add(index)
                stack.extend(branch.target for branch in position.branches)
        return sorted(k for k in found if self.game.positions[k].movers)

    def _crossing(self, p: Bundle, q: Bundle, mover: int) -> int | None:
        a, b = p.play.payoffs[mover], p.slopes[mover]
        c, d = q.play.payoffs[mover], q.slopes[mover]
        parallel = self._apply(Operation.SAME, b, d)
        if b == d or self.graph.constant(parallel) == 1:
            return None
        slope = self._select(parallel, self.one, self.graph.sub(b, d))
        return self._select(parallel, self.low, self.graph.div(self.graph.sub(c, a), slope))

    def _pieces(self, crossings: list[int]) -> list[Piece]:
        if not crossings:
            return [Piece(None, None, self.low)]
        if len(crossings) == 1:
            only = crossings[0]
            return [Piece(None, only, None), Piece(only, None, None, right=True)]
        ordered = self._sorted(crossings)
        width = self.graph.add(self.graph.sub(self.high, self.low), self.one)
        pieces = [Piece(None, ordered[0], self.graph.sub(ordered[0], width))]
        half = self.graph.number(Fraction(1, 2))
        for a, b in pairwise(ordered):
            pieces.append(Piece(a, b, self.graph.mul(half, self.graph.add(a, b))))
        pieces.append(Piece(ordered[-1], None, self.graph.add(ordered[-1], width)))
        return pieces

    def _sorted(self, numbers: list[int]) -> list[int]:
        """An exchange sort written out."""
        result = list(numbers)
        for end in range(len(result) - 1, 0, -1):
            for k in range(end):
                a, b = result[k], result[k + 1]
                result[k] = self._apply(Operation.MIN, a, b)
                result[k + 1] = self._apply(Operation.MAX, a, b)
        return result

    # Choices inside a piece

    def _decision(self, position: Position, options: list[Bundle], piece: Piece) -> Bundle:
        mover = position.movers[0]
        best, tie = options[0], self.zero
        for option in options[1:]:
            take = self._preferred(option, best, mover, piece)
            kept = self.induction.both(tie, self.induction.negate(take))
            tie = self._apply(Operation.MAX, kept, self._coincide(option, best, mover))
            play = self.induction.choose(take, option.play, best.play)
            slopes = [
                self._select(take, x, y) for x, y in zip(option.slopes, best.slopes, strict=True)
            ]
            best = Bundle(play, tuple(slopes))
        self.induction.flag("tie", self.induction.both(tie, self.valid), position)
        return best

    def _coincide(self, new: Bundle, old: Bundle, mover: int) -> int:
        """Whether two options are worth the same to a mover, whatever is offered."""
        parallel = self._apply(Operation.SAME, old.slopes[mover], new.slopes[mover])
        a, c = old.play.payoffs[mover], new.play.payoffs[mover]
        return self.induction.both(parallel, self._apply(Operation.CLOSE, c, a))

    def _preferred(self, new: Bundle, old: Bundle, mover: int, piece: Piece) -> int:
        """Whether the mover prefers ``new`` inside the piece."""
        a, b = old.play.payoffs[mover], old.slopes[mover]
        c, d = new.play.payoffs[mover], new.slopes[mover]
        parallel = self._apply(Operation.SAME, b, d)
        level = self.induction.beats(c, a)
        if b == d or self.graph.constant(parallel) == 1:
            return level
        if piece.middle is None:
            steeper, flatter = (d, b) if piece.right else (b, d)
            side = self._apply(Operation.GREATER, steeper, flatter)
            return self._select(parallel, level, side)
        at_new, at_old = (self._at(bundle, mover, piece.middle) for bundle in (new, old))
        more = self._apply(Operation.GREATER, at_new, at_old)
        meet = self._apply(Operation.CLOSE, at_new, at_old)
        inside = self._select(meet, self._serves(new, old, piece.middle), more)
        return self._select(parallel, level, inside)

    def _serves(self, new: Bundle, old: Bundle, offer: int) -> int:
        """Whether the offerer prefers ``new``, which decides where several crossings coincide."""
        at_new, at_old = (self._at(bundle, self.offerer, offer) for bundle in (new, old))
        return self._apply(Operation.GREATER, at_new, at_old)

    def _at(self, bundle: Bundle, player: int, offer: int) -> int:
        """A player's payoff after an offer."""
        rise = self.graph.mul(bundle.slopes[player], offer)
        return self.graph.add(bundle.play.payoffs[player], rise)

    def _ends(self, piece: Piece) -> tuple[int, int, int]:
        """Whether a piece meets the range of offers, and the ends of what they share."""
        low, high, valid = self.low, self.high, self.one
        if piece.low is not None:
            beyond = self._beyond(piece.low, self.high, upwards=True)
            valid = self.induction.both(valid, self.induction.negate(beyond))
            inner = self._apply(Operation.MAX, piece.low, self.low)
            low = self._apply(Operation.MIN, inner, self.high)
        if piece.high is not None:
            beyond = self._beyond(piece.high, self.low, upwards=False)
            valid = self.induction.both(valid, self.induction.negate(beyond))
            inner = self._apply(Operation.MIN, piece.high, self.high)
            high = self._apply(Operation.MAX, inner, self.low)
        return valid, low, high

    def _at_best_end(self, piece: Piece, low: int, high: int) -> tuple[Play, int]:
        """The play at the end of a piece that the offerer prefers.

        Returns it with the flag that the offerer does not care where in the piece the offer lies
        while somebody else does.
        """
        bundle = self._along(self.branch, self.position, piece)[0]
        rising = self._apply(Operation.GREATER, bundle.slopes[self.offerer], self.zero)
        offer = self._select(rising, high, low)
        payoffs = [
            self.graph.add(a, self.graph.mul(b, offer)) if b != self.zero else a
            for a, b in zip(bundle.play.payoffs, bundle.slopes, strict=True)
        ]
        play = Play(tuple(payoffs), bundle.play.outcomes, bundle.play.day)
        return play, self._flat(bundle, low, high)

    def _beyond(self, crossing: int, end: int, *, upwards: bool) -> int:
        """Whether a crossing lies outside the range at an end, by more than rounding."""
        sizes = (self._apply(Operation.ABS, number) for number in (self.low, self.high))
        slack = self.graph.mul(self.graph.number(ROUNDING), self._apply(Operation.MAX, *sizes))
        if upwards:
            return self._apply(Operation.GREATER, crossing, self.graph.add(end, slack))
        return self._apply(Operation.GREATER, self.graph.sub(end, slack), crossing)

    def _flat(self, bundle: Bundle, low: int, high: int) -> int:
        same = [self._apply(Operation.SAME, slope, self.zero) for slope in bundle.slopes]
        everybody = self.induction.both(*same)
        indifferent = self.induction.both(same[self.offerer], self.induction.negate(everybody))
        return self.induction.both(indifferent, self._apply(Operation.GREATER, high, low))

    def _comparison(self, new: Play, old: Play, old_valid: int, tie: int) -> tuple[int, int]:
        """Whether a piece is taken over the best so far, and whether the best then ties."""
        v, w = new.payoffs[self.offerer], old.payoffs[self.offerer]
        close = self._apply(Operation.CLOSE, v, w)
        sooner = self._apply(Operation.GREATER, old.day, new.day)
        if self.induction.last:
            sooner = self.graph.sub(self.one, sooner)
        more = self._apply(Operation.GREATER, v, w)
        better = self._select(close, sooner, more)
        take = self.induction.both(self.valid, self._select(old_valid, better, self.one))
        kept = self.induction.both(tie, self.induction.negate(self.induction.both(take, more)))
        tied = self.induction.both(
            close, self.induction.negate(self._same_end(new, old)), self.valid, old_valid
        )
        return take, tied if kept == self.zero else self._apply(Operation.MAX, tied, kept)

    def _same_end(self, new: Play, old: Play) -> int:
        """Whether two plays are worth the same to all and end alike."""
        ends = zip((new.day, *new.outcomes), (old.day, *old.outcomes), strict=True)
        alike = [self._apply(Operation.SAME, a, b) for a, b in ends]
        for a, b in zip(new.payoffs, old.payoffs, strict=True):
            alike.append(self._apply(Operation.CLOSE, a, b))
        return self.induction.both(*alike)


def _distinct(bundles: list[Bundle]) -> list[Bundle]:
    found: dict[tuple[int, ...], Bundle] = {}
    for bundle in bundles:
        found.setdefault((*bundle.play.payoffs, *bundle.slopes), bundle)
    if len(found) > MAX_BUNDLES:
        raise UnsupportedGame("too many ways to answer an offer")
    return list(found.values())
