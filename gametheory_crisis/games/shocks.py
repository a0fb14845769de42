"""Finite trees in which players privately know numbers that are drawn from continua.

Every player knows its own numbers, its *shocks*, from the start.  They are independent of each
other and of all else that chance does, and they enter payoffs, anybody's, linearly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.continuum import Distribution
from gametheory_crisis.games.distributions import distribution
from gametheory_crisis.games.extensive import ExtensiveForm, ExtensiveGame
from gametheory_crisis.games.extensive_point import at_point
from gametheory_crisis.games.tape import Evaluator


@dataclass(frozen=True, slots=True)
class ShockSlots:
    """A private number of a model: its name, whose it is, and slots of its distribution."""

    name: str
    player: int
    distribution: str
    arguments: tuple[int, ...]


@dataclass(frozen=True)
class ShockForm:
    """A model's tree, and the private numbers that its payoffs read.

    Attributes
    ----------
    form : the tree. Where the game ends its ``payoffs`` are slots of coefficients instead: the
        constant of each player's payoff, then, player by player, its slope in each shock
    shocks : the private numbers, in the file's order
    """

    form: ExtensiveForm
    shocks: tuple[ShockSlots, ...]


@dataclass(frozen=True, slots=True)
class Shock:
    """A private number: its name, the index of the player who knows it, its distribution."""

    name: str
    player: int
    distribution: Distribution


@dataclass(frozen=True)
class ShockGame:
    """One point of a `ShockForm`, in floats.

    Attributes
    ----------
    tree : the extensive game of the constants: payoffs where all shocks are 0
    shocks : the private numbers
    slopes : per history where the game ends, per player, what each shock adds to the payoff per
        unit; empty elsewhere
    discount : each player's daily discount factor
    """

    tree: ExtensiveGame
    shocks: tuple[Shock, ...]
    slopes: tuple[tuple[tuple[float, ...], ...], ...]
    discount: tuple[float, ...]


def shocks_at_point(form: ShockForm, values: Mapping[str, Number]) -> ShockGame:
    """The game of a form at a point.

    Raises
    ------
    ParameterError
        A condition without which there is no game does not hold, or a distribution is none.
    NotFinite
        A payoff is undefined or infinite.
    UnsupportedGame
        Somebody who moves after day 0 has a discount factor of 0.
    """
    game = at_point(form.form, values, exact=False)
    players, width = len(game.players), len(form.shocks)
    rows = [tuple(map(as_float, row)) for row in game.payoffs]
    evaluator = Evaluator(form.form.tape, values, exact=False)
    return ShockGame(
        tree=replace(game, payoffs=tuple(row[:players] for row in rows)),
        shocks=tuple(
            Shock(
                slots.name,
                slots.player,
                distribution(
                    slots.distribution,
                    [as_float(evaluator.value(argument)) for argument in slots.arguments],
                ),
            )
            for slots in form.shocks
        ),
        slopes=tuple(
            tuple(
                row[players + width * i : players + width * (i + 1)]
                for i in range(players if row else 0)
            )
            for row in rows
        ),
        discount=tuple(as_float(evaluator.value(slot)) for slot in form.form.discount),
    )
