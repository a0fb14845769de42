"""Many points of a signalling game: exact solutions of a few, carried over to the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import CrisisError, UnsupportedGame
from gametheory_crisis.games.extensive import ExtensiveForm, ExtensiveGame
from gametheory_crisis.games.extensive_point import at_point
from gametheory_crisis.games.signalling import SignallingForm, signalling_form, ways_to_ends
from gametheory_crisis.solvers.cells import SOLVED, Floats, PointSolver
from gametheory_crisis.solvers.equilibrium_tables import DOUBTFUL, EquilibriumTable, TableSolver
from gametheory_crisis.solvers.extensive_form.best_reply_systems import (
    System,
    message_system,
    reply_system,
    tremble_system,
)
from gametheory_crisis.solvers.extensive_form.continuation import (
    Continuation,
    Plan,
    Supports,
    continuation,
    shortfall,
)
from gametheory_crisis.solvers.extensive_form.folding import worth_of
from gametheory_crisis.solvers.extensive_form.rationals import in_rationals
from gametheory_crisis.solvers.slot_values import SlotValues

MARGIN = 1e-9
"""Numbers closer to 0 than this, in shares of a player's spread of payoffs, are in doubt."""
MOST_KNOWN = 400
"""Exact solutions kept; points that none of them fits are then solved one by one."""


class SignallingTables(TableSolver):
    """Solves points of a game in signalling form.

    Parameters
    ----------
    form : the game for one deadline
    deadline : the deadline at many points, or None where the game has none
    unrolled : the form for each deadline
    fallback : solves the doubtful points
    """

    def __init__(
        self,
        form: ExtensiveForm,
        deadline: SlotValues | None,
        unrolled: Callable[[int | None], ExtensiveForm],
        fallback: PointSolver,
    ) -> None:
        super().__init__(form, fallback)
        self.deadline = deadline
        self.unrolled = unrolled
        self._by_deadline: dict[int | None, _OneForm] = {}

    def table(self, columns: Mapping[str, Floats], num: int) -> EquilibriumTable:
        """The equilibria at a list of points; see `TableSolver.table`."""
        parts: list[EquilibriumTable] = []
        for days, points in self._deadlines(columns, num):
            if days not in self._by_deadline:
                try:
                    self._by_deadline[days] = _OneForm(self.unrolled(days))
                except UnsupportedGame:
                    continue  # the fallback says what is to be said of these points
            some = {name: np.ascontiguousarray(values[points]) for name, values in columns.items()}
            found = self._by_deadline[days].tables(some, len(points))
            parts += [replace(part, point=points[part.point]) for part in found]
        return _joined(parts, num, len(self.game.players), len(self.game.outcomes))

    def _deadlines(
        self, columns: Mapping[str, Floats], num: int
    ) -> Iterator[tuple[int | None, NDArray[np.intp]]]:
        """The deadlines there are, with the points that have them."""
        if self.deadline is None:
            yield None, np.arange(num)
            return
        days = self.deadline.at(columns, num)[0]
        for value in np.unique(days[np.isfinite(days)]):
            if value >= 1 and value == int(value):
                yield int(value), np.flatnonzero(days == value)


