"""What nature draws before play: the types of the players, and the numbers that go with them."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from fractions import Fraction
from itertools import product
from statistics import NormalDist
from typing import NamedTuple

from gametheory_crisis.certificate.evaluation import Evaluator, as_float, distance
from gametheory_crisis.certificate.profile import ROUNDING
from gametheory_crisis.certificate.unrolling import probability
from gametheory_crisis.errors import ParameterError, UnsupportedGame
from gametheory_crisis.language.graph import Draw, Graph, Private
from gametheory_crisis.results import Number


class TypeDraw(NamedTuple):
    """One way in which a draw of types can come out.

    ``types`` maps players to the names of their types, ``numbers`` private numbers to their values,
    and ``label`` is the draw in words.
    """

    probability: Number
    types: dict[str, str]
    numbers: dict[str, Number]
    label: str


def type_draws(
    graph: Graph, numbers: Evaluator, shocks: Collection[str] = ()
) -> list[list[TypeDraw]]:
    """The draws before play, in order; those of one list exclude each other.

    A joint prior is one draw; otherwise there is one for each player who has types, independent of
    the others. What has probability 0 is left out, and so are the private numbers called
    ``shocks``.

    Raises
    ------
    ParameterError
        If the probabilities are none, or a distribution's arguments make no distribution.
    UnsupportedGame
        If a private number is a continuum.
    """
    draws = [_joint_draw(graph, numbers)] if graph.joint_prior else []
    draws += [_own_draw(private, numbers, shocks) for private in graph.private.values()]
    return [_possible(ways) for ways in draws if ways != [_NOTHING]]


_NOTHING = TypeDraw(Fraction(1), {}, {}, "")


def _joint_draw(graph: Graph, numbers: Evaluator) -> list[TypeDraw]:
    ways = []
    for joint in graph.joint_prior:
        values: dict[str, Number] = {}
        for player, name in joint.types.items():
            private = graph.private[player]
            values |= _numbers_of(private, private.types.index(name), numbers)
        words = ", ".join(f"{player} {name}" for player, name in joint.types.items())
        share = probability(numbers.value(joint.probability, {}), f"the probability of {words}")
        ways.append(TypeDraw(share, dict(joint.types), values, f"types: {words}"))
    return ways


def _own_draw(private: Private, numbers: Evaluator, shocks: Collection[str]) -> list[TypeDraw]:
    """What one player draws alone: its type, where it has a prior, and points of each continuum."""
    one = numbers.number(1)
    player, parts = private.player, [[_NOTHING._replace(probability=one)]]
    if private.prior is not None:
        parts.append(
            [
                TypeDraw(
                    probability(numbers.value(prior, {}), f"the probability of {player} {name}"),
                    {},
                    _numbers_of(private, index, numbers),
                    name,
                )
                for index, (name, prior) in enumerate(
                    zip(private.types, private.prior, strict=True)
                )
            ]
        )
    parts += [
        _points(name, draw, player, numbers)
        for name, draw in private.draws.items()
        if name not in shocks
    ]
    ways = []
    for combination in product(*parts):
        share = math.prod((part.probability for part in combination), start=one)
        values = {name: value for part in combination for name, value in part.numbers.items()}
        name = " ".join(part.label for part in combination if part.label)
        if not name:
            return [_NOTHING]
        ways.append(TypeDraw(share, {player: name}, values, f"type of {player}: {name}"))
    return ways


def _numbers_of(private: Private, index: int, numbers: Evaluator) -> dict[str, Number]:
    return {name: numbers.value(each[index], {}) for name, each in private.numbers.items()}


def _points(name: str, draw: Draw, player: str, numbers: Evaluator) -> list[TypeDraw]:
    """Equally likely mid-quantiles of a continuum."""
    if draw.points is None:
        raise UnsupportedGame(
            f"the continuum '{name}' of {player}: a certificate needs finitely many types; "
            f"give it `points`"
        )
    arguments = [numbers.value(argument, {}) for argument in draw.arguments]
    ways = []
    for point in range(draw.points):
        share = Fraction(2 * point + 1, 2 * draw.points)
        value = numbers.number(_quantile(draw.distribution, arguments, share))
        even = numbers.number(Fraction(1, draw.points))
        ways.append(TypeDraw(even, {}, {name: value}, f"{name}_{point + 1}"))
    return ways


def _quantile(distribution: str, arguments: Sequence[Number], share: Fraction) -> Number:
    match distribution:
        case "uniform":
            low, high = arguments
            if not low < high:
                raise ParameterError("uniform: lo must lie below hi")
            return low + share * (high - low)
        case "triangular":
            low, mode, high = arguments
            return _triangular(low, mode, high, share)
        case "exponential":
            (rate,) = arguments
            if not rate > 0:
                raise ParameterError("exponential: rate must be positive")
            return -math.log1p(-as_float(share)) / as_float(rate)
        case "normal":
            mean, deviation = arguments
            if not deviation > 0:
                raise ParameterError("normal: sd must be positive")
            return NormalDist(as_float(mean), as_float(deviation)).inv_cdf(as_float(share))
        case _:
            raise UnsupportedGame(
                f"points of a {distribution} distribution: no certificate for them; "
                "list the types and their numbers"
            )


def _triangular(low: Number, mode: Number, high: Number, share: Fraction) -> Number:
    if not (low <= mode <= high and low < high):
        raise ParameterError("triangular: lo, mode and hi must come in this order, lo below hi")
    width = high - low
    if share * width <= mode - low:
        return low + math.sqrt(as_float(share * width * (mode - low)))
    return high - math.sqrt(as_float((1 - share) * width * (high - mode)))


def _possible(ways: list[TypeDraw]) -> list[TypeDraw]:
    """What can happen, once the probabilities are known to sum to 1."""
    if distance(sum(way.probability for way in ways), 1.0) > ROUNDING:
        raise ParameterError("the probabilities of the types do not sum to 1")
    return [way for way in ways if way.probability]
