"""The regime that an equilibrium belongs to."""

from __future__ import annotations

from collections.abc import Mapping

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.extensive import ExtensiveForm
from gametheory_crisis.games.stage import StageGame
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.solvers.values import Value

LIKELIEST_TIE = 1e-9
"""Outcomes whose probabilities differ by less are equally likely; the earlier counts."""


def regime_of(game: StageGame | ExtensiveForm, values: Mapping[str, Number], value: Value) -> int:
    """Index of the first regime whose condition holds, or of the likeliest outcome."""
    inputs: dict[str, Number] = dict(values)
    inputs["day"] = value.day
    inputs["outcome:forever"] = 0  # what is solved comes to an end
    for index, outcome in enumerate(game.outcomes):
        inputs[f"outcome:{outcome}"] = value.outcomes.get(index, 0)
    evaluator = Evaluator(game.tape, inputs)
    for index, (_, condition) in enumerate(game.regimes):
        if condition is not None and evaluator.value(condition) == 1:
            return index
    names = [name for name, _ in game.regimes]
    return names.index(game.outcomes[likeliest(game, value)])


def likeliest(game: StageGame | ExtensiveForm, value: Value) -> int:
    """Index of the likeliest outcome, the earlier in the file on a tie."""
    best = 0
    for index in range(1, len(game.outcomes)):
        if value.outcomes.get(index, 0) > value.outcomes.get(best, 0) + LIKELIEST_TIE:
            best = index
    return best
