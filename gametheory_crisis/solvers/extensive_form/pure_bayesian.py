"""All perfect Bayesian equilibria in pure strategies, with consistent beliefs.

Profiles are built up from the last information sets to the first.  As soon as all that may follow
an information set is decided, an action there that is best under no belief at all is given up, with
everything that would have been built on it.  What is left is held against consistent beliefs.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from gametheory_crisis.games.extensive import (
    Assessment,
    Behaviour,
    ExtensiveGame,
    Family,
    TreeSolution,
)
from gametheory_crisis.solvers.extensive_form.belief_search import (
    BeliefSearch,
    Undecided,
    average,
)
from gametheory_crisis.solvers.extensive_form.rationals import in_rationals
from gametheory_crisis.solvers.extensive_form.recall import require_perfect_recall
from gametheory_crisis.solvers.extensive_form.supporting_beliefs import supporting
from gametheory_crisis.solvers.extensive_form.values import restored
from gametheory_crisis.solvers.polyhedron import feasible

MOST_EQUILIBRIA = 64
"""Equilibria listed at most."""
MOST_STEPS = 20_000
"""Actions that are tried at information sets at most."""
ONLY_PURE = "only equilibria in pure strategies are looked for"


def pure_bayesian(game: ExtensiveGame, bound: int = MOST_EQUILIBRIA) -> TreeSolution:
    """All pure profiles that are sequentially rational under some consistent beliefs.

    Parameters
    ----------
    game : the game
    bound : equilibria listed at most

    Returns
    -------
    One family per profile, earlier actions first: the assessment with beliefs at every
    information set, and the vertices of all beliefs that support the profile where these are free
    of the beliefs elsewhere.  Every family is a sequential equilibrium.  The notes say that mixed
    equilibria are not looked for, and what else keeps the list from being all pure ones.

    Raises
    ------
    UnsupportedGame
        A player forgets its own moves.
    """
    require_perfect_recall(game, "a search for sequential equilibria")
    exact = in_rationals(game)
    families: list[Family] = []
    notes, undecided = [ONLY_PURE], 0
    profiles = _Profiles(exact)
    for behaviour in profiles:
        search = BeliefSearch(exact, behaviour)
        try:
            beliefs = search.beliefs()
        except Undecided:
            undecided += 1
            continue
        if beliefs is not None:
            if len(families) == bound:
                notes.append(f"only the first {bound} equilibria are listed")
                break
            families.append(Family(Assessment(behaviour, beliefs, supporting(search))))
    if profiles.cut:
        notes.append(f"the search ended after {MOST_STEPS:,} steps")
    if undecided:
        notes.append(f"whether consistent beliefs support {undecided} further profiles is open")
    families.sort(key=lambda family: family.assessment.behaviour, reverse=True)
    return restored(game, TreeSolution(tuple(families), tuple(notes)))


class _Profiles:
    """Pure profiles in which every action is best under some belief, given what follows.

    Attributes
    ----------
    cut : whether the search was ended early
    """

    def __init__(self, game: ExtensiveGame) -> None:
        self.cut = False
        self._game, self._steps = game, 0
        self._chosen: list[int] = [-1] * len(game.information_sets)
        follow = [self._following(k) for k in range(len(game.information_sets))]
        self._order = sorted(range(len(follow)), key=lambda k: (len(follow[k]), -k))
        place_in_order = {k: at for at, k in enumerate(self._order)}
        self._ready: list[list[int]] = [[] for _ in follow]
        for k, others in enumerate(follow):
            self._ready[max(place_in_order[j] for j in {k, *others})].append(k)

    def __iter__(self) -> Iterator[Behaviour]:
        """Walk the tree of partial profiles, depth first, by a stack of actions still to try."""
        if not self._order:
            yield ()
            return
        left = [self._actions(0)]
        while left:
            at = len(left) - 1
            action = next(left[at], None)
            if action is None:
                left.pop()
                continue
            if self._steps == MOST_STEPS:
                self.cut = True
                return
            self._steps += 1
            self._chosen[self._order[at]] = action
            if not all(self._defensible(k) for k in self._ready[at]):
                continue
            if at + 1 < len(self._order):
                left.append(self._actions(at + 1))
            else:
                yield self._behaviour()

    def _actions(self, at: int) -> Iterator[int]:
        return iter(range(len(self._game.information_sets[self._order[at]].actions)))

    def _behaviour(self) -> Behaviour:
        return tuple(
            tuple(Fraction(int(a == action)) for a in range(len(place.actions)))
            for place, action in zip(self._game.information_sets, self._chosen, strict=True)
        )

    def _following(self, place: int) -> frozenset[int]:
        """The information sets at which play may stand after one."""
        found: set[int] = set()
        stack: list[int] = []
        histories = self._game.histories
        for history in self._game.information_sets[place].histories:
            stack += histories.children[history]
        while stack:
            history = stack.pop()
            stack += histories.children[history]
            found.add(histories.information_set[history])
        return frozenset(found - {-1})

    def _defensible(self, place: int) -> bool:
        """Whether the action chosen is best under some belief."""
        here, chosen = self._game.information_sets[place], self._chosen[place]
        rows = []
        for history in here.histories:
            values = [self._worth(c, here.player) for c in self._game.histories.children[history]]
            rows.append([values[chosen] - v for a, v in enumerate(values) if a != chosen])
        if any(all(loss >= 0 for loss in row) for row in rows):
            return True
        losses = list(zip(*rows, strict=True))
        if any(all(loss < 0 for loss in column) for column in losses):
            return False
        return feasible(*average(losses, len(rows))) is not None

    def _worth(self, history: int, player: int) -> Fraction:
        """A player's expected payoff after a history, all that follows being decided."""
        histories, total = self._game.histories, Fraction(0)
        stack = [(Fraction(1), history)]
        while stack:
            share, history = stack.pop()
            children, place = histories.children[history], histories.information_set[history]
            if not children:
                total += share * Fraction(self._game.payoffs[history][player])
            elif place >= 0:
                stack.append((share, children[self._chosen[place]]))
            else:
                stack += [(share * Fraction(self._game.probability[c]), c) for c in children]
        return total
