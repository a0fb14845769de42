"""Nash equilibria of a tree: all of them for one or two players who move, as found for more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.extensive import (
    Assessment,
    Behaviour,
    ExtensiveGame,
    Family,
    TreeSolution,
)
from gametheory_crisis.solvers.extensive_form.lemke import one_equilibrium
from gametheory_crisis.solvers.extensive_form.rationals import in_rationals
from gametheory_crisis.solvers.extensive_form.recall import (
    last_moves,
    movers,
    require_perfect_recall,
)
from gametheory_crisis.solvers.extensive_form.sequence_form import (
    PlanSubset,
    SequenceForm,
    all_equilibria,
    behaviour_of,
    sequence_form,
)
from gametheory_crisis.solvers.extensive_form.strategic_form import (
    CONTINUUM,
    MOST_PROFILES,
    behaviour_of_mix,
    num_profiles,
    pure_equilibria,
    strategic_form,
)
from gametheory_crisis.solvers.extensive_form.values import restored
from gametheory_crisis.solvers.polyhedron import Vector

MOST_EQUILIBRIA = 1_000
"""Families listed at most."""
MOST_PLANS = 10_000
"""Best plans of a single player that are listed at most."""
TOO_LARGE = "the game is too large for all mixed equilibria to be listed"


@dataclass(frozen=True, slots=True)
class Solved:
    """The Nash equilibria of a game in rationals.

    Attributes
    ----------
    families : the equilibria
    notes : why there may be more
    varied : whether some of them belong to a continuum in which outcomes vary
    """

    families: tuple[Family, ...]
    notes: tuple[str, ...] = ()
    varied: bool = False


def nash(game: ExtensiveGame, bound: int = MOST_EQUILIBRIA) -> TreeSolution:
    """The Nash equilibria of a game.

    With two players who move these are all: each maximal convex set of equilibria that share their
    outcomes is one family, with the ranges of what varies in it; of a continuum in which outcomes
    vary every extreme equilibrium is listed.  Where a player's own moves keep it from an
    information set, its choice there does not count, and its first action is given.

    Parameters
    ----------
    game : the game
    bound : families listed at most

    Raises
    ------
    UnsupportedGame
        A player forgets its own moves, or more than two move in a tree that is too large.
    SolverError
        More than two players move, no equilibrium turned up, and the logit path led to none.
    """
    require_perfect_recall(game, "a search for Nash equilibria")
    solved = solve_nash(in_rationals(game))
    notes = solved.notes
    if len(solved.families) > bound:
        notes = (*notes, f"only the first {bound:,} equilibria are listed")
    return restored(game, TreeSolution(solved.families[:bound], notes))


def solve_nash(game: ExtensiveGame) -> Solved:
    """The Nash equilibria of a game in rationals in which players remember."""
    match len(movers(game)):
        case 0:
            return Solved((Family(Assessment(())),))
        case 1:
            return _alone(game)
        case 2:
            return _two(game)
        case _:
            return _many(game)


def _many(game: ExtensiveGame) -> Solved:
    """More than two players; where no equilibrium turns up, one by the logit path."""
    # These load numpy, which two players do without.
    from gametheory_crisis.solvers.extensive_form.agent_logit import sequential
    from gametheory_crisis.solvers.extensive_form.many_movers import many_movers

    families, notes, varied = many_movers(game)
    if not families:
        families = sequential(game).families
    return Solved(families, notes, varied)


def _two_movers(game: ExtensiveGame) -> SequenceForm:
    """The sequence form; somebody who never moves stands in where fewer than two players do."""
    moving = movers(game)
    others = [i for i in range(len(game.players)) if i not in moving]
    if len(moving) + len(others) < 2:
        payoffs = tuple((*row, Fraction(0)) if row else () for row in game.payoffs)
        game = replace(game, players=(*game.players, "nobody"), payoffs=payoffs)
        others.append(1)
    first, second, *_ = [*moving, *others]
    return sequence_form(game, first, second)


def _alone(game: ExtensiveGame) -> Solved:
    """All best plans of the only player who moves, earlier actions first."""
    best = _BestPlans(game)
    families: list[Family] = []
    more = False
    for choices in best.plans():
        if len(families) == MOST_PLANS:
            more = True
            break
        families.append(Family(Assessment(choices)))
    notes = (f"only the first {MOST_PLANS:,} best plans are listed",) if more else ()
    return Solved(tuple(families), notes, len(families) > 1)


class _BestPlans:
    """The best plans of a single player."""

    def __init__(self, game: ExtensiveGame) -> None:
        self._game = game
        form = _two_movers(game)
        self._own, self._sizes = form.players[0], form.sizes[0]
        mask = form.best_moves(0, [Fraction(1)])
        self._best = [
            [a for a, k in enumerate(self._own.after(at, size)) if mask >> k & 1]
            for at, size in enumerate(self._sizes)
        ]

    def plans(self) -> Iterator[Behaviour]:
        """Per plan the action at every information set; the first where the plan never gets."""
        yield from self._extended(0, {0}, ())

    def _extended(
        self, at: int, arrived: set[int], done: tuple[tuple[Fraction, ...], ...]
    ) -> Iterator[Behaviour]:
        if at == len(self._sizes):
            yield done
            return
        own, size = self._own, self._sizes[at]
        here = own.before[at] in arrived
        for action in self._best[at] if here else [0]:
            row = tuple(Fraction(int(a == action)) for a in range(size))
            after = arrived | {own.after(at, size)[action]} if here else arrived
            yield from self._extended(at + 1, after, (*done, row))


def _two(game: ExtensiveGame) -> Solved:
    form = _two_movers(game)
    subsets = all_equilibria(form)
    if subsets is None:
        found = dict.fromkeys([*_pure(game), behaviour_of(form, one_equilibrium(form))])
        return Solved(tuple(Family(Assessment(b)) for b in found), (TOO_LARGE,))
    families: dict[tuple[Vector, Vector], Family] = {}
    varied = False
    for subset in subsets:
        pairs = list(product(subset.x, subset.y))
        if _one_outcome(form, pairs):
            ranges = _ranges(form, subset)
            families[pairs[0]] = Family(Assessment(behaviour_of(form, pairs[0])), ranges=ranges)
            continue
        varied = True
        for pair in pairs:
            assessment = Assessment(behaviour_of(form, pair))
            families.setdefault(pair, Family(assessment, CONTINUUM))
    ordered = sorted(families, key=_order)
    return Solved(tuple(families[pair] for pair in ordered), (), varied)


def _pure(game: ExtensiveGame) -> list[Behaviour]:
    """All equilibria in pure reduced strategies; none where there are too many profiles."""
    if num_profiles(game) > MOST_PROFILES:
        return []
    form = strategic_form(game)
    return [behaviour_of_mix(game, form, mix) for mix in pure_equilibria(form)]


def _order(pair: tuple[Vector, Vector]) -> tuple[object, ...]:
    """Those with the fewest moves played first, the earlier actions first among them."""
    played = sum(map(bool, pair[0])) + sum(map(bool, pair[1]))
    return played, tuple(-weight for plan in pair for weight in plan)


def _one_outcome(form: SequenceForm, pairs: Sequence[tuple[Vector, Vector]]) -> bool:
    """Whether all pairs reach every end with the same probability.

    The probability is linear in either plan, so that then all averages of them do, too.
    """
    last = last_moves(form.game)
    ways = {
        tuple(own.number[last[end][own.player]] for own in form.players) for end in form.game.ends
    }
    return len({tuple(x[row] * y[column] for row, column in ways) for x, y in pairs}) == 1


def _ranges(form: SequenceForm, subset: PlanSubset) -> dict[tuple[int, int], tuple[Number, Number]]:
    """The least and the largest probability of each action that varies.

    A probability is a ratio of weights, which over a hull is extreme at a corner; corners whose own
    moves exclude the information set have no say.
    """
    found: dict[tuple[int, int], tuple[Number, Number]] = {}
    for own, sizes, plans in zip(form.players, form.sizes, (subset.x, subset.y), strict=True):
        for at, place in enumerate(own.places):
            for action, k in enumerate(own.after(at, sizes[at])):
                before = own.before[at]
                shares = [plan[k] / plan[before] for plan in plans if plan[before]]
                if shares and min(shares) < max(shares):
                    found[place, action] = (min(shares), max(shares))
    return found
