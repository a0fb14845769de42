"""A shallow tree of yes-or-no questions that tells kinds of points apart, as rules.

Source: L. Breiman, J. Friedman, R. Olshen & C. Stone (1984), Classification and Regression Trees;
beside boxes in R. Lempert, B. Bryant & S. Bankes (2008), Comparing algorithms for scenario
discovery, RAND WR-557. The tree is grown by scikit-learn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.analysis.scenarios.box_limits import (
    ROUNDING,
    Flags,
    Floats,
    Limits,
    readable,
)
from gametheory_crisis.analysis.scenarios.peeling import FEWEST

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeClassifier

Kinds: TypeAlias = NDArray[np.int64]
NO_KIND = -2
"""Of a point that lies exactly on a limit, which belongs to neither side."""


@dataclass(frozen=True, eq=False)
class Leaf:
    """Where the answers lead: a box, and the kind of most of its points."""

    limits: Limits
    kind: int


@dataclass(frozen=True, slots=True)
class _Node:
    """A question ``x[column] < limit``, or a leaf where there are no branches."""

    kind: int
    column: int = -1
    limit: float = math.nan
    branches: tuple[_Node, ...] = ()


def grow(points: Floats, kinds: Kinds, depth: int) -> DecisionTreeClassifier:
    """Fit a tree of at most ``depth`` questions one after the other (CART, Gini impurity).

    Parameters
    ----------
    points : float64 (points, columns)
    kinds : int64 (points,)
    """
    from sklearn.tree import DecisionTreeClassifier

    fewest = min(FEWEST, max(len(points) // 10, 1))
    # The state settles which of two equally good questions is asked.
    tree = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=fewest, random_state=0)
    tree.fit(points, kinds)
    return tree


def leaves_of(
    tree: DecisionTreeClassifier, points: Floats, whole: Flags, share: float = ROUNDING
) -> list[Leaf]:
    """The leaves of a tree, in the order of the questions; those that say the same merged.

    Parameters
    ----------
    points : the points on which the tree was grown
    whole : bool (columns,), columns of whole numbers
    share : of the points that reach a question, how many may change sides where it is rounded
    """
    root = _node(tree, 0, points, whole, share)
    return list(_leaves(root, Limits.none(points.shape[1])))


def predicted(leaves: list[Leaf], points: Floats) -> Kinds:
    """The kind that the leaves give each point; int64 (points,)."""
    kinds = np.full(len(points), NO_KIND, dtype=np.int64)
    for leaf in leaves:
        kinds[leaf.limits.holds(points)] = leaf.kind
    return kinds


def _node(
    tree: DecisionTreeClassifier, at: int, points: Floats, whole: Flags, share: float
) -> _Node:
    """A node and all below it; ``points`` are those that reach it."""
    grown = tree.tree_
    left, right = int(grown.children_left[at]), int(grown.children_right[at])
    kind = int(tree.classes_[np.argmax(grown.value[at, 0])])
    if left < 0:
        return _Node(kind)
    column, limit = int(grown.feature[at]), float(grown.threshold[at])
    values = points[:, column]
    if whole[column]:
        limit = math.floor(limit) + 0.5
    else:
        limit = readable(limit, np.sort(values), int(share * len(values)))
    below = _node(tree, left, points[values < limit], whole, share)
    above = _node(tree, right, points[values > limit], whole, share)
    if not below.branches and not above.branches and below.kind == above.kind:
        return _Node(below.kind)
    return _Node(kind, column, limit, (below, above))


def _leaves(node: _Node, limits: Limits) -> list[Leaf]:
    if not node.branches:
        return [Leaf(limits, node.kind)]
    below, above = node.branches
    return [
        *_leaves(below, limits.moved(node.column, True, node.limit)),
        *_leaves(above, limits.moved(node.column, False, node.limit)),
    ]
