"""What an equilibrium of a part of a tree is worth, in all and to some types."""

from __future__ import annotations

import numpy as np

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.solvers.cutoffs.behaviours import Behaviour, Group
from gametheory_crisis.solvers.cutoffs.layout import Floats
from gametheory_crisis.solvers.cutoffs.numbers import Part, Realisation
from gametheory_crisis.solvers.cutoffs.play import QUANTILES, TypeResults, type_numbers
from gametheory_crisis.solvers.values import Value


def expected(part: Part, played: list[Realisation]) -> Value:
    weights = part.weights(played)[0]
    payoffs = part.constants @ weights
    for player, shocks in enumerate(part.owned):
        rest = part.weights(played, (player,))[0]
        sequence = part.layout.moves[player].end_sequence
        for k, shock in enumerate(shocks):
            moments = played[player].moments[0, sequence, k]
            payoffs = payoffs + part.slopes[:, shock] @ (rest * moments)
    histories = part.game.tree.histories
    outcomes: dict[int, Number] = {}
    for end, weight in zip(part.layout.ends, weights, strict=True):
        outcome = histories.outcome[end]
        outcomes[outcome] = outcomes.get(outcome, 0.0) + float(weight)
    day = float(weights @ np.array([histories.day[end] for end in part.layout.ends]))
    return Value(tuple(map(float, payoffs)), outcomes, day)


def type_results(part: Part, players: list[Behaviour], player: int) -> TypeResults:
    """What a player's types at `QUANTILES` get."""
    game, moves = part.game, part.layout.moves[player]
    played = [own.true for own in players]
    numbers = np.stack([np.ones(len(QUANTILES)), type_numbers(game, player)])
    worths = part.worths(player, played).values[0]
    alone = part.weights(played, (player,))[0]
    outcome = np.array([game.tree.histories.outcome[end] for end in part.layout.ends])
    reached = np.zeros((moves.num_sequences, len(game.tree.outcomes)))
    np.add.at(reached, (moves.end_sequence, outcome), np.broadcast_to(alone, outcome.shape))
    plays = np.zeros((len(QUANTILES), moves.num_sequences))
    plays[:, 0] = 1
    for comparison in part.comparisons[player]:
        if comparison.place.before == 0:
            values = (comparison.membership @ worths.T) @ numbers
            plays += _plans_of_types(values, players[player].groups) @ comparison.membership
    return TypeResults(np.einsum("ts,ds,dt->t", plays, worths, numbers), plays @ reached)


def _plans_of_types(values: Floats, groups: tuple[Group, ...]) -> Floats:
    """(types, plans) how likely each type takes each plan; ``values`` are (plans, types)."""
    best = values.argmax(axis=0)
    found: Floats = np.eye(len(values))[best]
    for group in groups:
        if len(group.shares) == len(values):
            inside = np.isin(best, group.members)
            found[inside] = group.shares
    return found
