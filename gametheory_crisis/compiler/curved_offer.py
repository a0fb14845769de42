"""A continuous offer whose payoffs are curves in the number offered, as straight-line arithmetic.

Covers what most models do: one player answers with one of two actions, and the answer changes at
most once.  The change is bracketed on a grid and bisected down to neighbouring floats, all of it
written out; the offerer's best is then at an end of one of the two pieces.  A point at which the
answer changes more often, or the offerer's payoff has a hump, is flagged as irregular, and is
solved again on its own.

Crossings are bisected rather than solved for, as in R. P. Brent (1973), Algorithms for Minimization
without Derivatives, chapter 4, without the interpolation: a fixed number of steps needs no branch.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from gametheory_crisis.compiler.writer import Play
from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.stage import Branch, Kind, Position
from gametheory_crisis.kernels.operations import Operation

if TYPE_CHECKING:
    from gametheory_crisis.compiler.induction import Induction

GRID = 16
"""Intervals on which the answer and the offerer's payoff are looked at."""
STEPS = 50
"""Halvings of one interval of the grid: down to neighbouring floats."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Offers that are answered alike.

    Attributes
    ----------
    low, high : its ends
    later : 1 where the second action answers, else 0
    exists : 1 where there is such a piece
    """

    low: int
    high: int
    later: int
    exists: int


def write_curved_offer(induction: Induction, position: Position) -> Play:
    """The play from a continuous offer on.

    Raises
    ------
    UnsupportedGame
        More than one choice, or more than two actions, depend on the offer.
    """
    return _CurvedOffer(induction, position).write()


