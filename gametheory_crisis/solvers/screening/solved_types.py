"""A solved part of a public game where types are finitely many: choices, beliefs and values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.reach import Place
from gametheory_crisis.games.stage import Kind
from gametheory_crisis.results import Belief, Choice, Reply
from gametheory_crisis.solvers.screening.public_moves import (
    ByType,
    Ends,
    choice,
)
from gametheory_crisis.solvers.screening.type_moves import Moves

Answers: TypeAlias = tuple[int, ...]
"""For each type the branch of the answer."""
Picks: TypeAlias = dict[Place, int]


@dataclass(frozen=True)
class Piece:
    """Offers between two neighbouring changes, answered alike."""

    low: Number
    high: Number
    answers: Answers
    picks: Picks


class Solved:
    """A part of the public moves, solved for finitely many types."""

    def __init__(
        self,
        moves: Moves,
        offer: Number | None,
        answers: Answers | None,
        picks: Picks,
        pieces: Sequence[Piece],
        optimal: tuple[tuple[Number, Number], ...],
    ) -> None:
        self.moves, self.setting = moves, moves.setting
        self.offer, self.answers, self.picks = offer, answers, picks
        self.pieces, self.optimal = pieces, optimal
        self.notes: Sequence[str] = ()
        if moves.contested:
            self.notes = ("what is thought of types after an answer that none gives is not unique",)
        self.payoffs: Sequence[Number] = moves.total(offer, answers, picks).payoffs
        self.ends: Ends = moves.ends(offer, answers, picks)
        self.day: Number = sum(day * share for (_, day), share in self.ends.items())
        self.by_type: Sequence[ByType] = [
            moves.of_type(k, offer, answers, picks) for k in range(len(moves.types.names))
        ]

    def choices(self, reached: Number) -> list[tuple[Place, Choice]]:
        """What is chosen, by type where it is the informed player who chooses."""
        moves, setting = self.moves, self.setting
        found: list[tuple[Place, Choice]] = []
        if self.offer is not None:
            made = choice(setting, moves.root, {}, reached)
            found.append((moves.root, replace(made, offer=self.offer, optimal=self.optimal)))
        runs = [
            moves.run(k, self.offer, self.answers, self.picks)
            for k in range(len(moves.types.names))
        ]
        prior = moves.types.prior
        for place in moves.places:
            position = setting.positions[place[0]]
            if position.kind is not Kind.DECISION:
                continue
            shares = [run.reached.get(place, 0) for run in runs]
            if position.movers == (setting.informed,):
                for k, name in enumerate(moves.types.names):
                    row = self._row(place, runs[k].taken[place], reached * shares[k])
                    replies = self._replies(place, k)
                    found.append((place, replace(row, type=name, replies=replies)))
                continue
            mass: Number = sum(q * share for q, share in zip(prior, shares, strict=True))
            row = self._row(place, runs[0].taken[place], reached * mass)
            found.append((place, replace(row, replies=self._replies(place, 0))))
        return found

    def _row(self, place: Place, taken: int, reached: Number) -> Choice:
        branches = self.setting.positions[place[0]].branches
        play = {branch.label: float(k == taken) for k, branch in enumerate(branches)}
        return choice(self.setting, place, play, reached)

    def _replies(self, place: Place, type_: int) -> tuple[Reply, ...]:
        """The whole rule of a type, where it depends on the offer.

        The first interval that contains an offer holds.
        """
        branches = self.setting.positions[place[0]].branches
        rows: list[Reply] = []
        for piece in self.pieces:
            middle = (piece.low + piece.high) / 2
            run = self.moves.run(type_, middle, piece.answers, piece.picks)
            label = branches[run.taken[place]].label
            if rows and rows[-1].play == label and rows[-1].high == piece.low:
                rows[-1] = Reply(rows[-1].low, piece.high, label)
            else:
                rows.append(Reply(piece.low, piece.high, label))
        if len(rows) > 1 and rows[0].low == rows[0].high:
            rest = (row for row in rows[1:] if row.low <= rows[0].low <= row.high)
            if next((row.play for row in rest), "") == rows[0].play:
                del rows[0]
        return tuple(rows) if len({row.play for row in rows}) > 1 else ()

    def beliefs(self, reached: Number) -> list[tuple[Place, Belief]]:
        """What uninformed players who choose after an answer think of the types."""
        if self.offer is None or self.answers is None:
            return []
        moves, setting = self.moves, self.setting
        runs = [
            moves.run(k, self.offer, self.answers, self.picks)
            for k in range(len(moves.types.names))
        ]
        found = []
        for place in moves.places:
            if not setting.is_choice(place, informed=False) or place == moves.root:
                continue
            position = setting.positions[place[0]]
            weights = moves.weights(place, self.offer, self.answers, self.picks)
            shares = (run.reached.get(place, 0) for run in runs)
            mass: Number = sum(
                q * share for q, share in zip(moves.types.prior, shares, strict=True)
            )
            found.append(
                (
                    place,
                    Belief(
                        player=setting.players[position.movers[0]],
                        day=setting.day(place),
                        state=setting.state(position),
                        belief=tuple(zip(moves.types.labels, weights, strict=True)),
                        reached=as_float(reached * mass),
                    ),
                )
            )
        return found
