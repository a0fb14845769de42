"""The private numbers from a continuum of every player, read from the graph of moves."""

from __future__ import annotations

import math
from functools import lru_cache

from scipy import stats

from gametheory_crisis.certificate.evaluation import Evaluator, as_float
from gametheory_crisis.certificate.shock_distributions import (
    BetaShock,
    Shock,
    exponential_moment,
    normal_moment,
    triangular_moment,
    uniform_moment,
)
from gametheory_crisis.errors import ParameterError, UnsupportedGame
from gametheory_crisis.language.graph import Graph

MOST_SHOCKS = 2
"""The most private numbers from a continuum that one player may have."""


def shocks_of(graph: Graph, numbers: Evaluator) -> dict[str, tuple[Shock, ...]]:
    """The continua of every player; those to be replaced by points are left out.

    Raises
    ------
    ParameterError
        If a distribution's arguments make no distribution.
    UnsupportedGame
        If a player has more than `MOST_SHOCKS`.
    """
    shocks: dict[str, tuple[Shock, ...]] = {}
    for player in graph.players:
        private = graph.private.get(player)
        draws = {} if private is None else private.draws
        found = [
            _shock(
                name, draw.distribution, *(as_float(numbers.value(a, {})) for a in draw.arguments)
            )
            for name, draw in draws.items()
            if draw.points is None
        ]
        if len(found) > MOST_SHOCKS:
            raise UnsupportedGame(
                f"{player} has {len(found)} private numbers from a continuum: a certificate takes "
                f"at most {MOST_SHOCKS} of one player"
            )
        shocks[player] = tuple(found)
    return shocks


@lru_cache(maxsize=64)  # next to each other, points of a sweep share many distributions
def _shock(name: str, distribution: str, *arguments: float) -> Shock:
    if not all(map(math.isfinite, arguments)):
        raise ParameterError(f"{distribution}: an argument of '{name}' is not finite")
    match distribution:
        case "uniform":
            low, high = arguments
            _check(low < high, "uniform: lo must lie below hi")
            return Shock(name, stats.uniform(low, high - low), uniform_moment)
        case "normal":
            mean, deviation = arguments
            _check(deviation > 0, "normal: sd must be positive")
            normal = stats.norm(mean, deviation)
            return Shock(name, normal, normal_moment(normal, mean, deviation))
        case "exponential":
            (rate,) = arguments
            _check(rate > 0, "exponential: rate must be positive")
            exponential = stats.expon(scale=1 / rate)
            return Shock(name, exponential, exponential_moment(exponential, rate))
        case "beta":
            a, b, low, high = arguments
            _check(a > 0 and b > 0, "beta: a and b must be positive")
            _check(low < high, "beta: lo must lie below hi")
            return BetaShock(name, a, b, low, high)
        case "triangular":
            low, mode, high = arguments
            ordered = low <= mode <= high and low < high
            _check(ordered, "triangular: lo, mode and hi must come in this order, lo below hi")
            triangle = stats.triang((mode - low) / (high - low), loc=low, scale=high - low)
            knots = (mode,) if low < mode < high else ()
            return Shock(name, triangle, triangular_moment(triangle, mode), knots)
        case _:
            raise UnsupportedGame(f"the distribution '{distribution}' has no certificate")


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise ParameterError(message)
