"""The rules of daily offers as choices and beliefs, place by place."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.games.screening import ScreeningGame
from gametheory_crisis.games.screening_rules import DayRules
from gametheory_crisis.games.stage import Kind, Position
from gametheory_crisis.results import Belief, Choice, Reply, TypeValue
from gametheory_crisis.solvers.screening.daily import DailySolution
from gametheory_crisis.solvers.screening.daily_path import (
    DailyPath,
    Strand,
    outlook,
    shown_types,
    still_there,
)
from gametheory_crisis.solvers.screening.subgame import Prospect

Floats = NDArray[np.float64]

SHOWN_RESERVATIONS = 9
"""Types whose reservation offers are listed on each day, besides those at jumps."""


class DailyStrategies:
    """Writes down who does what on each day of a path.

    Attributes
    ----------
    choices : per node, its choices in the order of days
    beliefs : per node of an uninformed player, what it believes
    """

    def __init__(self, game: ScreeningGame, solution: DailySolution, path: DailyPath) -> None:
        if game.daily is None:
            raise ValueError("no daily offers")
        self._game, self._solution, self._path = game, solution, path
        self._numbers, self._types = solution.numbers, solution.numbers.types
        self._positions, self._daily = game.stage.positions, game.daily
        self._players = game.stage.players
        self._informed = game.stage.players[game.informed]
        self.choices: dict[str, list[Choice]] = defaultdict(list)
        self.beliefs: dict[str, list[Belief]] = defaultdict(list)
        for day, rules in enumerate(solution.rules.days):
            for strands in self._alike(day):
                self._offer(day, strands)
            for strands in self._alike(day + 1):
                happens = sum(strand.weight for strand in strands)
                self._answer(day, rules, strands[0], happens)
                self._breakdown(day, strands[0], happens)
        days = self._numbers.days
        night = self._positions[self._daily.night].night
        if night is not None and night.tomorrow_at_deadline is not None:
            for strand in path.strands:
                happens = float(path.alive[-1]) * strand.weight
                root = night.tomorrow_at_deadline
                self._after(root, strand.expiry, days, strand, happens, True)

    def by_type(self) -> tuple[TypeValue, ...]:
        """Payoffs and outcomes of single types, from the most resistant to the most willing."""
        found = []
        for k, (low, high) in enumerate(shown_types(self._numbers)):
            value = outlook(self._numbers, self._path, low, high)
            if self._types.names:
                numbers = {name: float(v[k]) for name, v in self._types.numbers.items()}
            else:
                numbers = self._number(value.position)
            outcomes = {
                name: value.outcomes.get(index, 0.0)
                for index, name in enumerate(self._game.stage.outcomes)
            }
            name = self._types.names[k] if self._types.names else ""
            found.append(TypeValue(self._informed, name, numbers, value.payoff, outcomes))
        return tuple(found)

    def _number(self, position: float) -> dict[str, float]:
        (name,) = self._types.numbers
        return {name: float(self._types.number(np.array([position]))[0])}

    def _support(self, state: float) -> dict[str, tuple[float, float]]:
        if self._types.names:
            return {}
        ((name, most),) = self._number(0.0).items()
        least = self._number(state)[name]
        return {name: (min(most, least), max(most, least))}

    # Days

    def _alike(self, day: int) -> list[list[Strand]]:
        """The ways of play, together where the same offers are made before a day."""
        groups: dict[bytes, list[Strand]] = {}
        for strand in self._path.strands:
            groups.setdefault(strand.offers[:day].tobytes(), []).append(strand)
        return list(groups.values())

    def _drawn(self, day: int, strand: Strand) -> tuple[str, ...] | None:
        """The offers drawn before a day, in words; None where the proposer draws none."""
        seen: list[str] = []
        proposer = self._players[self._daily.stage.proposer]
        for before in range(day if len(self._path.strands) > 1 else 0):
            offers = {float(other.offers[before]) for other in self._path.strands}
            if len(offers) > 1:
                seen += [f"day {before}", f"{proposer}: {strand.offers[before]:.6g}"]
        return tuple(seen) or None

    def _offer(self, day: int, strands: list[Strand]) -> None:
        node = self._positions[self._daily.stage.offer].node
        proposer = self._players[self._daily.stage.proposer]
        weight = sum(strand.weight for strand in strands)
        reached = float(self._path.alive[day] * strands[0].left[day]) * weight
        shares: dict[float, float] = {}
        for strand in strands:
            offer = float(strand.offers[day])
            shares[offer] = shares.get(offer, 0.0) + strand.weight / weight
        offers = tuple(shares.items()) if len(shares) > 1 else ()
        self.choices[node].append(
            Choice(
                proposer,
                day,
                {},
                {},
                reached,
                offer=next(iter(shares)),
                offers=offers,
                seen=self._drawn(day, strands[0]),
            )
        )
        self._believe(node, proposer, day, strands[0], reached)

    def _believe(self, node: str, player: str, day: int, strand: Strand, reached: float) -> None:
        state = float(strand.states[min(day, self._numbers.days)])
        belief: tuple[tuple[str, float], ...] = ()
        if self._types.names:
            shares = np.diff(np.minimum(self._types.knots, state))
            total = float(shares.sum())
            certain = np.eye(len(shares))[0]
            given = shares / total if total > 0 else certain
            belief = tuple(
                (f"type of {self._informed}: {name}", float(share))
                for name, share in zip(self._types.names, given, strict=True)
            )
        support = self._support(state)
        seen = self._drawn(min(day, self._numbers.days), strand) or ()
        self.beliefs[node].append(
            Belief(player, day, {}, belief, reached, seen=seen, support=support)
        )

    def _answer(self, day: int, rules: DayRules, strand: Strand, happens: float) -> None:
        position = self._positions[self._daily.stage.answer]
        if self._types.names:
            self._answers_of_types(day, rules, strand, happens)
            return
        before, after = float(strand.left[day]), float(strand.left[day + 1])
        accepting = (before - after) / before if before > 0 else 1.0
        self.choices[position.node].append(
            Choice(
                self._informed,
                day,
                {},
                self._shares(position, accepting),
                float(self._path.alive[day]) * before * happens,
                replies=self._replies(day, rules, float(strand.states[day])),
                cutoff=self._number(float(strand.states[day + 1])),
                reservation=self._reservations(rules),
                seen=self._drawn(day + 1, strand),
            )
        )

    def _answers_of_types(self, day: int, rules: DayRules, strand: Strand, happens: float) -> None:
        knots, position = self._types.knots, self._positions[self._daily.stage.answer]
        alive = float(self._path.alive[day]) * happens
        for k, name in enumerate(self._types.names):
            there = still_there(strand, float(knots[k]), float(knots[k + 1]))
            if there[day] > 0:
                accepting = float((there[day] - there[day + 1]) / there[day])
            else:
                middle = 0.5 * float(knots[k] + knots[k + 1])
                accepting = self._would_accept(day, rules, middle, float(strand.offers[day]))
            reached = alive * float(there[day] * (knots[k + 1] - knots[k]))
            shares = self._shares(position, accepting)
            seen = self._drawn(day + 1, strand)
            self.choices[position.node].append(
                Choice(self._informed, day, {}, shares, reached, type=name, seen=seen)
            )

    def _would_accept(self, day: int, rules: DayRules, position: float, offer: float) -> float:
        reservation = float(rules.reservation.at(np.array([position]))[0])
        return float(offer >= reservation if self._likes_more(day) else offer <= reservation)

    def _shares(self, position: Position, accepting: float) -> dict[str, float]:
        deal, refusal = self._daily.deal, self._daily.refusal
        shares = {deal: accepting, refusal: 1.0 - accepting}
        return {branch.label: shares[k] for k, branch in enumerate(position.branches)}

    def _likes_more(self, day: int) -> bool:
        """Whether a larger offer is better for the informed player."""
        pair = self._numbers.slope[self._game.informed, day, 0]
        return bool(pair[0] + 0.5 * pair[1] > 0)

    def _replies(self, day: int, rules: DayRules, state: float) -> tuple[Reply, ...]:
        """The offers that all types left accept, and those that none of them does."""
        position = self._positions[self._daily.stage.answer]
        ends = rules.reservation.at(np.array([0.0, state]))
        low, high = (float(limit) for limit in self._numbers.limits[day])
        all_accept, none_above = (float(np.clip(end, low, high)) for end in ends)
        accept, refuse = (
            position.branches[k].label for k in (self._daily.deal, self._daily.refusal)
        )
        if self._likes_more(day):
            return (Reply(all_accept, high, accept), Reply(low, none_above, refuse))
        return (Reply(low, all_accept, accept), Reply(none_above, high, refuse))

    def _reservations(self, rules: DayRules) -> tuple[tuple[float, float], ...]:
        """Types and their reservation offers, in ascending order of the private number."""
        rule = rules.reservation
        places = [(s, True) for s in np.linspace(0.0, 1.0, SHOWN_RESERVATIONS)]
        if len(rule.ends) <= 4 * SHOWN_RESERVATIONS:
            places += [(s, side) for s in rule.ends[1:-1] for side in (True, False)]
        pairs = {
            (self._number(s).popitem()[1], float(rule.at(np.array([s]), from_left=side)[0]))
            for s, side in places
        }
        return tuple(sorted(pairs))

    # What follows the offers

    def _breakdown(self, day: int, strand: Strand, happens: float) -> None:
        prospect = self._numbers.broken[day]
        night = self._positions[self._daily.night].night
        if prospect is None or night is None or night.breakdown is None:
            return
        late = day == self._numbers.days - 1 and night.breakdown_at_deadline is not None
        root = night.breakdown_at_deadline if late else night.breakdown
        struck = float(self._path.alive[day] * self._numbers.hazard[day]) * happens
        self._after(root or 0, prospect, day + 1, strand, struck, False)

    def _after(
        self,
        root: int,
        prospect: Prospect,
        day: int,
        strand: Strand,
        happens: float,
        expired: bool,
    ) -> None:
        """The choices at a position and below, where ``happens`` is the probability of the way."""
        state = float(strand.states[min(day, self._numbers.days)])
        masses = np.diff(self._types.mass(np.minimum(prospect.knots, state)))
        stack = [(root, day, happens * masses)]
        while stack:
            index, today, weights = stack.pop()
            position = self._positions[index]
            if position.kind is Kind.NIGHT and position.night is not None:
                stack.append((position.night.tomorrow, today + 1, weights))
                continue
            ways = self._ways(index, position, prospect, today, weights, strand, expired)
            for branch, share in zip(position.branches, ways, strict=True):
                stack.append((branch.target, today, weights * share))

    def _ways(
        self,
        index: int,
        position: Position,
        prospect: Prospect,
        day: int,
        weights: Floats,
        strand: Strand,
        expired: bool,
    ) -> list[Floats]:
        """Per branch the probability of each segment to take it; a choice is written down."""
        if position.kind is not Kind.DECISION:
            return [np.ones(len(weights))] * len(position.branches)
        taken, reached = prospect.choices[index], float(weights.sum())
        player = self._players[position.movers[0]]
        given = weights / reached if reached > 0 else np.eye(len(weights))[0]
        shares = given @ taken
        play = {b.label: float(p) for b, p in zip(position.branches, shares, strict=True)}
        cutoff: dict[str, float] = {}
        if player == self._informed and not self._types.names:
            switches = np.flatnonzero(np.any(np.diff(taken, axis=0) != 0, axis=1))
            if len(switches) == 1:
                cutoff = self._number(float(prospect.knots[switches[0] + 1]))
        self.choices[position.node].append(
            Choice(
                player,
                day,
                {},
                play,
                reached,
                expired=expired,
                cutoff=cutoff,
                seen=self._drawn(min(day, self._numbers.days), strand),
            )
        )
        if player != self._informed:
            self._believe(position.node, player, day, strand, reached)
        return list(taken.T)
