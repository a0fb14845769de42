"""Perfect Bayesian equilibria in cutoff strategies of a finite tree with private shocks.

From the top of the tree on, as long as nobody with shocks has moved and nothing is hidden, each
continuation is a game of its own; it is solved by itself, and who moves before takes the best. What
is left is a part of the tree in which all depends on all: a fixed point in the actions'
probabilities (`System`). With one unknown all of them are found by exhaustive bracketing, with two
by exhaustive subdivision, with more those that several starts lead to.

A set that no type reaches is believed to be reached by mistake, and every type is thought to err
alike: other beliefs may support other equilibria, and a note says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, product

import numpy as np

from gametheory_crisis.errors import SolverError
from gametheory_crisis.games.arithmetic import as_float, close, greater
from gametheory_crisis.games.extensive import NATURE
from gametheory_crisis.games.shocks import ShockGame
from gametheory_crisis.solvers.cutoffs.assembly import assemble
from gametheory_crisis.solvers.cutoffs.layout import Layout, descendants, lay_out
from gametheory_crisis.solvers.cutoffs.line import line_roots
from gametheory_crisis.solvers.cutoffs.newton import SAME
from gametheory_crisis.solvers.cutoffs.numbers import Part, part_of
from gametheory_crisis.solvers.cutoffs.play import Played, SetPlay, at_end, mixed
from gametheory_crisis.solvers.cutoffs.roots import Found, Root
from gametheory_crisis.solvers.cutoffs.system import System

MAX_COMBINATIONS = 64
"""Combinations of equilibria of separate continuations that are looked at."""

MAX_LISTED = 16
"""Equilibria of one continuation that are listed."""


@dataclass(frozen=True)
class CutoffSolution:
    """The equilibria of a game.

    Attributes
    ----------
    equilibria : each as play from the beginning of the tree
    notes : why there may be more; empty where these are all
    """

    equilibria: tuple[Played, ...]
    notes: tuple[str, ...] = ()


class Layouts:
    """The shapes of parts of trees, each found once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[object, Layout]] = {}

    def of(self, game: ShockGame, root: int) -> Layout:
        """The shape of the part of a game's tree that a history begins."""
        histories, key = game.tree.histories, (id(game.tree.histories), root)
        known = self._known.get(key)
        if known is not None:
            return known[1]
        if len(self._known) > 1000:
            self._known.clear()
        layout = lay_out(histories, game.tree.information_sets, len(game.tree.players), root)
        self._known[key] = histories, layout  # kept, so that no other tree gets its identity
        return layout


def cutoff_equilibria(game: ShockGame, layouts: Layouts | None = None) -> CutoffSolution:
    """All equilibria that the method finds.

    Parameters
    ----------
    layouts : shapes to be used again at other points of the same model

    Raises
    ------
    UnsupportedGame
        A player with shocks can do too many things in sequence.
    SolverError
        No equilibrium was found.
    """
    solver = _Solver(game, Layouts() if layouts is None else layouts)
    equilibria = solver.part(0)
    return CutoffSolution(tuple(equilibria), tuple(dict.fromkeys(solver.notes)))