class _OneForm:
    """Points of one extensive form.

    Attributes
    ----------
    known : exact solutions at some points
    hits : to how many points each has been carried
    """

    def __init__(self, form: ExtensiveForm) -> None:
        self.form = form
        self.known: list[Continuation] = []
        self.hits: Counter[int] = Counter()

    @cached_property
    def _numbers(self) -> SlotValues:
        form = self.form
        slots = [slot for slot in form.probability if slot >= 0]
        slots += [slot for row in form.payoffs for slot in row] + list(form.discount)
        return SlotValues(form.tape, tuple(dict.fromkeys(slots)))

    @cached_property
    def _checks(self) -> SlotValues | None:
        slots = tuple(check.condition for check in self.form.checks)
        return SlotValues(self.form.tape, slots) if slots else None

    def tables(self, columns: Mapping[str, Floats], num: int) -> list[EquilibriumTable]:
        """The equilibria at the points that a known solution fits, in parts."""
        rows = dict(zip(self._numbers.slots, self._numbers.at(columns, num), strict=True))
        todo = np.flatnonzero(self._regular(rows, columns, num))
        parts: list[EquilibriumTable] = []
        for known in sorted(self.known, key=lambda known: -self.hits[id(known)]):
            todo = self._carry(known, rows, todo, parts)
        while len(todo) and len(self.known) < MOST_KNOWN:
            first, todo = todo[0], todo[1:]
            solved = self._solved(columns, first)
            if solved is None:
                continue
            left = self._carry(solved, rows, np.concatenate(([first], todo)), parts)
            if self._holds(solved, columns, np.setdiff1d(todo, left)):
                self.known.append(solved)
            else:
                parts.pop()
            todo = left[left != first]
        return parts

    def _holds(
        self, known: Continuation, columns: Mapping[str, Floats], points: NDArray[np.intp]
    ) -> bool:
        """Whether the last of the points that a solution was carried to has the same families.

        Families are told apart by numbers as well as by zeros, so that is looked at, not taken for
        granted.
        """
        if not len(points):
            return True
        other = self._solved(columns, points[-1])
        return other is not None and other.structure() == known.structure()

    def _regular(
        self, rows: Mapping[int, Floats], columns: Mapping[str, Floats], num: int
    ) -> NDArray[np.bool_]:
        """Points at which every event and payoff is as the form has it."""
        regular = np.ones(num, dtype=np.bool_)
        for values in rows.values():
            regular &= np.isfinite(values)
        for slot in (*(s for s in self.form.probability if s >= 0), *self.form.discount):
            regular &= rows[slot] > MARGIN
        if self._checks is not None:
            regular &= np.all(self._checks.at(columns, num) == 1.0, axis=0)
        return regular

    def _solved(self, columns: Mapping[str, Floats], point: int) -> Continuation | None:
        values = {name: float(numbers[point]) for name, numbers in columns.items()}
        try:
            return continuation(in_rationals(at_point(self.form, values, exact=False)))
        except CrisisError:
            return None

    def _carry(
        self,
        known: Continuation,
        rows: Mapping[int, Floats],
        todo: NDArray[np.intp],
        parts: list[EquilibriumTable],
    ) -> NDArray[np.intp]:
        """Solve the points that a known solution fits; returns the others."""
        if not len(todo):
            return todo
        game = self._arrays(rows, todo)
        followed = _Followed(known, game, len(todo))
        same: NDArray[np.bool_] = followed.verdict == 1
        if same.any():
            part = followed.table(game, self.form)
            parts.append(replace(part, point=todo[part.point]))
            self.hits[id(known)] += int(same.sum())
        return np.compress(~same, todo)

    def _arrays(self, rows: Mapping[int, Floats], todo: NDArray[np.intp]) -> ExtensiveGame:
        """The games at some points as one, whose numbers are arrays."""
        form = self.form
        one: Any = np.ones(len(todo))
        probability: Any = [one if s < 0 else rows[s][todo] for s in form.probability]
        payoffs: Any = [tuple(rows[slot][todo] for slot in row) for row in form.payoffs]
        return ExtensiveGame(
            players=form.players,
            outcomes=form.outcomes,
            histories=form.histories,
            information_sets=form.information_sets,
            probability=tuple(probability),
            payoffs=tuple(payoffs),
            exact=False,
        )


