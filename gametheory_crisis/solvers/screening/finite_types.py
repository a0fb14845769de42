"""The best offer to a player of finitely many types, in rationals where they suffice.

Each type answers as is best for it, so no order of the types is needed. Answers change only at the
offers that leave a type indifferent. Between those the offerer's payoff is smooth; where it is
affine its maximum is at an end, so that the candidates are the types' reservation offers and the
ends of the range.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, product

from gametheory_crisis.errors import ParameterError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, as_float, close, greater
from gametheory_crisis.games.curves import Curves
from gametheory_crisis.games.reach import Place
from gametheory_crisis.games.screening import ScreeningGame
from gametheory_crisis.solvers.screening.public_moves import (
    Part,
    PublicMoves,
    ScreenedPlay,
)
from gametheory_crisis.solvers.screening.roots import maxima, roots
from gametheory_crisis.solvers.screening.setting import Setting
from gametheory_crisis.solvers.screening.solved_types import Answers, Picks, Piece, Solved
from gametheory_crisis.solvers.screening.type_moves import Moves, TypeSet

MAX_COMBINATIONS = 64
MAX_TIED = 10
"""Types that one offer may leave indifferent."""


def solve_finite_types(
    game: ScreeningGame, curves: Curves, point: Mapping[str, Number]
) -> ScreenedPlay:
    """See `one_offer_game.solve_one_offer`."""
    setting = Setting(game, curves, point, exact=True)
    types = TypeSet.at(setting)
    return PublicMoves(setting, _Population(setting, types)).solve()


class _Population:
    """Finitely many types before play."""

    def __init__(self, setting: Setting, types: TypeSet) -> None:
        self._setting, self._types = setting, types
        self.types: Sequence[tuple[str, Mapping[str, float]]] = [
            (name, {key: as_float(value) for key, value in numbers.items()})
            for name, numbers in zip(types.names, types.numbers, strict=True)
        ]

    def mean(self, slot: int, place: Place) -> Number:
        """The expected value of a number."""
        each = self.each(slot, place)
        return sum(q * value for q, value in zip(self._types.prior, each, strict=True))

    def each(self, slot: int, place: Place) -> Sequence[Number]:
        """The number for each type."""
        self._setting.evaluator.set_day(max(place[1], 0))
        return [self._setting.evaluator.value(slot, row) for row in self._types.numbers]

    def part(self, place: Place) -> Part:
        """The solution of an offer, or of moves that no offer precedes."""
        moves = Moves(self._setting, place, self._types, self._setting.deals.get(place[0]))
        if moves.answer is None:
            picks: Picks = {}
            for late in reversed(moves.contested):
                picks[late] = moves.best(late, None, None, picks)
            return Solved(moves, None, None, picks, [], ())
        return _Offer(moves).solve()


@dataclass(frozen=True)
class _Candidate:
    """An offer that may be best, and how it is answered."""

    offer: Number
    answers: Answers
    picks: Picks
    worth: Number
    day: Number
    flat: tuple[Number, Number] | None


class _Offer:
    """One offer to finitely many types."""

    def __init__(self, moves: Moves) -> None:
        self.moves = moves
        self.setting = moves.setting
        position = self.setting.positions[moves.root[0]]
        self.proposer = position.movers[0]
        self.low = self.setting.number(position.low, moves.root)
        self.high = self.setting.number(position.high, moves.root)
        if not self.low <= self.high:
            raise ParameterError(f"the range of the offer at '{position.node}' is empty")

    def solve(self) -> Solved:
        """The best offer, ties broken as the solution concept of the package says."""
        pieces = [p for picks in self._combinations() for p in self._pieces(picks)]
        held = [p for p in pieces if self._holds(p)]
        self._require_answers(held)
        candidates = [c for piece in held for c in self._candidates(piece)]
        candidates += [c for piece in held for c in self._at_ties(piece)]
        best = candidates[0].worth
        for candidate in candidates:
            best = candidate.worth if greater(candidate.worth, best) else best
        tied = [c for c in candidates if close(c.worth, best)]
        soonest = min(c.day for c in tied)
        chosen = min((c for c in tied if close(c.day, soonest)), key=lambda c: c.offer)
        flat = [
            c.flat
            for c in tied
            if c.flat and c.answers == chosen.answers and c.picks == chosen.picks
        ]
        return Solved(
            self.moves,
            chosen.offer,
            chosen.answers,
            chosen.picks,
            [Piece(chosen.offer, chosen.offer, chosen.answers, chosen.picks), *held],
            tuple(sorted(set(flat))),
        )

    def _combinations(self) -> Iterator[Picks]:
        contested = self.moves.contested
        sizes = [len(self.setting.positions[p[0]].branches) for p in contested]
        combinations = list(product(*map(range, sizes))) if len(sizes) < 7 else []
        if not combinations or len(combinations) > MAX_COMBINATIONS:
            raise UnsupportedGame(
                f"after the answers to '{self.moves.variable}' there are more than "
                f"{MAX_COMBINATIONS} combinations of choices that go by the types left"
            )
        for chosen in combinations:
            yield dict(zip(contested, chosen, strict=True))

    def _pieces(self, picks: Picks) -> Iterator[Piece]:
        """All offers, cut where an answer, or a choice behind it, may change."""
        cuts = {self.low, self.high}
        for k in range(len(self.moves.types.names)):
            cuts.update(roots(partial(self.moves.turns, k, picks), self.low, self.high))
        for low, high in _spans(cuts):
            answers = self._answers((low + high) / 2, picks)
            inner = roots(partial(self._margins, answers, picks), low, high)
            for a, b in _spans({low, high, *inner}):
                yield Piece(a, b, answers, picks)

    def _margins(self, answers: Answers, picks: Picks, offer: Number) -> list[Number]:
        """What those who go by the types left would lose by each other choice."""
        found = []
        for place in self.moves.contested:
            options = self.moves.expected(place, offer, answers, picks)
            found += [options[picks[place]] - option for option in options]
        return found

    def _answers(self, offer: Number, picks: Picks) -> Answers:
        """What each type does, the earliest of what ties."""
        return tuple(self._tied(k, offer, picks)[0] for k in range(len(self.moves.types.names)))

    def _tied(self, type_: int, offer: Number, picks: Picks) -> list[int]:
        """The branches that are best for a type."""
        informed = self.setting.informed
        worths = [o.payoffs[informed] for o in self.moves.answers(type_, offer, picks)]
        best = max(worths)
        return [k for k, worth in enumerate(worths) if close(worth, best)]

    def _holds(self, piece: Piece) -> bool:
        """Whether those who go by the types left choose as the piece has it."""
        middle = (piece.low + piece.high) / 2
        return self._consistent(middle, piece.answers, piece.picks, strictly=True)

    def _consistent(self, offer: Number, answers: Answers, picks: Picks, *, strictly: bool) -> bool:
        for place in self.moves.contested:
            options = self.moves.expected(place, offer, answers, picks)
            mine = options[picks[place]]
            for k, other in enumerate(options):
                if greater(other, mine):
                    return False
                if strictly and k < picks[place] and close(other, mine):
                    return False
        return True

    def _require_answers(self, held: Sequence[Piece]) -> None:
        reach = self.low
        for piece in sorted(held, key=lambda p: (p.low, p.high)):
            if greater(piece.low, reach):
                break
            reach = max(reach, piece.high)
        if greater(self.high, reach) or not held:
            nodes = ", ".join(
                f"'{self.setting.positions[p[0]].node}'" for p in self.moves.contested
            )
            raise UnsupportedGame(
                f"after an offer of {self.moves.variable} = {as_float(reach):.6g} whoever moves at "
                f"{nodes} would have to mix; give the offer a grid (grid: 21)"
            )

    def _candidates(self, piece: Piece) -> Iterator[_Candidate]:
        """The local maxima of the offerer's payoff within a piece, its ends among them."""

        def worth(offer: Number) -> tuple[Number, Number]:
            total = self.moves.total(offer, piece.answers, piece.picks)
            return total.payoffs[self.proposer], total.by_offer[self.proposer]

        points, flat = maxima(worth, piece.low, piece.high)
        for offer in points:
            if offer in (piece.low, piece.high) and not self._consistent(
                offer, piece.answers, piece.picks, strictly=False
            ):
                continue
            span = (piece.low, piece.high) if flat else None
            yield self._candidate(offer, piece.answers, piece.picks, span)

    def _at_ties(self, piece: Piece) -> Iterator[_Candidate]:
        """The ends of a piece, types that are indifferent there answering in every way."""
        lasting = piece.answers
        for offer in {piece.low, piece.high}:
            tied = [self._tied(k, offer, piece.picks) for k in range(len(piece.answers))]
            if sum(len(options) > 1 for options in tied) > MAX_TIED:
                raise UnsupportedGame(
                    f"more than {MAX_TIED} types are indifferent at once after an offer of "
                    f"{self.moves.variable} = {as_float(offer):.6g}"
                )
            for answers in product(*tied):
                if answers == piece.answers or any(
                    a != b and self._lasts(k, piece)
                    for k, (a, b) in enumerate(zip(answers, lasting, strict=True))
                ):
                    continue
                if self._consistent(offer, answers, piece.picks, strictly=False):
                    yield self._candidate(offer, answers, piece.picks, None)

    def _lasts(self, type_: int, piece: Piece) -> bool:
        """Whether a type is indifferent all over a piece, so that no offer brings the tie about."""
        middle = (piece.low + piece.high) / 2
        return piece.low < piece.high and len(self._tied(type_, middle, piece.picks)) > 1

    def _candidate(
        self, offer: Number, answers: Answers, picks: Picks, flat: tuple[Number, Number] | None
    ) -> _Candidate:
        worth = self.moves.total(offer, answers, picks).payoffs[self.proposer]
        ends = self.moves.ends(offer, answers, picks)
        day: Number = sum(day * share for (_, day), share in ends.items())
        return _Candidate(offer, answers, picks, worth, day, flat)


def _spans(cuts: set[Number]) -> list[tuple[Number, Number]]:
    """The intervals between neighbouring numbers; the number itself where it is alone."""
    ordered = sorted(cuts)
    return list(pairwise(ordered)) or [(ordered[0], ordered[0])]
