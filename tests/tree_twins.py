"""Slow twins of the solvers of extensive games: they walk the tree and try everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction as F
from itertools import product
from typing import Any

import trees

from gametheory_crisis.games.extensive import Assessment, Behaviour, ExtensiveGame, TreeSolution
from gametheory_crisis.solvers.polyhedron import feasible


def expected(game: ExtensiveGame, behaviour: Behaviour, start: int = 0) -> list[Any]:
    """Expected payoffs from a history on."""
    children = game.histories.children[start]
    if not children:
        return list(game.payoffs[start])
    place = game.histories.information_set[start]
    total: list[Any] = [F(0)] * len(game.players)
    for action, child in enumerate(children):
        share = game.probability[child] if place < 0 else behaviour[place][action]
        if share:
            after = expected(game, behaviour, child)
            total = [t + share * p for t, p in zip(total, after, strict=True)]
    return total


def arrival(game: ExtensiveGame, behaviour: Behaviour, history: int) -> Any:
    """The probability that play comes through a history."""
    share: Any = F(1)
    for step in game.histories.path(history):
        parent = game.histories.parent[step]
        place = game.histories.information_set[parent]
        action = game.histories.children[parent].index(step)
        share *= game.probability[step] if place < 0 else behaviour[place][action]
    return share


def sure(game: ExtensiveGame, place: int, action: int) -> tuple[F, ...]:
    return tuple(F(a == action) for a in range(len(game.information_sets[place].actions)))


def replies(game: ExtensiveGame, behaviour: Behaviour, player: int) -> Iterator[Behaviour]:
    """The profile with every pure strategy of a player in place of its own."""
    own = [k for k, place in enumerate(game.information_sets) if place.player == player]
    for actions in product(*(range(len(game.information_sets[k].actions)) for k in own)):
        rows = list(behaviour)
        for place, action in zip(own, actions, strict=True):
            rows[place] = sure(game, place, action)
        yield tuple(rows)


def nash_gain(game: ExtensiveGame, behaviour: Behaviour) -> Any:
    """The most that a player gains by any strategy of its own."""
    worth = expected(game, behaviour)
    return max(
        expected(game, reply)[player] - worth[player]
        for player in range(len(game.players))
        for reply in replies(game, behaviour, player)
    )


def sequential_gain(game: ExtensiveGame, assessment: Assessment) -> Any:
    """The most that a player gains from some information set on by any strategy of its own."""
    assert assessment.beliefs is not None
    most: Any = F(0)
    for place, belief in zip(game.information_sets, assessment.beliefs, strict=True):

        def worth(
            behaviour: Behaviour, belief: Any = belief, histories: Any = place.histories
        ) -> list[Any]:
            rows = [expected(game, behaviour, h) for h in histories]
            return [
                sum(b * row[i] for b, row in zip(belief, rows, strict=True))
                for i in range(len(game.players))
            ]

        own = worth(assessment.behaviour)[place.player]
        best = max(
            worth(reply)[place.player]
            for reply in replies(game, assessment.behaviour, place.player)
        )
        most = max(most, best - own)
    return most


def trembled(
    game: ExtensiveGame, behaviour: Behaviour, order: dict[Any, int], size: dict[Any, F]
) -> tuple[tuple[F, ...], ...]:
    """The limit of beliefs by Bayes' rule when choices that are not made have c e^K, e to 0."""
    found = []
    for place in game.information_sets:
        weights = []
        for history in place.histories:
            power, weight = 0, F(1)
            for step in game.histories.path(history):
                parent = game.histories.parent[step]
                here = game.histories.information_set[parent]
                action = game.histories.children[parent].index(step)
                if here < 0:
                    weight *= game.probability[step]
                elif behaviour[here][action]:
                    weight *= behaviour[here][action]
                else:
                    power += order[here, action]
                    weight *= size[here, action]
            weights.append((power, weight))
        least = min(power for power, _ in weights)
        shares = [weight if power == least else F(0) for power, weight in weights]
        found.append(tuple(share / sum(shares) for share in shares))
    return tuple(found)


def unplayed(game: ExtensiveGame, behaviour: Behaviour) -> list[tuple[int, int]]:
    return [
        (place, action)
        for place, row in enumerate(behaviour)
        for action in range(len(row))
        if not row[action]
    ]


def pure_profiles(game: ExtensiveGame) -> Iterator[Behaviour]:
    sizes = [range(len(place.actions)) for place in game.information_sets]
    for actions in product(*sizes):
        yield tuple(sure(game, place, action) for place, action in enumerate(actions))


def backward_induction(game: ExtensiveGame, start: int = 0) -> list[dict[int, int]]:
    """All pure subgame-perfect profiles of a game of perfect information."""
    children = game.histories.children[start]
    combined: list[dict[int, int]] = [{}]
    for child in children:
        combined = [a | b for a in combined for b in backward_induction(game, child)]
    place = game.histories.information_set[start]
    if place < 0:
        return combined
    player, found = game.information_sets[place].player, []
    for profile in combined:
        rows = [sure(game, k, profile.get(k, 0)) for k, _ in enumerate(game.information_sets)]
        values = [expected(game, tuple(rows), child)[player] for child in children]
        found += [{**profile, place: a} for a, v in enumerate(values) if v == max(values)]
    return found


def behaviours(solution: TreeSolution) -> list[Behaviour]:
    return [family.assessment.behaviour for family in solution.families]


def named(game: ExtensiveGame, behaviour: Behaviour) -> dict[str, str]:
    """A pure profile in words."""
    return {
        place.node: place.actions[row.index(1)]
        for place, row in zip(game.information_sets, behaviour, strict=True)
    }


def small(game: ExtensiveGame, most: int = 400) -> bool:
    """Whether a game has moves of players and few enough pure profiles to try."""
    total = 1
    for place in game.information_sets:
        total *= len(place.actions)
    return 1 < total <= most


def random_games(
    seeds: range, most: int = 400, **options: Any
) -> Iterator[tuple[int, ExtensiveGame]]:
    for seed in seeds:
        game = trees.RandomTrees(seed, **options).game()
        if small(game, most):
            yield seed, game


def in_hull(point: Sequence[F], corners: Sequence[Sequence[F]]) -> bool:
    rows = [list(column) for column in zip(*corners, strict=True)]
    return feasible([*rows, [1] * len(corners)], [*point, 1]) is not None
