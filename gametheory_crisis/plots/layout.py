"""A layered layout of a directed graph with labelled links, from left to right.

The method is that of Sugiyama, Tagawa and Toda (1981), Methods for visual understanding of
hierarchical system structures, IEEE Transactions SMC 11(2): set aside the links that close cycles,
put nodes in layers, reduce crossings by barycentres, then choose heights. A link's label is an item
of a layer of its own behind its source, so no text can lie on another. Links that close a cycle are
led around the others (see `plots.lanes`). Every step is deterministic.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

CROSSING_SWEEPS = 12
HEIGHT_SWEEPS = 48
BOX_GAP, LABEL_GAP = 16.0, 7.0
BEND_HEIGHT = 4.0
CROSSED_PENALTY = 4.0
"""How much straighter a link through other layers is kept than one to the next."""


@dataclass(frozen=True, slots=True)
class Box:
    """A node: its name and size."""

    name: str
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Link:
    """A way from one box to another with the size of its label; ``late`` if it takes days."""

    source: str
    target: str
    width: float = 0.0
    height: float = 0.0
    late: bool = False


@dataclass(slots=True)
class Item:
    """Something that takes room in a layer: a box, a label, or a bend of a long link.

    ``before`` and ``after`` are its neighbours in the layers to the left and right.
    """

    layer: int
    width: float
    height: float
    gap: float
    weight: float = 1.0
    y: float = 0.0
    before: list[Item] = field(default_factory=list)
    after: list[Item] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Items in their layers, ordered from the top; boxes stand in even layers, labels in odd ones.

    ``chains[k]`` holds the label and the bends of link ``k``, from source to target; it is None for
    a link that closes a cycle.
    """

    layers: list[list[Item]]
    boxes: dict[str, Item]
    chains: list[list[Item] | None]


def arrange(boxes: Sequence[Box], links: Sequence[Link], start: str) -> Arrangement:
    """Layers, order within them and heights; the first layer is that of ``start``."""
    closing = closing_links([box.name for box in boxes], links)
    forward = [link for k, link in enumerate(links) if k not in closing]
    layer = layers_of([box.name for box in boxes], forward, start)
    items = {
        box.name: Item(2 * layer[box.name], box.width, box.height, BOX_GAP, 2.0) for box in boxes
    }
    chains = [None if k in closing else _chain(link, items) for k, link in enumerate(links)]
    layers = _in_first_order(items, links, chains, start)
    _reduce_crossings(layers)
    _choose_heights(layers)
    return Arrangement(layers, items, chains)


def closing_links(names: Iterable[str], links: Sequence[Link]) -> frozenset[int]:
    """Indices of links that would close a cycle if links were added one by one, late ones last."""
    after: dict[str, list[str]] = {name: [] for name in names}
    closing = set()
    for k in sorted(range(len(links)), key=lambda k: links[k].late):
        link = links[k]
        if _reaches(after, link.target, link.source):
            closing.add(k)
        else:
            after[link.source].append(link.target)
    return frozenset(closing)


def _reaches(after: Mapping[str, Sequence[str]], source: str, target: str) -> bool:
    seen, stack = {source}, [source]
    while stack:
        name = stack.pop()
        if name == target:
            return True
        fresh = [successor for successor in after[name] if successor not in seen]
        seen.update(fresh)
        stack.extend(fresh)
    return False


def layers_of(names: Sequence[str], links: Sequence[Link], start: str) -> dict[str, int]:
    """Length of the longest path to each node of an acyclic graph; roots other than ``start`` stand
    just before what they lead to."""
    after: dict[str, list[str]] = {name: [] for name in names}
    missing = dict.fromkeys(names, 0)
    for link in links:
        after[link.source].append(link.target)
        missing[link.target] += 1
    roots = [name for name in names if not missing[name]]
    layer, ready = dict.fromkeys(names, 0), list(roots)
    while ready:
        name = ready.pop()
        for target in after[name]:
            layer[target] = max(layer[target], layer[name] + 1)
            missing[target] -= 1
            if not missing[target]:
                ready.append(target)
    for name in roots:
        if name != start and after[name]:
            layer[name] = min(layer[target] for target in after[name]) - 1
    return layer


def _chain(link: Link, items: Mapping[str, Item]) -> list[Item]:
    source, target = items[link.source], items[link.target]
    chain = [Item(source.layer + 1, link.width, max(link.height, BEND_HEIGHT), LABEL_GAP)]
    chain += [
        Item(layer, 0.0, BEND_HEIGHT, LABEL_GAP, CROSSED_PENALTY)
        for layer in range(source.layer + 2, target.layer)
    ]
    for left, right in zip([source, *chain], [*chain, target], strict=True):
        left.after.append(right)
        right.before.append(left)
    return chain


