"""Subgame-perfect equilibria: subgames solved from the last to the first, and put together.

A subgame begins at a history, a player's move or nature's, if no information set has histories both
after it and elsewhere.  What is left of a subgame once the subgames inside it are replaced by what
their equilibria pay is solved by itself: a lone move by comparison, all else by its equilibria.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import islice, product

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.extensive import (
    Assessment,
    ExtensiveGame,
    Family,
    Histories,
    TreeSolution,
)
from gametheory_crisis.solvers.extensive_form.nash import solve_nash
from gametheory_crisis.solvers.extensive_form.rationals import in_rationals
from gametheory_crisis.solvers.extensive_form.recall import require_perfect_recall
from gametheory_crisis.solvers.extensive_form.values import mean, restored, worth

MOST_EQUILIBRIA = 64
"""Equilibria listed at most, of the game and of each subgame."""
Payoffs = tuple[Number, ...]


def subgame_roots(game: ExtensiveGame) -> list[int]:
    """The histories at which a subgame begins, ends left out, ascending; the beginning is one."""
    histories = game.histories
    num = len(histories)
    last, low, high = list(range(num)), [num] * num, [-1] * num
    for history in reversed(range(num)):
        place = histories.information_set[history]
        if place >= 0:
            low[history] = game.information_sets[place].histories[0]
            high[history] = game.information_sets[place].histories[-1]
        for child in histories.children[history]:
            last[history] = max(last[history], last[child])
            low[history] = min(low[history], low[child])
            high[history] = max(high[history], high[child])
    return [h for h in range(num) if histories.children[h] and low[h] >= h and high[h] <= last[h]]


@dataclass(frozen=True, slots=True)
class _Solution:
    """One equilibrium of a subgame.

    Attributes
    ----------
    payoffs : what each player expects from the subgame's beginning on
    own : the equilibrium of what is left of the subgame without those inside it
    places : the information sets to which it refers, in the numbers of the whole game
    inner : the equilibria of the subgames inside it
    """

    payoffs: Payoffs
    own: Family
    places: tuple[int, ...]
    inner: tuple[_Solution, ...]

    def collect(self, family: _Collected) -> None:
        """Add all choices, here and further on."""
        stack = [self]
        while stack:
            solution = stack.pop()
            for place, row in zip(solution.places, solution.own.assessment.behaviour, strict=True):
                family.behaviour[place] = row
            for (place, action), ends in solution.own.ranges.items():
                family.ranges[solution.places[place], action] = ends
            stack += solution.inner


@dataclass
class _Collected:
    behaviour: dict[int, tuple[Number, ...]] = field(default_factory=dict)
    ranges: dict[tuple[int, int], tuple[Number, Number]] = field(default_factory=dict)


def subgame_perfect(game: ExtensiveGame, bound: int = MOST_EQUILIBRIA) -> TreeSolution:
    """The subgame-perfect equilibria of a game.

    Where play is by lone moves that are seen, ties give one equilibrium for each action, the
    earliest first; where two players' moves are hidden from each other, all Nash equilibria of the
    part are taken, and where more than two players' are, those found.

    Parameters
    ----------
    game : the game
    bound : equilibria listed at most, of the game and of each subgame

    Returns
    -------
    The equilibria, as combinations of those of the parts.  The notes are empty where there are
    provably no others than those listed and, at a continuum of equilibria, those between.

    Raises
    ------
    UnsupportedGame
        A player forgets its own moves.
    """
    require_perfect_recall(game, "a search for subgames")
    solver = _Solver(in_rationals(game), bound)
    families = []
    for solution in solver.solve():
        found = _Collected()
        solution.collect(found)
        rows = tuple(found.behaviour[k] for k in range(len(game.information_sets)))
        families.append(Family(Assessment(rows), solution.own.kind, found.ranges))
    return restored(game, TreeSolution(tuple(families), tuple(solver.notes)))


class _Solver:
    """One game, from its last subgames to the first."""

    def __init__(self, game: ExtensiveGame, bound: int) -> None:
        self._game, self._bound = game, bound
        self._solutions: dict[int, list[_Solution]] = {}
        self.notes: dict[str, None] = {}

    def solve(self) -> list[_Solution]:
        """The equilibria of the whole game."""
        if not self._game.histories.children[0]:
            return [_Solution(self._game.payoffs[0], Family(Assessment(())), (), ())]
        for root in reversed(subgame_roots(self._game)):
            found = list(islice(self._equilibria(root), self._bound + 1))
            if len(found) > self._bound:
                self.notes[f"only the first {self._bound} equilibria are listed"] = None
            self._solutions[root] = found[: self._bound]
        return self._solutions[0]

    def _equilibria(self, root: int) -> Iterator[_Solution]:
        """The equilibria of a subgame: per combination of those inside it, those of the rest."""
        part = self._part(root)
        for combination in product(*(self._solutions[h] for h in part.inner)):
            known = dict(zip(part.inner, combination, strict=True))
            for payoffs, family in self._solved(part, known):
                yield _Solution(payoffs, family, part.places, combination)

    def _part(self, root: int) -> _Part:
        """What is left of a subgame without the subgames inside it."""
        histories = self._game.histories
        kept, inner, stack = [], [], [root]
        while stack:
            history = stack.pop()
            kept.append(history)
            if history != root and history in self._solutions:
                inner.append(history)
            else:
                stack += reversed(histories.children[history])
        own = {histories.information_set[h] for h in kept if h == root or h not in self._solutions}
        return _Part(root, tuple(kept), tuple(inner), tuple(sorted(own - {-1})))

    def _solved(self, part: _Part, known: dict[int, _Solution]) -> Iterator[tuple[Payoffs, Family]]:
        """The equilibria of a part, given those of the subgames inside it."""
        children = self._game.histories.children[part.root]
        if len(part.kept) == len(children) + 1:
            options = [known[c].payoffs if c in known else self._game.payoffs[c] for c in children]
            yield from self._lone(part, options)
            return
        reduced = self._reduced(part, known)
        solved = solve_nash(reduced)
        for note in solved.notes:
            self.notes[note] = None
        values = [worth(reduced, f.assessment.behaviour)[0] for f in solved.families]
        self._warn(part, values, varied=solved.varied)
        yield from zip(values, solved.families, strict=True)

    def _lone(self, part: _Part, options: Sequence[Payoffs]) -> Iterator[tuple[Payoffs, Family]]:
        """A single move, of a player or of nature, after which all is known."""
        if not part.places:
            shares = [self._game.probability[c] for c in self._game.histories.children[part.root]]
            yield mean(shares, options), Family(Assessment(()))
            return
        mover = self._game.information_sets[part.places[0]].player
        most = max(option[mover] for option in options)
        tied = [a for a, option in enumerate(options) if option[mover] == most]
        self._warn(part, [options[a] for a in tied], varied=True)
        for action in tied:
            row = tuple(Fraction(int(a == action)) for a in range(len(options)))
            yield options[action], Family(Assessment((row,)))

    def _warn(self, part: _Part, values: Sequence[Payoffs], *, varied: bool) -> None:
        """Note what a subgame's payoffs leave open for the moves before it.

        Of a continuum of equilibria whose payoffs vary only the ends are followed.
        """
        if part.root == 0:
            return
        if any(isinstance(payoff, float) for row in values for payoff in row):
            self.notes["payoffs of a subgame are rounded, and may hide a tie before it"] = None
        if varied and len(set(values)) > 1:
            self.notes["of a continuum of equilibria of a subgame only the ends are followed"] = (
                None
            )

    def _reduced(self, part: _Part, known: dict[int, _Solution]) -> ExtensiveGame:
        """A part as a game of its own."""
        game, histories = self._game, self._game.histories
        number = {history: k for k, history in enumerate(part.kept)}
        place_number = {place: k for k, place in enumerate(part.places)}
        inner = set(part.inner)
        tree = Histories(
            parent=tuple(number.get(histories.parent[h], -1) for h in part.kept),
            children=tuple(
                () if h in inner else tuple(number[c] for c in histories.children[h])
                for h in part.kept
            ),
            label=tuple(histories.label[h] for h in part.kept),
            information_set=tuple(
                -1 if h in inner else place_number.get(histories.information_set[h], -1)
                for h in part.kept
            ),
            node=tuple(histories.node[h] for h in part.kept),
            day=tuple(histories.day[h] for h in part.kept),
            outcome=tuple(0 if h in inner else histories.outcome[h] for h in part.kept),
        )
        places = tuple(
            replace(
                game.information_sets[place],
                histories=tuple(number[h] for h in game.information_sets[place].histories),
                before=None,
            )
            for place in part.places
        )
        return ExtensiveGame(
            game.players,
            game.outcomes,
            tree,
            places,
            (Fraction(1), *(game.probability[h] for h in part.kept[1:])),
            tuple(known[h].payoffs if h in inner else game.payoffs[h] for h in part.kept),
            exact=True,
        )


@dataclass(frozen=True, slots=True)
class _Part:
    """A subgame without those inside it.

    Attributes
    ----------
    root : where it begins
    kept : its histories in preorder, the beginnings of the subgames inside it included
    inner : the beginnings of the subgames inside it
    places : its information sets
    """

    root: int
    kept: tuple[int, ...]
    inner: tuple[int, ...]
    places: tuple[int, ...]
