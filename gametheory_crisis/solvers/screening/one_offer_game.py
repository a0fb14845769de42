"""Games in which a player with private numbers answers at most one offer, solved at one point."""

from __future__ import annotations

from collections.abc import Mapping

from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.curves import Curves
from gametheory_crisis.games.screening import ScreeningGame
from gametheory_crisis.solvers.screening.public_moves import PublicMoves, ScreenedPlay
from gametheory_crisis.solvers.screening.setting import Setting


def solve_one_offer(
    game: ScreeningGame, curves: Curves, point: Mapping[str, Number]
) -> ScreenedPlay:
    """The perfect Bayesian equilibrium that takes the earliest action at every tie.

    Parameters
    ----------
    game : a game without daily offers
    curves : its arithmetic with derivatives
    point : every parameter

    Returns
    -------
    With a continuum, one in which the types that accept an offer are those beyond a cutoff. With
    finitely many types, in rationals where payoffs are affine in the offer and rational.

    Raises
    ------
    NotFinite
        A payoff is not finite for some type or offer.
    ParameterError
        There is no game at this point.
    UnsupportedGame
        Types cannot be ordered by what they accept, or players would have to mix.
    """
    if game.continuum is None:
        from gametheory_crisis.solvers.screening.finite_types import solve_finite_types

        return solve_finite_types(game, curves, point)
    from gametheory_crisis.games.distributions import distribution
    from gametheory_crisis.solvers.screening.continuum_play import Continuum

    setting = Setting(game, curves, point, exact=False)
    slots = game.continuum
    arguments = [as_float(setting.evaluator.value(slot)) for slot in slots.arguments]
    population = Continuum(setting, slots, distribution(slots.distribution, arguments))
    return PublicMoves(setting, population).solve()
