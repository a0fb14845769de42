"""The reduced strategic form of a tree as a model of one simultaneous node.

A plan says what a player does at each information set that its own earlier moves leave within
reach; an event of probability 0 leaves nothing within reach. Nothing here needs perfect recall.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.interop.gambit_forms import END, NATURE, GambitTree
from gametheory_crisis.interop.model_text import (
    ModelText,
    check_size,
    end,
    head,
    model_text,
    outcome_labels,
    player_names,
)
from gametheory_crisis.interop.names import Namer
from gametheory_crisis.interop.nfg_reader import MAX_PROFILES
from gametheory_crisis.interop.number_text import model_number
from gametheory_crisis.interop.table_model import profile_values, profiles, stage_lines
from gametheory_crisis.interop.tree_model import Ends
from gametheory_crisis.language.values import MAX_NAME

MAX_VISITS = 5_000_000
"""Nodes looked at while plans are listed, and again while profiles are played."""

Plan: TypeAlias = Mapping[int, int]
"""The action at each information set, as far as the plan's own moves lead to it."""


def plan_model(tree: GambitTree, source: str) -> ModelText:
    """The model file of a tree's reduced strategic form.

    Raises
    ------
    UnsupportedGame : there are too many plans
    """
    warnings = list(tree.warnings)
    players = player_names(tree.players, warnings)
    plans = [_plans(tree, player, source) for player in range(len(players))]
    count = math.prod(map(len, plans))
    check_size(count * profile_values(len(players)), source)
    if count * len(tree.nodes) > MAX_VISITS:
        raise _too_many(source)
    ends = Ends(tree, warnings)
    names = [_plan_names(tree, own) for own in plans]
    lotteries = [_play(tree, ends, profile) for profile in profiles(plans)]
    check_size(sum(len(lottery) * profile_values(len(players)) for lottery in lotteries), source)
    stage = Namer("node", [], ends.payoffs).name("", "stage")
    results = map(_result, lotteries)
    lines = [
        *head(tree.title, tree.comment, source, players),
        "game:",
        *stage_lines(stage, players, names, results),
        *(f"  {name}: {end(name, players, each)}" for name, each in ends.payoffs.items()),
        *outcome_labels(ends.labels),
    ]
    return model_text(lines, warnings)


def _result(lottery: Mapping[str, Fraction]) -> str:
    """What stands behind `when`: the name of an end, or a chance move between several."""
    if len(lottery) == 1:
        return f"next: {next(iter(lottery))}"
    odds = ", ".join(f"{name}: {model_number(share)}" for name, share in lottery.items())
    return f"chance: {{{odds}}}, next: {{{', '.join(f'{name}: {name}' for name in lottery)}}}"


def _plans(tree: GambitTree, player: int, source: str) -> list[Plan]:
    """All plans of a player, the actions at earlier information sets changing slowest."""
    found: list[Plan] = []
    waiting: list[Plan] = [{}]
    visits = 0
    while waiting:
        plan = waiting.pop()
        undecided = _undecided(tree, player, plan)
        if undecided is None:
            found.append(plan)
        else:
            actions = range(len(tree.sets[undecided].actions))
            waiting.extend({**plan, undecided: action} for action in reversed(actions))
        visits += len(tree.nodes)
        if len(found) + len(waiting) > MAX_PROFILES or visits > MAX_VISITS:
            raise _too_many(source)
    return found


def _undecided(tree: GambitTree, player: int, plan: Plan) -> int | None:
    """The first information set within the plan's reach for which it has no action."""
    waiting = [0]
    while waiting:
        node = waiting.pop()
        information_set, children = tree.nodes[node].set, tree.children[node]
        if information_set == END:
            continue
        owner = tree.sets[information_set]
        if owner.player == NATURE:
            odds = zip(children, owner.probabilities, strict=True)
            waiting.extend(child for child, odd in reversed(list(odds)) if odd)
        elif owner.player != player:
            waiting.extend(reversed(children))
        elif information_set in plan:
            waiting.append(children[plan[information_set]])
        else:
            return information_set
    return None


def _play(tree: GambitTree, ends: Ends, plans: Sequence[Plan]) -> dict[str, Fraction]:
    """Probability of each outcome when each player follows its plan, those of 0 left out."""
    found: dict[str, Fraction] = {}
    waiting = [(0, Fraction(1))]
    while waiting:
        node, share = waiting.pop()
        information_set, children = tree.nodes[node].set, tree.children[node]
        if information_set == END:
            outcome, _ = ends.outcome(node)
            found[outcome] = found.get(outcome, 0) + share
            continue
        owner = tree.sets[information_set]
        if owner.player == NATURE:
            odds = zip(children, owner.probabilities, strict=True)
            waiting.extend((child, share * odd) for child, odd in odds if odd)
        else:
            waiting.append((children[plans[owner.player][information_set]], share))
    return dict(sorted(found.items()))


def _plan_names(tree: GambitTree, plans: Sequence[Plan]) -> tuple[str, ...]:
    """Per plan its actions, in the order of the information sets."""
    namer = Namer("plan", [])
    joined: Iterator[str] = (
        "_".join(tree.sets[k].actions[plan[k]] for k in sorted(plan)) for plan in plans
    )
    return tuple(namer.name("", name[:MAX_NAME] or "no_move") for name in joined)


def _too_many(source: str) -> UnsupportedGame:
    return UnsupportedGame(f"{source}: the players have too many plans for a strategic form")
