"""The certificate of a long deadline: the decisions of each day are checked as they stream by.

A profile over thousands of days and a hundred thousand states is never held as a whole.  Everything
but the decisions themselves is made from the graph of moves by the certificate's own code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.certificate.certify import Certificate, evaluator
from gametheory_crisis.certificate.evaluation import as_float
from gametheory_crisis.certificate.streamed_game import streamed_game
from gametheory_crisis.certificate.streamed_places import EXPIRED, LATE, RUNNING, Group
from gametheory_crisis.certificate.streamed_reach import Standing
from gametheory_crisis.errors import ParameterError, SolverError, UnsupportedGame
from gametheory_crisis.kernels.streamed_arrays import CHOICE, FINE, JOINT, NO_CHANCE, NO_CHOICE
from gametheory_crisis.kernels.streamed_reach import follow_day
from gametheory_crisis.kernels.streamed_regret import assess_day
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.results import Number

Floats = NDArray[np.float64]


class Columns(Protocol):
    """The places of choice that a stream of decisions speaks of.

    Attributes
    ----------
    node, state, expired : where each stands in the model
    mix : where the probabilities of its actions begin, player by player; -1 where one player
        chooses
    """

    @property
    def node(self) -> Sequence[str]: ...
    @property
    def state(self) -> Sequence[tuple[int, ...]]: ...
    @property
    def expired(self) -> Sequence[bool]: ...
    @property
    def mix(self) -> NDArray[np.int64]: ...


class Decisions(Protocol):
    """What is decided on some days in a row.

    Attributes
    ----------
    low : the first day; -1 for one row of the places behind the deadline
    branches : int16 (days, columns), the place of the action among those available, in the file's
        order, or of the profile, the last player's action changing fastest; -1 where play is mixed
    mixes : float64 (days, shares)
    """

    @property
    def low(self) -> int: ...
    @property
    def branches(self) -> NDArray[np.int16]: ...
    @property
    def mixes(self) -> Floats: ...


class StreamedCertificate:
    """Certifies one profile of a game with a deadline in two passes over its decisions.

    `watch` takes them backwards from the deadline, those behind it first; `finish` takes those
    before it once more, forwards.

    Parameters
    ----------
    graph : a game of public moves with a deadline and without offers
    values : value of every parameter
    columns : the places of choice of the stream
    days : int64 (columns,), the day of each place behind the deadline, -1 for the others

    Raises
    ------
    SolverError
        If two columns stand for one place.
    ParameterError
        If the values leave no game.
    UnsupportedGame
        If there is private information, an offer, or no deadline.
    """

    def __init__(
        self,
        graph: Graph,
        values: Mapping[str, Number],
        columns: Columns,
        days: NDArray[np.int64],
    ) -> None:
        if graph.private:
            raise UnsupportedGame(
                "private information: only games of public moves can be certified"
            )
        self._graph = graph
        exact = evaluator(graph, values)
        clock = graph.clock
        if clock.deadline is None or clock.expires is None:
            raise UnsupportedGame("a game without a deadline is not certified day by day")
        deadline = as_float(exact.value(clock.deadline, {}))
        if not (isfinite(deadline) and deadline >= 1 and deadline == int(deadline)):
            raise ParameterError(f"the deadline is {deadline:g}, not a whole number from 1 on")
        self._game = streamed_game(graph, values, exact, int(deadline))
        self._factors = np.array([self._factor(player) for player in graph.players])
        self._enter(columns, days)
        places, players = self._game.flat.places, self._game.flat.players
        widths = places["stop_mover"] - places["mover"]
        most = int(players["actions"].max())
        self._work = np.empty(most * max(1, int(widths.max()))), np.empty(most)
        self._worth = np.zeros((2, len(places), 2, len(self._factors)))
        self._stands = Standing(self._game)
        self._regret = 0.0
        self._known: tuple[NDArray[np.int16], Floats] | None = None
        self._next = -1

    def watch(self, decisions: Decisions) -> None:
        """Assess some days: those behind the deadline first, then backwards without a gap.

        Raises
        ------
        SolverError
            If the days are out of order, a choice is missing, or one is not available.
        ParameterError
            If a hazard or the probabilities of nature are none.
        """
        game = self._game
        if decisions.low < 0:
            self._known = decisions.branches[0].copy(), decisions.mixes[0].copy()
            self._assess(-1, *self._known, self._stands.known)
            self._worth[1, : game.num_known] = self._worth[0, : game.num_known]
            self._next = game.days - 1
            return
        for day in reversed(range(decisions.low, decisions.low + len(decisions.branches))):
            if day != self._next or self._known is None:
                raise SolverError(f"the decisions of day {day} come out of order")
            row = day - decisions.low
            game.numbers.load(day)
            stands = self._stands.on(day)
            self._assess(day, decisions.branches[row], decisions.mixes[row], stands)
            self._next -= 1

    def finish(self, forwards: Iterable[Decisions]) -> Certificate:
        """The certificate, once all days have been watched.

        Parameters
        ----------
        forwards : the decisions before the deadline, from day 0 on
        """
        if self._next != -1 or self._known is None:
            raise SolverError(f"the decisions of day {self._next} are missing")
        payoffs = self._worth[0, self._game.start, 0]
        ends = self._follow(forwards)
        by_outcome: dict[str, dict[int, Number]] = {name: {} for name in self._graph.outcomes}
        names = list(self._graph.outcomes)
        for day, outcome in zip(*np.nonzero(ends), strict=True):
            by_outcome[names[outcome]][int(day)] = float(ends[day, outcome])
        days = np.arange(len(ends))
        return Certificate(
            payoffs=dict(zip(self._graph.players, map(float, payoffs), strict=True)),
            outcomes=dict(zip(names, map(float, ends.sum(axis=0)), strict=True)),
            expected_day=float(days @ ends.sum(axis=1)),
            ends=by_outcome,
            regret=self._regret,
            exact=False,
        )

    def _factor(self, player: str) -> float:
        discount = self._graph.clock.discount.get(player)
        return 1.0 if discount is None else self._game.numbers.single(discount)

    # Columns of the stream

    def _enter(self, columns: Columns, days: NDArray[np.int64]) -> None:
        """Find the place of each column."""
        places = self._game.flat.places
        by_group: dict[Group, list[int]] = {}
        for column, (node, expired) in enumerate(zip(columns.node, columns.expired, strict=True)):
            late = int(days[column]) - self._game.days
            phase = RUNNING if days[column] < 0 else EXPIRED if expired else LATE
            group = Group(phase, node, 0, 0 if phase == RUNNING else late)
            by_group.setdefault(group, []).append(column)
        num_variables = len(self._graph.state)
        for group, members in by_group.items():
            levels = np.array([columns.state[k] for k in members], dtype=np.int64)
            found = self._game.find(group, levels.reshape(len(members), num_variables))
            reached = found >= 0
            own = found[reached]
            if len(np.unique(own)) < len(own) or np.any(places["column"][own] >= 0):
                raise SolverError(f"two columns of decisions for a place at '{group.node}'")
            kinds = places["kind"][own]
            if np.any((kinds != CHOICE) & (kinds != JOINT)):
                raise SolverError(f"decisions at '{group.node}', where nobody chooses")
            places["column"][own] = np.array(members)[reached]
            places["shares"][own] = columns.mix[np.array(members)[reached]]

    # Passes over the days

    def _bounds(self, day: int) -> tuple[int, int]:
        known = self._game.num_known
        return (0, known) if day < 0 else (known, len(self._game.flat.places))

    def _assess(
        self, day: int, taken: NDArray[np.int16], mixes: Floats, stands: NDArray[np.uint8]
    ) -> None:
        game = self._game
        today = self._worth[0 if day < 0 else day % 2]
        later = self._worth[0 if day < 0 else (day + 1) % 2]
        status, place, regret, _ = assess_day(
            tuple(game.flat),
            game.numbers.values,
            self._factors,
            today,
            later,
            self._bounds(day),
            day + 1 == game.days,
            stands,
            taken,
            mixes,
            self._work,
            self._regret,
        )
        if status != FINE:
            self._fail(status, place, day)
        self._regret = regret

    def _fail(self, status: int, place: int, day: int) -> None:
        """Raise what a status means."""
        where = self._describe(place, day)
        if status == NO_CHANCE:
            raise ParameterError(f"the probabilities {where} are none, or do not sum to 1")
        if status == NO_CHOICE:
            raise SolverError(f"no choice, or one that is not available, {where}")
        raise SolverError(f"the probabilities of the choice {where} do not sum to 1")

    def _describe(self, place: int, day: int) -> str:
        for group, places in self._game.groups.items():
            at = np.flatnonzero(places == place)
            if len(at):
                code = self._game.expansion.groups[group][at]
                levels = self._game.expansion.states.decode(code)[0]
                names = self._game.expansion.states.names
                state = ", ".join(f"{k} = {v}" for k, v in zip(names, levels, strict=True))
                when = day if day >= 0 else self._game.days + group.late
                where = f"at '{group.node or 'breakdown'}' on day {when}"
                return where + (f" in state {state}" if state else "")
        raise ValueError(f"there is no place {place}")

    def _follow(self, forwards: Iterable[Decisions]) -> Floats:
        """Probability of each outcome by day, float64 (days, outcomes)."""
        game = self._game
        places = game.flat.places
        mass = np.zeros((2, len(places)))
        mass[0, game.start] = 1.0
        last = game.days + (int(game.late.max()) - game.days + 1 if game.num_known else 0)
        ends = np.zeros((max(last, game.days), len(self._graph.outcomes)))
        ended = np.zeros(len(places))
        expected = 0
        for decisions in forwards:
            for row in range(len(decisions.branches)):
                day = decisions.low + row
                if day != expected:
                    raise SolverError(f"the decisions of day {day} come out of order")
                game.numbers.load(day)
                self._step(day, mass, decisions.branches[row], decisions.mixes[row], ended)
                np.add.at(ends[day], places["outcome"][game.num_known :], ended[game.num_known :])
                ended[:] = 0.0
                expected += 1
        if expected != game.days or self._known is None:
            raise SolverError(f"the decisions of day {expected} are missing")
        mass[0] += mass[1]
        self._step(-1, mass, *self._known, ended)
        found = np.flatnonzero(ended)
        np.add.at(ends, (game.late[found], places["outcome"][found]), ended[found])
        return ends

    def _step(
        self, day: int, mass: Floats, taken: NDArray[np.int16], mixes: Floats, ended: Floats
    ) -> None:
        game = self._game
        today, later = mass[0 if day < 0 else day % 2], mass[0 if day < 0 else (day + 1) % 2]
        last = day + 1 == game.days
        follow_day(
            tuple(game.flat),
            game.numbers.values,
            self._bounds(day),
            last,
            today,
            later,
            taken,
            mixes,
            self._work[0],
            ended,
        )
