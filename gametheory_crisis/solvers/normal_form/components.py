"""The set of all equilibria of a bimatrix game, put together from the extreme ones.

Extreme equilibria are the edges of a bipartite graph between the strategies of the two players.
Each maximal complete part X x Y of it is a *maximal Nash subset* conv(X) x conv(Y): every pair of
mixtures of X and of Y is an equilibrium, and every equilibrium lies in some such subset (Winkels
1979; Avis, Rosenberg, Savani and von Stengel 2010, section 5).  Subsets that share a pair hang
together; the connected components of the graph are those of the set of equilibria.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gametheory_crisis.errors import SolverError
from gametheory_crisis.solvers.normal_form.extreme_equilibria import ExtremeEquilibrium
from gametheory_crisis.solvers.polyhedron import Vector


@dataclass(frozen=True, slots=True)
class NashSubset:
    """A maximal set conv(x) x conv(y) of equilibria.

    Attributes
    ----------
    x, y : the extreme strategies of either player
    equilibria : numbers of the extreme equilibria, one for each pair of x and y
    """

    x: tuple[Vector, ...]
    y: tuple[Vector, ...]
    equilibria: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        """The subset as JSON."""
        return {
            "x": [[float(share) for share in x] for x in self.x],
            "y": [[float(share) for share in y] for y in self.y],
            "equilibria": list(self.equilibria),
        }


@dataclass(frozen=True, slots=True)
class NashComponent:
    """A connected set of equilibria.

    Attributes
    ----------
    subsets : the maximal Nash subsets whose union it is
    equilibria : numbers of its extreme equilibria, ascending
    index : how many equilibria of index 1, less those of index -1, it leaves near by when the
        payoffs are perturbed a little
    """

    subsets: tuple[NashSubset, ...]
    equilibria: tuple[int, ...]
    index: int

    @property
    def isolated(self) -> bool:
        """Whether the component is a single equilibrium."""
        return len(self.equilibria) == 1

    def to_dict(self) -> dict[str, Any]:
        """The component as JSON."""
        return {
            "index": self.index,
            "equilibria": list(self.equilibria),
            "subsets": [subset.to_dict() for subset in self.subsets],
        }


def components(equilibria: Sequence[ExtremeEquilibrium]) -> list[NashComponent]:
    """The components of the set of equilibria, in the order of their first extreme equilibrium.

    Parameters
    ----------
    equilibria : all extreme equilibria of a game

    Raises
    ------
    SolverError : the indices of the components do not sum to 1, so that some equilibrium is missing
        or none
    """
    total = sum(found.index for found in equilibria)
    if total != 1:
        raise SolverError(
            f"the indices of the equilibria sum to {total}, not to 1: some are missing or false"
        )
    graph = _Graph(equilibria)
    return [graph.component(numbers) for numbers in graph.parts()]


def closed_sets(partners: Iterable[int]) -> set[int]:
    """Every non-empty set of partners that some strategies, and no others, have in common.

    Sets are bit masks.
    """
    shared: set[int] = set()
    for own in partners:
        shared |= {own} | {own & other for other in shared}
    return shared - {0}


class _Graph:
    """Extreme equilibria as the edges between the two players' strategies."""

    def __init__(self, equilibria: Sequence[ExtremeEquilibrium]) -> None:
        self.equilibria = equilibria
        self.x = list(dict.fromkeys(found.x for found in equilibria))
        self.y = list(dict.fromkeys(found.y for found in equilibria))
        number_x = {x: k for k, x in enumerate(self.x)}
        number_y = {y: k for k, y in enumerate(self.y)}
        self.edges = [(number_x[found.x], number_y[found.y]) for found in equilibria]
        self.number = {edge: k for k, edge in enumerate(self.edges)}
        self.partners = [0] * len(self.x)
        for i, j in self.edges:
            self.partners[i] |= 1 << j

    def parts(self) -> list[list[int]]:
        """The edges of each connected part, ascending, the parts in order of their first edge."""
        parts: list[tuple[int, list[int]]] = []
        for i, partners in enumerate(self.partners):
            apart = [part for part in parts if not part[0] & partners]
            met = [part for part in parts if part[0] & partners]
            seen, members = partners, [i]
            for other_partners, other_members in met:
                seen |= other_partners
                members += other_members
            parts = [*apart, (seen, members)]
        edges = []
        for _, members in parts:
            inside = set(members)
            edges.append([k for k, (i, _) in enumerate(self.edges) if i in inside])
        return sorted(edges)

    def component(self, numbers: Sequence[int]) -> NashComponent:
        """The connected part with these edges."""
        members = sorted({self.edges[k][0] for k in numbers})
        subsets = [
            self._subset(shared, members)
            for shared in closed_sets(self.partners[i] for i in members)
        ]
        return NashComponent(
            tuple(sorted(subsets, key=lambda subset: subset.equilibria)),
            tuple(numbers),
            sum(self.equilibria[k].index for k in numbers),
        )

    def _subset(self, partners: int, members: Sequence[int]) -> NashSubset:
        first = [i for i in members if not partners & ~self.partners[i]]
        second = [j for j in range(len(self.y)) if partners >> j & 1]
        pairs = (self.number[i, j] for i in first for j in second)
        return NashSubset(
            tuple(self.x[i] for i in first),
            tuple(self.y[j] for j in second),
            tuple(sorted(pairs)),
        )
