"""Public moves above the offers, and what a solved game with one offer on each path shows.

Until an offer is answered nothing gives private numbers away, so all that uninformed players need
to know of what lies behind an offer is what it is worth to them on average. What is solved on its
own, a *part*, is an offer with everything behind its answers, or moves that no offer precedes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, TypeVar

from gametheory_crisis.games.arithmetic import Number, as_float, close, greater
from gametheory_crisis.games.reach import Place
from gametheory_crisis.games.stage import Kind, Phase
from gametheory_crisis.results import Belief, Choice, TypeValue
from gametheory_crisis.solvers.screening.setting import Setting

Entry = TypeVar("Entry", Choice, Belief)
Ends: TypeAlias = dict[tuple[int, int], Number]
"""Probability of each outcome (by index) on each day."""


@dataclass(frozen=True)
class ByType:
    """What something is worth to one type of the informed player, and how it ends for it."""

    payoff: Number
    outcomes: Mapping[int, Number]


class Part(Protocol):
    """An offer with what follows it, or moves that no offer precedes."""

    @property
    def payoffs(self) -> Sequence[Number]: ...
    @property
    def ends(self) -> Ends: ...
    @property
    def day(self) -> Number: ...
    @property
    def by_type(self) -> Sequence[ByType]: ...
    @property
    def notes(self) -> Sequence[str]: ...

    def choices(self, reached: Number) -> list[tuple[Place, Choice]]:
        """What is chosen in it, where play gets to it with probability ``reached``."""

    def beliefs(self, reached: Number) -> list[tuple[Place, Belief]]:
        """What those who move after an answer believe."""


class Population(Protocol):
    """The types of the informed player before play."""

    types: Sequence[tuple[str, Mapping[str, float]]]
    """Name and private numbers of the types that a result shows."""

    def mean(self, slot: int, place: Place) -> Number:
        """The expected value of a number."""

    def each(self, slot: int, place: Place) -> Sequence[Number]:
        """The number for each of the types shown."""

    def part(self, place: Place) -> Part:
        """The solution of a part."""


@dataclass(frozen=True)
class ScreenedPlay:
    """An equilibrium of a game in which an informed player answers at most one offer.

    Attributes
    ----------
    payoffs : expected payoff of each player on day 0
    outcomes, ends : probability of each outcome, by index, and of each outcome and day
    day : expected day of the end
    strategies, beliefs : as in `results.Equilibrium`, in no particular order of nodes
    by_type : single types of the informed player
    parts : what was solved on its own, by place; for a continuum see `one_offer.OneOffer`
    notes : why there may be more equilibria
    exact : whether all numbers are rational
    """

    payoffs: tuple[Number, ...]
    outcomes: Mapping[int, Number]
    ends: Ends
    day: Number
    strategies: Mapping[str, tuple[Choice, ...]]
    beliefs: Mapping[str, tuple[Belief, ...]]
    by_type: tuple[TypeValue, ...]
    parts: Mapping[Place, Part]
    notes: tuple[str, ...]
    exact: bool


@dataclass
class PublicMoves:
    """Backward induction above the parts, and play forwards through all.

    Attributes
    ----------
    setting, population : the game at a point
    notes : why there may be more equilibria
    """

    setting: Setting
    population: Population
    notes: dict[str, None] = field(default_factory=dict)
    _parts: dict[Place, Part] = field(default_factory=dict)
    _values: dict[Place, tuple[Number, ...]] = field(default_factory=dict)
    _taken: dict[Place, int] = field(default_factory=dict)

    def solve(self) -> ScreenedPlay:
        """The equilibrium that takes the earliest action at every tie."""
        setting = self.setting
        payoffs = self._value(setting.start)
        reached = self._reached()
        ends: Ends = {}
        choices: list[tuple[Place, Choice]] = []
        beliefs: list[tuple[Place, Belief]] = []
        day: Number = 0
        for place, share in reached.items():
            part = self._parts.get(place)
            if part is None:
                choices += self._choice(place, share)
                continue
            self.notes.update(dict.fromkeys(part.notes))
            choices += part.choices(share)
            beliefs += part.beliefs(share)
            day += share * part.day
            for end, probability in part.ends.items():
                ends[end] = ends.get(end, 0) + share * probability
        outcomes: dict[int, Number] = {}
        for (outcome, _), probability in ends.items():
            outcomes[outcome] = outcomes.get(outcome, 0) + probability
        return ScreenedPlay(
            payoffs=payoffs,
            outcomes=outcomes,
            ends=ends,
            day=day,
            strategies=_by_node(setting, choices),
            beliefs=_by_node(setting, beliefs),
            by_type=self._types(reached),
            parts=dict(self._parts),
            notes=tuple(self.notes),
            exact=setting.exact and not any(isinstance(p, float) for p in payoffs),
        )

    def _value(self, place: Place) -> tuple[Number, ...]:
        found = self._values.get(place)
        if found is None:
            found = self._values[place] = self._solve(place)
        return found

    def _solve(self, place: Place) -> tuple[Number, ...]:
        setting = self.setting
        position = setting.positions[place[0]]
        if position.kind is Kind.OFFER or not self._leads_to_offer(place):
            part = self._parts[place] = self.population.part(place)
            return tuple(part.payoffs)
        if position.kind is Kind.NIGHT:
            ways = setting.by_night(place)
            later = _average([(w, self._value(target)) for w, target in ways])
            return tuple(f * value for f, value in zip(setting.factors, later, strict=True))
        options = [self._along(place, k) for k in range(len(position.branches))]
        if position.kind is Kind.CHANCE:
            weights = [self._probability(place, k) for k in range(len(options))]
            return _average([(w, o) for w, o in zip(weights, options, strict=True) if w != 0])
        mover = position.movers[0]
        best = 0
        for k, option in enumerate(options):
            if greater(option[mover], options[best][mover]):
                best = k
        if any(close(o[mover], options[best][mover]) for o in options[best + 1 :]):
            self.notes[f"other equilibria differ in the choice at '{position.node}'"] = None
        self._taken[place] = best
        return options[best]

    def _along(self, place: Place, branch: int) -> tuple[Number, ...]:
        value = self._value(self.setting.after(place, branch))
        pays = self.setting.positions[place[0]].branches[branch].pays
        if not pays:
            return value
        return tuple(
            v + self.population.mean(slot, place) for v, slot in zip(value, pays, strict=True)
        )

    def _probability(self, place: Place, branch: int) -> Number:
        slot = self.setting.positions[place[0]].branches[branch].probability
        if slot is None:
            raise ValueError("an event has a probability")
        return self.setting.number(slot, place)

    def _leads_to_offer(self, place: Place) -> bool:
        positions = self.setting.positions
        return any(positions[p[0]].kind is Kind.OFFER for p in self.setting.below([place]))

    # Play

    def _steps(self, place: Place) -> list[tuple[Place, Number]]:
        """Where play goes on from a place above the parts."""
        setting = self.setting
        position = setting.positions[place[0]]
        if position.kind is Kind.NIGHT:
            return [(target, weight) for weight, target in setting.by_night(place)]
        targets = setting.followers(place)
        if position.kind is Kind.CHANCE:
            shares = [self._probability(place, k) for k in range(len(targets))]
        else:
            shares = [int(k == self._taken[place]) for k in range(len(targets))]
        return [(t, share) for t, share in zip(targets, shares, strict=True)]

    def _reached(self) -> dict[Place, Number]:
        """Probability of each place down to the parts."""
        found: dict[Place, Number] = {self.setting.start: 1}
        for place in self.setting.below([self.setting.start]):
            if place in found and place not in self._parts:
                for target, share in self._steps(place):
                    if target in self._values:
                        found[target] = found.get(target, 0) + found[place] * share
        return found

    def _choice(self, place: Place, reached: Number) -> list[tuple[Place, Choice]]:
        taken = self._taken.get(place)
        if taken is None:
            return []
        return [(place, decision(self.setting, place, taken, reached))]

    def _types(self, reached: Mapping[Place, Number]) -> tuple[TypeValue, ...]:
        """What play is worth to single types."""
        setting = self.setting
        player = setting.players[setting.informed]
        names = setting.game.stage.outcomes
        found = []
        for k, (name, numbers) in enumerate(self.population.types):
            outcomes: dict[int, Number] = {}
            for place, part in self._parts.items():
                for outcome, share in part.by_type[k].outcomes.items():
                    total = outcomes.get(outcome, 0) + reached.get(place, 0) * share
                    outcomes[outcome] = total
            shown = {label: as_float(outcomes.get(j, 0)) for j, label in enumerate(names)}
            payoff = as_float(self._worth_to(k, setting.start))
            found.append(TypeValue(player, name, numbers, payoff, shown))
        return tuple(found)

    def _worth_to(self, type_: int, place: Place) -> Number:
        """What a place is worth to a type."""
        part = self._parts.get(place)
        if part is not None:
            return part.by_type[type_].payoff
        setting = self.setting
        position = setting.positions[place[0]]
        total: Number = 0
        for k, (target, share) in enumerate(self._steps(place)):
            if share == 0:
                continue
            worth = self._worth_to(type_, target)
            pays = position.branches[k].pays if position.branches else ()
            if pays:
                worth += self.population.each(pays[setting.informed], place)[type_]
            total += share * worth
        return setting.factors[setting.informed] * total if position.kind is Kind.NIGHT else total


def decision(setting: Setting, place: Place, taken: int, reached: Number) -> Choice:
    """A choice among actions that is the same for all types."""
    position = setting.positions[place[0]]
    play = {branch.label: float(k == taken) for k, branch in enumerate(position.branches)}
    return choice(setting, place, play, reached)


def choice(setting: Setting, place: Place, play: Mapping[str, float], reached: Number) -> Choice:
    """An entry for one place."""
    position = setting.positions[place[0]]
    return Choice(
        player=setting.players[position.movers[0]],
        day=setting.day(place),
        state=setting.state(position),
        play=play,
        reached=as_float(reached),
        expired=position.phase is Phase.EXPIRED,
    )


def _average(weighted: Sequence[tuple[Number, Sequence[Number]]]) -> tuple[Number, ...]:
    players = range(len(weighted[0][1]))
    return tuple(sum(w * value[i] for w, value in weighted) for i in players)


def _by_node(
    setting: Setting, entries: Sequence[tuple[Place, Entry]]
) -> dict[str, tuple[Entry, ...]]:
    found: dict[str, list[Entry]] = {}
    for place, entry in entries:
        found.setdefault(setting.positions[place[0]].node, []).append(entry)
    return {
        node: tuple(sorted(rows, key=lambda e: (e.day, *e.state.values())))
        for node, rows in found.items()
    }
