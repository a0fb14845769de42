"""All perfect Bayesian equilibria of games in signalling form, in exact arithmetic.

The concept is Kreps and Wilson's (1982): sequential rationality at every information set, and
consistent beliefs.  Where one informed sender is answered at one information set per message, these
are the perfect Bayesian equilibria, with every belief over the types allowed off the path.

Given which receivers are on the path, and which replies consistent beliefs can support off it
(`trembles`), equilibria are the pairs of a point of one polyhedron and a point of another
(`corners`) that are best against each other.  The maximal sets X x Y of such pairs are found from
the vertices alone: each vertex of one side fits some vertices of the other, and the maximal
products are the closed sets of that relation, as the maximal Nash subsets of a bimatrix game are
(Jansen 1981).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.extensive import ExtensiveGame, Family, TreeSolution
from gametheory_crisis.games.signalling import SignallingForm
from gametheory_crisis.solvers.extensive_form.absorption import Product
from gametheory_crisis.solvers.extensive_form.corners import (
    Corner,
    message_corners,
    reply_corners,
    usable,
)
from gametheory_crisis.solvers.extensive_form.families import (
    by_earliest_actions,
    families,
    listed,
)
from gametheory_crisis.solvers.extensive_form.folding import foldings
from gametheory_crisis.solvers.extensive_form.rationals import in_rationals
from gametheory_crisis.solvers.extensive_form.trembles import OffPath
from gametheory_crisis.solvers.extensive_form.values import restored

MAX_PRODUCTS = 4096
"""Maximal products of one folding; a game with more is refused."""


def perfect_bayesian(game: ExtensiveGame) -> TreeSolution:
    """All perfect Bayesian equilibria of a game in signalling form.

    Moves that are known in advance are folded first (`folding`).  Floats are taken for the
    rationals that they stand for (`rationals`), so payoffs that tie but for rounding tie.

    Parameters
    ----------
    game : a game in which, once folded, at most one move answers another

    Returns
    -------
    Families of equilibria with the same behaviour on the path; ``ranges`` holds what varies in
    one, ``supporting`` the beliefs that support the replies shown.  Without notes the families hold
    every equilibrium.  Numbers are rationals where the game is exact.

    Raises
    ------
    UnsupportedGame
        The game has no signalling form, or is too large.
    """
    rational = in_rationals(game)
    found: list[Family] = []
    picked: set[int] = set()
    for folding, form in foldings(rational):
        off_path = OffPath(form)
        new = families(form, folding, off_path, list(products(form, off_path)))
        found += sorted(new, key=by_earliest_actions)
        picked |= set(folding.picked)
    notes = []
    if picked:
        nodes = sorted({game.information_sets[place].node for place in picked})
        notes.append(f"mixtures between actions that tie at {', '.join(nodes)} are not listed")
    return restored(game, TreeSolution(listed(rational, found), tuple(notes)))


def products(form: SignallingForm, off_path: OffPath) -> Iterator[Product]:
    """Maximal products of sets of messages and replies all of whose pairs are equilibria."""
    left = usable(form)
    sending, replying = message_corners(form, left), reply_corners(form, left)
    everybody = (1 << len(form.receivers)) - 1
    for reached in sorted(_unions(corner.reached for corner in sending), reverse=True):
        senders = [corner for corner in sending if not corner.reached & ~reached]
        silent = everybody & ~reached
        for supported in off_path.supported(silent):
            allowed = form.replies_at(reached) | supported
            receivers = [corner for corner in replying if not corner.used & ~allowed]
            yield from _bicliques(form, reached, senders, receivers)


def _bicliques(
    form: SignallingForm, reached: int, senders: list[Corner], receivers: list[Corner]
) -> Iterator[Product]:
    """Maximal sets of vertices that fit each other, where the messages reach all they should."""
    binding = form.replies_at(reached)
    fits = [
        sum(
            1 << k
            for k, sent in enumerate(senders)
            if not sent.used & ~replied.best and not replied.used & binding & ~sent.best
        )
        for replied in receivers
    ]
    for chosen in sorted(_intersections(fits), reverse=True):
        messages = tuple(corner for k, corner in enumerate(senders) if chosen >> k & 1)
        if _union(corner.reached for corner in messages) == reached:
            replies = tuple(
                corner for corner, fit in zip(receivers, fits, strict=True) if not chosen & ~fit
            )
            yield Product(reached, messages, replies)


def _union(masks: Iterable[int]) -> int:
    total = 0
    for mask in masks:
        total |= mask
    return total


def _unions(masks: Iterable[int]) -> set[int]:
    """All unions of at least one of some bit masks."""
    found: set[int] = set()
    for mask in set(masks):
        found |= {mask} | {mask | other for other in found}
    return found


def _intersections(masks: Iterable[int]) -> set[int]:
    """All nonempty intersections of at least one of some bit masks."""
    found: set[int] = set()
    for mask in set(masks):
        found |= {mask} | {mask & other for other in found}
        if len(found) > MAX_PRODUCTS:
            raise UnsupportedGame(
                f"more than {MAX_PRODUCTS:,} families of equilibria: payoffs tie too often"
            )
    return found - {0}
