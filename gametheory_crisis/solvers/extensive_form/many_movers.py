"""Nash equilibria of trees in which more than two players move, through the reduced strategic form.

Equilibria in which at most one player mixes are found exactly and as whole convex sets: while the
others keep to pure strategies, what makes a mixture of one player an equilibrium is linear in it.
The rest is left to the search by supports for games of many players.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import prod

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.extensive import Assessment, Behaviour, ExtensiveGame, Family
from gametheory_crisis.solvers.extensive_form.recall import Move, last_moves
from gametheory_crisis.solvers.extensive_form.strategic_form import (
    CONTINUUM,
    MOST_PROFILES,
    Mix,
    StrategicForm,
    behaviour_of_mix,
    num_profiles,
    num_strategies,
    pure_equilibria,
    strategic_form,
)
from gametheory_crisis.solvers.extensive_form.values import reach
from gametheory_crisis.solvers.normal_form.many_players import ManyResult, solve_many
from gametheory_crisis.solvers.normal_form.multilinear import number_of, sure
from gametheory_crisis.solvers.polyhedron import Vector, vertices
from gametheory_crisis.solvers.pure_nash import deviations

MOST_ONE_SIDED_PROFILES = 1_000
"""Profiles up to which sets of equilibria in which one player mixes are sought."""
MOST_SUPPORTS = 400
"""Supports of reduced strategies up to which other mixed equilibria are sought."""

Profile = tuple[int, ...]


def many_movers(game: ExtensiveGame) -> tuple[tuple[Family, ...], tuple[str, ...], bool]:
    """The equilibria found, why there may be more, and whether outcomes vary in a continuum.

    The game is in rationals and its players remember.
    """
    if num_profiles(game) > MOST_PROFILES:
        return (), ("the game is too large for its Nash equilibria to be listed",), False
    form = strategic_form(game)
    pure = pure_equilibria(form)
    if num_profiles(game) > MOST_ONE_SIDED_PROFILES:
        return _families(game, form, [], pure), (_ONLY_PURE,), False
    hulls = list(one_sided(form))
    corners = [[behaviour_of_mix(game, form, mix) for mix in _mixes(form, hull)] for hull in hulls]
    varied = any(not one_outcome(game, ends) for ends in corners)
    if prod((1 << size) - 1 for size in num_strategies(game)) > MOST_SUPPORTS:
        notes = ("equilibria in which several players mix are not sought",)
        return _families(game, form, hulls, pure), notes, varied
    found = solve_many([[row[i] for row in form.payoffs] for i in form.movers], form.shape)
    mixes = [equilibrium.profile for equilibrium in found.equilibria]
    varied |= any(sum(len(part) > 1 for part in supports) > 1 for supports in found.continua)
    return _families(game, form, hulls, [*pure, *mixes]), _notes(found), varied


_ONLY_PURE = "only equilibria in pure strategies are looked for: the game has too many strategies"


def _notes(found: ManyResult) -> tuple[str, ...]:
    """What stands against completeness, in words that fit a tree."""
    if found.complete:
        return ()
    if found.unsettled:
        return (
            f"further equilibria, perhaps a continuum, may be among {len(found.unsettled)} "
            "combinations of mixed strategies that could not be settled",
        )
    return ("that no deviation gains at the mixed equilibria listed is not proven for all of them",)


Hull = tuple[int, Profile, tuple[Vector, ...]]
"""A mover, the strategies of all (its own ignored), and the extreme points of its mixtures."""


def one_sided(form: StrategicForm) -> Iterator[Hull]:
    """All sets of equilibria, larger than a point, in which at most one mover mixes."""
    for axis, size in enumerate(form.shape):
        others = [[0] if k == axis else range(n) for k, n in enumerate(form.shape)]
        for profile in product(*others):
            line = [
                number_of((*profile[:axis], s, *profile[axis + 1 :]), form.shape)
                for s in range(size)
            ]
            most = max(form.payoffs[k][form.movers[axis]] for k in line)
            best = [s for s in range(size) if form.payoffs[line[s]][form.movers[axis]] == most]
            if len(best) < 2:
                continue
            corners = _corners(form, axis, [line[s] for s in best])
            if len(corners) > 1:
                yield axis, profile, tuple(_spread(corner, best, size) for corner in corners)


def _corners(form: StrategicForm, axis: int, line: Sequence[int]) -> list[Vector]:
    """The extreme mixtures of some profiles, alike but for one mover, that keep the others content.

    The unknowns are the weights of the profiles and the loss of every deviation.
    """
    losses = []
    for other, player in enumerate(form.movers):
        if other != axis:
            per_profile = [
                [
                    form.payoffs[k][player] - form.payoffs[d][player]
                    for d in deviations(k, other, form.shape)
                ]
                for k in line
            ]
            losses += list(zip(*per_profile, strict=True))
    slack = len(losses)
    rows: list[list[Fraction | int]] = [[*[1] * len(line), *[0] * slack]]
    for k, loss in enumerate(losses):
        rows.append([*loss, *(-int(j == k) for j in range(slack))])
    points = vertices(rows, [1, *[0] * slack])
    return list(dict.fromkeys(point[: len(line)] for point in points))


def _spread(weights: Vector, actions: Sequence[int], size: int) -> Vector:
    shares = dict(zip(actions, weights, strict=True))
    return tuple(shares.get(a, Fraction(0)) for a in range(size))


def _mixes(form: StrategicForm, hull: Hull) -> list[Mix]:
    axis, profile, corners = hull
    base = sure(profile, form.shape)
    return [(*base[:axis], corner, *base[axis + 1 :]) for corner in corners]


def _families(
    game: ExtensiveGame, form: StrategicForm, hulls: Sequence[Hull], mixes: Sequence[Mix]
) -> tuple[Family, ...]:
    """Hulls of one outcome as families, corners of the others and further equilibria one by one."""
    whole: list[Family] = []
    single: dict[Behaviour, Family] = {}
    inside: set[Behaviour] = set()
    for hull in hulls:
        corners = [behaviour_of_mix(game, form, mix) for mix in _mixes(form, hull)]
        if one_outcome(game, corners):
            whole.append(Family(Assessment(corners[0]), ranges=_ranges(game, corners)))
            inside.update(corners)
        else:
            single |= {corner: Family(Assessment(corner), CONTINUUM) for corner in corners}
    for mix in mixes:
        behaviour = behaviour_of_mix(game, form, mix)
        single.setdefault(behaviour, Family(Assessment(behaviour)))
    families = [*whole, *(f for behaviour, f in single.items() if behaviour not in inside)]
    return tuple(sorted(families, key=order_of))


def one_outcome(game: ExtensiveGame, corners: Sequence[Behaviour]) -> bool:
    """Whether all profiles reach every end with the same probability."""
    shares = [reach(game, corner) for corner in corners]
    return len({tuple(share[end] for end in game.ends) for share in shares}) == 1


def order_of(family: Family) -> tuple[object, ...]:
    """Those with the fewest actions played first, the earlier actions first among them."""
    rows = family.assessment.behaviour
    played = sum(share != 0 for row in rows for share in row)
    return played, tuple(-share for row in rows for share in row)


def _ranges(
    game: ExtensiveGame, corners: Sequence[Behaviour]
) -> dict[tuple[int, int], tuple[Number, Number]]:
    """The least and the largest probability of each action that varies.

    Corners at which the player's own moves exclude the information set have no say.
    """
    found: dict[tuple[int, int], tuple[Number, Number]] = {}
    last = last_moves(game)
    for k, place in enumerate(game.information_sets):
        open_corners = [c for c in corners if _arrives(game, c, last, k)]
        for a in range(len(place.actions)):
            shares = [corner[k][a] for corner in open_corners]
            if shares and min(shares) < max(shares):
                found[k, a] = (min(shares), max(shares))
    return found


def _arrives(
    game: ExtensiveGame, behaviour: Behaviour, last: Sequence[tuple[Move, ...]], place: int
) -> bool:
    """Whether a player's own moves leave room for an information set of its own."""
    player = game.information_sets[place].player
    while True:
        place, action = last[game.information_sets[place].histories[0]][player]
        if place < 0:
            return True
        if behaviour[place][action] == 0:
            return False