def _in_first_order(
    items: Mapping[str, Item],
    links: Sequence[Link],
    chains: Sequence[list[Item] | None],
    start: str,
) -> list[list[Item]]:
    """Layers in the order of a walk through the graph in depth, which draws a tree uncrossed."""
    leaving: dict[str, list[int]] = {name: [] for name in items}
    for k, link in enumerate(links):
        leaving[link.source].append(k)
    layers: list[list[Item]] = [[] for _ in range(1 + max(item.layer for item in items.values()))]
    seen: set[str] = set()
    stack: list[tuple[str, int | None]] = [(name, None) for name in (*reversed([*items]), start)]
    while stack:
        name, by = stack.pop()
        if by is not None:
            for item in chains[by] or ():
                layers[item.layer].append(item)
        if name not in seen:
            seen.add(name)
            layers[items[name].layer].append(items[name])
            stack.extend((links[k].target, k) for k in reversed(leaving[name]))
    return layers


def _reduce_crossings(layers: list[list[Item]]) -> None:
    """Reorder layers in place; the best order seen is kept."""
    best, fewest = [list(layer) for layer in layers], count_crossings(layers)
    for sweep in range(CROSSING_SWEEPS):
        if not fewest:
            break
        rightwards = sweep % 2 == 0
        for layer in layers if rightwards else reversed(layers):
            _sort_by_barycentre(layers, layer, rightwards)
        crossings = count_crossings(layers)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    layers[:] = best


def _sort_by_barycentre(layers: list[list[Item]], layer: list[Item], rightwards: bool) -> None:
    if not layer:
        return
    beside = layer[0].layer + (-1 if rightwards else 1)
    if not 0 <= beside < len(layers):
        return
    place = {id(item): k for k, item in enumerate(layers[beside])}
    centres = {}
    for k, item in enumerate(layer):
        near = item.before if rightwards else item.after
        centres[id(item)] = sum(place[id(other)] for other in near) / len(near) if near else k
    layer.sort(key=lambda item: centres[id(item)])


def count_crossings(layers: Sequence[Sequence[Item]]) -> int:
    """Number of pairs of links between neighbouring layers that cross."""
    crossings = 0
    for left, right in itertools.pairwise(layers):
        place = {id(item): k for k, item in enumerate(right)}
        ends: list[int] = []
        for item in left:
            mine = sorted(place[id(other)] for other in item.after)
            crossings += sum(len(ends) - bisect_right(ends, end) for end in mine)
            for end in mine:
                insort(ends, end)
    return crossings


def _choose_heights(layers: Sequence[Sequence[Item]]) -> None:
    """Give every item a height ``y`` near its neighbours', without overlap, in place."""
    for layer in layers:
        _settle(layer, [0.0] * len(layer))
    for sweep in range(HEIGHT_SWEEPS):
        one_sided = sweep < HEIGHT_SWEEPS // 4
        for ordered in (layers, layers[::-1]):
            for layer in ordered:
                _settle(layer, [_wanted(item, one_sided, ordered is layers) for item in layer])


def _wanted(item: Item, one_sided: bool, rightwards: bool) -> float:
    near = item.before + item.after
    if one_sided:
        near = item.before if rightwards else item.after
    total = sum(other.weight for other in near)
    return sum(other.y * other.weight for other in near) / total if total else item.y


def _settle(layer: Sequence[Item], wanted: Sequence[float]) -> None:
    """Heights nearest to those wanted, in weighted squares, that keep the order and the gaps.

    With the gaps subtracted this is isotonic regression, solved by pooling adjacent violators.
    """
    offsets, offset = [], 0.0
    for k, item in enumerate(layer):
        if k:
            above = layer[k - 1]
            offset += (above.height + item.height) / 2 + max(above.gap, item.gap)
        offsets.append(offset)
    pools: list[tuple[float, float, int]] = []
    for item, want, offset in zip(layer, wanted, offsets, strict=True):
        mean, weight, count = want - offset, item.weight, 1
        while pools and pools[-1][0] > mean:
            other, other_weight, other_count = pools.pop()
            mean = (mean * weight + other * other_weight) / (weight + other_weight)
            weight, count = weight + other_weight, count + other_count
        pools.append((mean, weight, count))
    means = [mean for mean, _, count in pools for _ in range(count)]
    for item, mean, offset in zip(layer, means, offsets, strict=True):
        item.y = mean + offset