class _CurvedOffer:
    """Writes one offer."""

    def __init__(self, induction: Induction, position: Position) -> None:
        self.induction = induction
        self.apply = induction.apply
        self.graph = induction.graph
        self.position = position
        self.variable = position.variable
        self.offerer = position.movers[0]
        self.answer = induction.game.positions[position.branches[0].target]
        self._check()
        self.responder = self.answer.movers[0]
        self.low = induction.lifted[position.low]
        self.high = induction.lifted[position.high]
        self.grid: list[int] = []

    def _check(self) -> None:
        positions = self.induction.game.positions
        simple = self.answer.kind is Kind.DECISION and len(self.answer.branches) == 2
        ends = [positions[branch.target] for branch in self.answer.branches]
        if not simple or any(
            self.variable in end.reads and end.kind is not Kind.TERMINAL for end in ends
        ):
            raise UnsupportedGame(
                f"what follows the offer at '{self.position.node}' is more than a choice between "
                "two actions, with payoffs that are not affine in the offer"
            )

    def write(self) -> Play:
        """Find the change of the answer, and the better end of the better piece."""
        grid = self.grid = [self._grid_point(k) for k in range(GRID + 1)]
        answers = [self._prefers_later(offer) for offer in grid]
        before, after, changes = self._change(grid, answers)
        other = self.induction.negate(answers[0])
        pieces = [
            self._tied_end(grid[0], answers[0]),
            Piece(self.low, before, answers[0], self.induction.one),
            Piece(after, self.high, other, changes),
            self._tied_end(grid[-1], answers[-1]),
        ]
        self._flag_irregular(grid, answers)
        return self._best(pieces)

    def _tied_end(self, offer: int, answer: int) -> Piece:
        """The end of the range alone with the other answer, where the responder is indifferent."""
        payoffs = (self._payoffs(k, offer)[self.responder] for k in (0, 1))
        tied = self.apply(Operation.CLOSE, *payoffs)
        return Piece(offer, offer, self.induction.negate(answer), tied)

    def _grid_point(self, k: int) -> int:
        width = self.graph.sub(self.high, self.low)
        share = self.graph.number(Fraction(k, GRID))
        return self.graph.add(self.low, self.graph.mul(share, width))

    # Play after one offer

    def _payoffs(self, k: int, offer: int) -> tuple[int, ...]:
        """Payoffs of an offer that is answered with action ``k``."""
        branch = self.answer.branches[k]
        end = self.induction.game.positions[branch.target]
        if self.variable in end.reads:
            payoffs = self._numbers(end.payoffs, offer, end)
        else:
            payoffs = self.induction.play(branch.target).payoffs
        payoffs = self._paid(branch, offer, payoffs, self.answer)
        return self._paid(self.position.branches[0], offer, payoffs, self.position)

    def _paid(
        self, branch: Branch, offer: int, payoffs: tuple[int, ...], position: Position
    ) -> tuple[int, ...]:
        if not branch.pays:
            return payoffs
        pays = self._numbers(branch.pays, offer, position)
        return tuple(map(self.graph.add, pays, payoffs))

    def _numbers(self, slots: tuple[int, ...], offer: int, position: Position) -> tuple[int, ...]:
        lifted = self.induction.lift(slots, {self.variable: offer})
        for slot in slots if offer in self.grid else ():
            infinite = self.induction.negate(self.apply(Operation.FINITE, lifted[slot]))
            self.induction.flag("undefined", infinite, position)
        return tuple(lifted[slot] for slot in slots)

    def _ending(self, k: int) -> Play:
        """How play ends after action ``k``, whatever the offer; its payoffs are not used."""
        target = self.answer.branches[k].target
        end = self.induction.game.positions[target]
        if self.variable not in end.reads:
            return self.induction.play(target)
        return self.induction.ending(end, ())

    def _prefers_later(self, offer: int) -> int:
        """Whether the responder prefers the second action; a tie goes to the first."""
        first, second = (self._payoffs(k, offer)[self.responder] for k in (0, 1))
        less = self.apply(Operation.LESS, first, second)
        return self.apply(Operation.SAME, less, self.induction.one)

    # The change of the answer

    def _change(self, grid: list[int], answers: list[int]) -> tuple[int, int, int]:
        """The last offer answered as the lowest is, the next one, and whether there is a change."""
        select, zero, one = self._select, self.induction.zero, self.induction.one
        before, after, changed = grid[0], grid[0], zero
        for offer, answer in zip(grid[1:], answers[1:], strict=True):
            differs = self.induction.negate(self.apply(Operation.SAME, answer, answers[0]))
            after = select(changed, after, offer)
            changed = select(changed, one, differs)
            before = select(changed, before, offer)
        after = select(changed, after, before)
        for _ in range(STEPS):
            half = self.graph.number(Fraction(1, 2))
            middle = self.graph.mul(half, self.graph.add(before, after))
            same = self.apply(Operation.SAME, self._prefers_later(middle), answers[0])
            before, after = select(same, middle, before), select(same, after, middle)
        return before, after, changed

    def _flag_irregular(self, grid: list[int], answers: list[int]) -> None:
        """Flag answers that change twice, and an offerer's payoff that is not monotone."""
        changes = [
            self.induction.negate(self.apply(Operation.SAME, a, b)) for a, b in pairwise(answers)
        ]
        one = self.induction.one
        often = self.apply(Operation.GREATER, self.graph.total(changes), one)
        self.induction.flag("stuck", often, self.position)
        for k in (0, 1):
            values = [self._payoffs(k, offer)[self.offerer] for offer in grid]
            steps = list(pairwise(values))
            rises = self.graph.total([self.apply(Operation.GREATER, b, a) for a, b in steps])
            falls = self.graph.total([self.apply(Operation.GREATER, a, b) for a, b in steps])
            hump = self.induction.both(self._positive(rises), self._positive(falls))
            self.induction.flag("stuck", hump, self.position)

    def _positive(self, count: int) -> int:
        return self.apply(Operation.GREATER, count, self.induction.zero)

    # The best offer

    def _best(self, pieces: list[Piece]) -> Play:
        """The best of the pieces that exist: ties go to the soonest end, then to the lowest."""
        best, exists = self._best_end(pieces[0]), pieces[0].exists
        for piece in pieces[1:]:
            play = self._best_end(piece)
            better, tied = self._comparison(play, best)
            taken = self._select(exists, better, self.induction.one)
            self.induction.flag(
                "tie", self.induction.both(tied, piece.exists, exists), self.position
            )
            best = self.induction.choose(self.induction.both(piece.exists, taken), play, best)
            exists = self._select(exists, self.induction.one, piece.exists)
        return best

    def _comparison(self, new: Play, old: Play) -> tuple[int, int]:
        """Whether a later piece is better, and whether the two tie with different ends of play."""
        gain, kept = new.payoffs[self.offerer], old.payoffs[self.offerer]
        close = self.apply(Operation.CLOSE, gain, kept)
        sooner = self.apply(Operation.GREATER, old.day, new.day)
        if self.induction.last:
            sooner = self.induction.negate(sooner)
        better = self._select(close, sooner, self.apply(Operation.GREATER, gain, kept))
        alike = zip((new.day, *new.outcomes), (old.day, *old.outcomes), strict=True)
        same = self.induction.both(*(self.apply(Operation.SAME, x, y) for x, y in alike))
        return better, self.induction.both(close, self.induction.negate(same))

    def _best_end(self, piece: Piece) -> Play:
        low, high = self._at(piece, piece.low), self._at(piece, piece.high)
        gains = high.payoffs[self.offerer], low.payoffs[self.offerer]
        return self.induction.choose(self.apply(Operation.GREATER, *gains), high, low)

    def _at(self, piece: Piece, offer: int) -> Play:
        """The play after an offer of a piece."""
        plays = []
        for k in (0, 1):
            end = self._ending(k)
            plays.append(Play(self._payoffs(k, offer), end.outcomes, end.day))
        return self.induction.choose(piece.later, plays[1], plays[0])

    def _select(self, flag: int, a: int, b: int) -> int:
        return self.apply(Operation.SELECT, flag, a, b)