class _Solver:
    def __init__(self, game: ShockGame, layouts: Layouts) -> None:
        self.game = game
        self.layouts = layouts
        self.notes: list[str] = []
        self.informed = {shock.player for shock in game.shocks}

    def part(self, root: int) -> list[Played]:
        """The equilibria of the part of the tree that a history begins."""
        tree = self.game.tree
        children = tree.histories.children[root]
        if not children:
            return [at_end(self.game, root)]
        if not self._separates(root):
            return self._fixed_points(root)
        continuations = [self.part(child) for child in children]
        combinations = product(*continuations)
        chosen = list(islice(combinations, MAX_COMBINATIONS))
        if next(combinations, None) is not None:
            self.notes.append(
                f"more than {MAX_COMBINATIONS} combinations of equilibria of separate "
                "continuations; the first ones are listed"
            )
        return [self._joined(root, list(parts)) for parts in chosen]

    def _separates(self, root: int) -> bool:
        """Whether each continuation of a history is a game of its own."""
        tree = self.game.tree
        histories, index = tree.histories, tree.histories.information_set[root]
        player = NATURE if index < 0 else tree.information_sets[index].player
        if player in self.informed:
            return False
        if index >= 0 and len(tree.information_sets[index].histories) > 1:
            return False
        owner: dict[int, int] = {}
        for child in histories.children[root]:
            for history in descendants(histories, child):
                found = histories.information_set[history]
                if found >= 0 and owner.setdefault(found, child) != child:
                    return False
        return True

    def _joined(self, root: int, parts: list[Played]) -> Played:
        """A history before separate continuations, one equilibrium of each."""
        tree = self.game.tree
        index = tree.histories.information_set[root]
        if index < 0:
            children = tree.histories.children[root]
            shares = np.array([as_float(tree.probability[child]) for child in children])
            return mixed(shares, parts)
        place = tree.information_sets[index]
        payoffs = [part.value.payoffs[place.player] for part in parts]
        best = 0
        for k, payoff in enumerate(payoffs):
            if greater(payoff, payoffs[best]):
                best = k
        if sum(close(payoff, payoffs[best]) for payoff in payoffs) > 1:
            self.notes.append(
                f"{tree.players[place.player]} is indifferent at '{place.node}' and takes the "
                "earliest action; it may do otherwise"
            )
        shares = np.eye(len(parts))[best]
        joined = mixed(shares, parts)
        own = SetPlay(tuple(map(float, shares)), 1.0)
        return Played(joined.value, {index: own, **joined.sets}, joined.types)

    def _fixed_points(self, root: int) -> list[Played]:
        """The equilibria of a part of the tree in which all depends on all."""
        system = _closing_system(part_of(self.game, self.layouts.of(self.game, root)))
        found = _roots(system)
        self.notes += found.notes
        if not found.roots:
            node = self.game.tree.histories.node[root]
            place = f"from '{node}' on" if node else "from the beginning on"
            reason = "; ".join(found.notes) or "please report this model"
            raise SolverError(f"no equilibrium was found {place}: {reason}")
        if len(found.roots) > MAX_LISTED:
            self.notes.append(
                f"{len(found.roots)} equilibria were found from one place on, perhaps parts of "
                f"a continuum; the first {MAX_LISTED} are listed"
            )
        equilibria: list[Played] = []
        for solution in found.roots[:MAX_LISTED]:
            played, notes = assemble(system, solution)
            if not solution.mixing or not any(_same_path(played, e) for e in equilibria):
                equilibria.append(played)
                self.notes += notes
        return equilibria


def _closing_system(part: Part) -> System:
    """The equations with fewest unknowns, the earliest closing player on a tie."""
    candidates = [
        System(part, player)
        for player, moves in enumerate(part.layout.moves)
        if part.owned[player] and moves.sets
    ]
    return min(candidates, key=lambda s: s.num_unknowns, default=System(part, None))


def _same_path(one: Played, other: Played) -> bool:
    """Whether two equilibria differ only where play never gets."""
    return all(
        abs(own.reached - other.sets[index].reached) < SAME
        and (own.reached < SAME or _near(own.play, other.sets[index].play))
        for index, own in one.sets.items()
    )


def _near(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(abs(a - b) < SAME for a, b in zip(one, other, strict=True))


def _roots(system: System) -> Found:
    """Where the equations of a system hold."""
    if system.num_unknowns == 0:
        return Found([Root(np.zeros(0))])
    if system.num_unknowns == 1:
        found = line_roots(system)
        return _with_mixtures(system, found) if not found.roots and system.parallels else found
    if system.num_unknowns == 2:
        from gametheory_crisis.solvers.cutoffs.plane import plane_roots

        found = plane_roots(system)
        return _with_mixtures(system, found) if found.notes and system.parallels else found
    from gametheory_crisis.solvers.cutoffs.many import many_roots

    return many_roots(system)


def _with_mixtures(system: System, found: Found) -> Found:
    """Roots in one unknown or two, and those in which indifferent types mix."""
    from gametheory_crisis.solvers.cutoffs.many import many_roots

    mixed = many_roots(system)
    for root in mixed.roots:
        own = root.unknowns[: system.num_unknowns]
        gaps = [np.abs(own - other.unknowns[: len(own)]).max() for other in found.roots]
        if min(gaps, default=1.0) > SAME:
            found.roots.append(root)
    found.notes = mixed.notes
    return found
