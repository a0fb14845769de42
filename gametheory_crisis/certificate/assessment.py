"""Payoffs, best responses and Bayes' rule in a tree, for one assessment of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from gametheory_crisis.certificate.evaluation import Evaluator, distance, power, undefined
from gametheory_crisis.certificate.knowledge import Taken
from gametheory_crisis.certificate.tree import Tree, Vector
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.results import Number


class TreeAssessment:
    """A behaviour profile in a tree, and what it is worth.

    Parameters
    ----------
    graph : the model
    tree : its histories
    behaviour : per information set the probability of each action
    numbers : the arithmetic to use
    """

    def __init__(
        self,
        graph: Graph,
        tree: Tree,
        behaviour: Sequence[tuple[Number, ...]],
        numbers: Evaluator,
    ) -> None:
        self.tree = tree
        self._behaviour = behaviour
        self._numbers = numbers
        self._zero, self._one = numbers.number(0), numbers.number(1)
        self._players = tuple(graph.players)
        self._discounts = tuple(
            numbers.value(graph.clock.discount[player], {})
            if player in graph.clock.discount
            else self._one
            for player in self._players
        )
        self._factors: dict[tuple[int, int], Number] = {}

    @cached_property
    def share(self) -> list[Number]:
        """Per history the probability of its last move."""
        shares = [history.chance for history in self.tree.histories]
        for position, information_set in enumerate(self.tree.information_sets):
            for history in information_set.histories:
                children = self.tree.histories[history].children
                for child, weight in zip(children, self._behaviour[position], strict=True):
                    shares[child] = weight
        return shares

    @cached_property
    def reach(self) -> list[Number]:
        """Per history the probability that play gets there."""
        reach: list[Number] = []
        for history, share in zip(self.tree.histories, self.share, strict=True):
            reach.append(share if history.parent < 0 else reach[history.parent] * share)
        return reach

    @cached_property
    def worth(self) -> list[Vector]:
        """Per history what each player gets from there on, in units of the day."""
        histories = self.tree.histories
        worth: list[Vector] = [()] * len(histories)
        for index in reversed(range(len(histories))):
            history = histories[index]
            if not history.children:
                worth[index] = history.payoffs
                continue
            total = [self._zero] * len(self._players)
            for child in history.children:
                if self.share[child]:
                    ahead = self._ahead(child, worth[child])
                    total = [a + self.share[child] * b for a, b in zip(total, ahead, strict=True)]
            worth[index] = tuple(total)
        return worth

    def gain(self, player: str, roots: Mapping[int, Number]) -> Number:
        """What a player gains by its best response from some histories on.

        The histories are of one day, have the weights given, and the player cannot tell them apart.
        """
        i = self._players.index(player)
        kept = sum((weight * self.worth[h][i] for h, weight in roots.items() if weight), self._zero)
        best = self._best(i, roots)
        # Two equal infinities are no gain, though their difference is undefined.
        return self._zero if best == kept else best - kept

    def _best(self, i: int, roots: Mapping[int, Number]) -> Number:
        """The payoff of a best response, by the player's own sequences of choices.

        What follows an own choice, up to the next, is added up over all histories; perfect recall
        makes the player's information sets a forest, which is folded from the last to the first
        (Koller, Megiddo & von Stengel 1996, section 3).
        """
        histories, sets = self.tree.histories, self.tree.information_sets
        player = self._players[i]
        day = histories[next(iter(roots))].day
        received: dict[Taken | None, Number] = defaultdict(lambda: self._zero)
        before: dict[int, Taken | None] = {}
        stack: list[tuple[int, Number, Taken | None]] = [
            (root, weight, None) for root, weight in roots.items() if weight
        ]
        while stack:
            index, weight, taken = stack.pop()
            history = histories[index]
            factor = self._factor(i, history.day - day)
            if history.payoffs and factor:
                received[taken] += weight * factor * history.payoffs[i]
            place = history.information_set
            own = place >= 0 and sets[place].player == player
            if own:
                before.setdefault(place, taken)
            for action, child in enumerate(history.children):
                ahead = weight if own else weight * self.share[child]
                if ahead:
                    choice = (place, action) if own else taken
                    pays = histories[child].pays
                    if pays and factor:
                        received[choice] += ahead * factor * pays[i]
                    stack.append((child, ahead, choice))
        for place in reversed(before):
            options = [received[place, action] for action in range(len(sets[place].actions))]
            best = next((value for value in options if undefined(value)), max(options))
            received[before[place]] += best
        return received[None]

    def _ahead(self, child: int, worth: Vector) -> Vector:
        """What a move is worth, in units of the day on which it is made."""
        history = self.tree.histories[child]
        ahead = list(history.pays or [self._zero] * len(worth))
        for i, value in enumerate(worth):
            factor = self._factor(i, history.days)
            if factor:
                ahead[i] += factor * value
        return tuple(ahead)

    def _factor(self, i: int, days: int) -> Number:
        """What a payoff ``days`` later counts today."""
        if (i, days) not in self._factors:
            self._factors[i, days] = power(self._discounts[i], self._numbers.number(days))
        return self._factors[i, days]

    def bayes(self, position: int) -> tuple[Number, ...] | None:
        """The belief at an information set by Bayes' rule; None where play does not get there."""
        reach = [self.reach[h] for h in self.tree.information_sets[position].histories]
        total = sum(reach, self._zero)
        return tuple(weight / total for weight in reach) if total else None

    def tremble_error(self, position: int, belief: Sequence[Number]) -> Number:
        """By how much a belief breaks what every sequence of trembles imposes on it.

        Two histories that need the same deviations are as likely, one to the other, as all else
        makes them; one that needs more deviations than another, all of the other's among them,
        has no weight beside it (necessary for consistency, Kreps & Wilson 1982, section 5).
        """
        groups: dict[frozenset[Taken], list[int]] = defaultdict(list)
        usual: list[Number] = []
        for k, history in enumerate(self.tree.information_sets[position].histories):
            deviations, weight = self._deviations(history)
            groups[deviations].append(k)
            usual.append(weight)
        error = self._zero
        for deviations, members in groups.items():
            mass = sum((belief[k] for k in members), self._zero)
            if any(fewer < deviations for fewer in groups):
                error = max(error, mass)
                continue
            total = sum((usual[k] for k in members), self._zero)
            error = max(
                error, *(distance(belief[k] * total, mass * usual[k]) / total for k in members)
            )
        return error

    def _deviations(self, index: int) -> tuple[frozenset[Taken], Number]:
        """The choices on the way to a history that are never made, and the product of the rest."""
        deviations, weight = set(), self._one
        while self.tree.histories[index].parent >= 0:
            parent = self.tree.histories[self.tree.histories[index].parent]
            if self.share[index]:
                weight *= self.share[index]
            else:
                deviations.add((parent.information_set, parent.children.index(index)))
            index = self.tree.histories[index].parent
        return frozenset(deviations), weight