@dataclass
class _Followed:
    """A known solution at many points.

    Attributes
    ----------
    verdict : int8 (points,), 1 where it holds
    messages, replies : float64 (points, vertices, variables)
    """

    known: Continuation
    game: ExtensiveGame
    num: int

    def __post_init__(self) -> None:
        scaled = _scaled(self.game)
        self.verdict = _same_folding(scaled, self.known, self.num)
        form = signalling_form(scaled, self.known.folding.chosen)
        assert form is not None
        choices = self.known.choices
        self.messages = self._follow(
            message_system(form, form.messages_of, choices), self.known.messages
        )
        self.replies = self._follow(
            reply_system(form, choices, form.messages_of), self.known.replies
        )
        for receivers, supports in self.known.trembles.items():
            self._follow(tremble_system(form, receivers), supports)
        for plan in self.known.plans:
            if plan.even:
                missed = shortfall(form, plan.even, self.known.used(plan))
                self.verdict[np.broadcast_to(missed > MARGIN, self.num)] = 0
        self.form: SignallingForm = form

    def _follow(self, system: System, supports: Supports) -> Floats:
        from gametheory_crisis.kernels.continuation import follow

        matrix, right = system.arrays(self.num)
        points = np.empty((self.num, len(supports.sizes), matrix.shape[2]))
        follow(matrix, right, supports.columns, supports.sizes, MARGIN, self.verdict, points)
        return points

    def table(self, game: ExtensiveGame, form: ExtensiveForm) -> EquilibriumTable:
        """The families at the points where the solution holds; ``point`` counts all points."""
        held = np.flatnonzero(self.verdict == 1)
        parts = [self._family(game, form, plan, held) for plan in self.known.plans]
        return EquilibriumTable(
            status=np.full(self.num, SOLVED, dtype=np.int8),
            point=np.tile(held, len(parts)),
            payoffs=np.concatenate([part[0] for part in parts], axis=1),
            outcomes=np.concatenate([part[1] for part in parts], axis=1),
            day=np.concatenate([part[2] for part in parts]),
        )

    def _family(
        self, game: ExtensiveGame, form: ExtensiveForm, plan: Plan, held: NDArray[np.intp]
    ) -> tuple[Floats, Floats, Floats]:
        """Payoffs, outcomes and day of one family."""
        replied = np.zeros((len(held), len(self.form.replies)))
        replied[:, self.known.given] = self.replies[held, plan.replies, : len(self.known.given)]
        sent = self.messages[held, plan.messages]
        if plan.even:
            sent = np.broadcast_to(
                np.array(plan.even, dtype=np.float64), (len(held), len(plan.even))
            )
        payoffs = np.zeros((len(form.players), len(held)))
        outcomes = np.zeros((len(form.outcomes), len(held)))
        day = np.zeros(len(held))
        for end, message, reply in ways_to_ends(self.form, game, self.known.folding.chosen):
            share = np.asarray(game.chance[end])[held]
            share = share * (1.0 if message < 0 else sent[:, message])
            share = share * (1.0 if reply < 0 else replied[:, reply])
            for player, worth in enumerate(game.payoffs[end]):
                payoffs[player] += share * np.asarray(worth)[held]
            outcomes[form.histories.outcome[end]] += share
            day += share * form.histories.day[end]
        return payoffs, outcomes, day


def _scaled(game: ExtensiveGame) -> ExtensiveGame:
    """Each player's payoffs in shares of their spread, so that one margin serves all."""
    ends = game.ends
    columns: list[Any] = []
    for player in range(len(game.players)):
        numbers = np.array([game.payoffs[end][player] for end in ends])
        spread = numbers.max(axis=0) - numbers.min(axis=0)
        columns.append(np.where(spread > 0, spread, 1.0))
    payoffs = tuple(
        tuple(worth / spread for worth, spread in zip(row, columns, strict=bool(row)))
        for row in game.payoffs
    )
    return replace(game, payoffs=payoffs)


def _same_folding(game: ExtensiveGame, known: Continuation, num: int) -> NDArray[np.int8]:
    """1 where the choices known in advance are strictly best, so that they still are."""
    same = np.ones(num, dtype=np.bool_)
    worth = worth_of(game, known.folding.chosen)
    for place, action in known.folding.chosen.items():
        player = game.information_sets[place].player
        for history in game.information_sets[place].histories:
            below: list[Any] = [worth[child] for child in game.histories.children[history]]
            for other, row in enumerate(below):
                if other != action:
                    same &= np.asarray(below[action][player] - row[player]) > MARGIN
    return same.astype(np.int8)


def _joined(
    parts: list[EquilibriumTable], num: int, players: int, outcomes: int
) -> EquilibriumTable:
    """Tables of different points as one, in the order of the points."""
    status = np.full(num, DOUBTFUL, dtype=np.int8)
    point = np.concatenate([np.empty(0, dtype=np.int64), *(part.point for part in parts)])
    order = np.argsort(point, kind="stable")
    status[point] = SOLVED
    payoffs = np.concatenate([np.empty((players, 0)), *(p.payoffs for p in parts)], axis=1)
    shares = np.concatenate([np.empty((outcomes, 0)), *(p.outcomes for p in parts)], axis=1)
    day = np.concatenate([np.empty(0), *(part.day for part in parts)])
    return EquilibriumTable(status, point[order], payoffs[:, order], shares[:, order], day[order])
