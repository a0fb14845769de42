"""Products of messages and replies as families of equilibria, each with one that stands for it.

Equilibria that have the same behaviour on the path are one family, whatever is replied or believed
off it (`absorption`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.extensive import Assessment, ExtensiveGame, Family
from gametheory_crisis.games.signalling import SignallingForm
from gametheory_crisis.solvers.extensive_form.absorption import Absorption, Product, in_hull
from gametheory_crisis.solvers.extensive_form.corners import Corner
from gametheory_crisis.solvers.extensive_form.folding import Folding
from gametheory_crisis.solvers.extensive_form.trembles import (
    OffPath,
    limit_beliefs,
    profile,
    without_trembles,
)
from gametheory_crisis.solvers.extensive_form.values import reach
from gametheory_crisis.solvers.polyhedron import Vector

ZERO, ONE = Fraction(0), Fraction(1)


MOST_ENDS = 64
"""Ends that are listed of one continuum; of a more involved one a single equilibrium is."""
END = "an end of a continuum"


def families(
    form: SignallingForm, folding: Folding, off_path: OffPath, products: Sequence[Product]
) -> list[Family]:
    """The families that products make up, one for each that no other absorbs.

    Of a product along which payoffs or outcomes vary the ends are families of their own.
    """
    absorption = Absorption(form, folding.chosen, products)
    absorbed: dict[int, list[Product]] = {}
    for k, product in enumerate(products):
        absorbed.setdefault(absorption.into(k), []).append(product)
    found: list[Family] = []
    for k, members in absorbed.items():
        if 1 < len(absorption.ends(k)) <= MOST_ENDS:
            ranges = _ranges(form, folding, members)
            ends = absorption.ends(k).values()
            found += [_end(form, folding, off_path, pairs, ranges) for pairs in ends]
        else:
            found.append(_family(form, folding, off_path, absorption, k, members))
    return found


def _end(
    form: SignallingForm,
    folding: Folding,
    off_path: OffPath,
    pairs: Sequence[tuple[Corner, Corner]],
    ranges: Mapping[tuple[int, int], tuple[Number, Number]],
) -> Family:
    """One end of a continuum, from the pairs of vertices that lead to the same.

    ``ranges`` : what varies in the whole continuum
    """

    def plain(pair: tuple[Corner, Corner]) -> tuple[object, ...]:
        sent, replied = pair
        return sent.used.bit_count(), _earliest(sent), _impurity(form.replies_of, replied.point)

    sent, replied = min(pairs, key=plain)
    assessment = _assessment(form, folding, off_path, sent.reached, sent.point, replied.point)
    words = [word for word in (_kind(form, sent.point), END) if word]
    return Family(assessment, ", ".join(words), ranges)


def _family(
    form: SignallingForm,
    folding: Folding,
    off_path: OffPath,
    absorption: Absorption,
    k: int,
    members: Sequence[Product],
) -> Family:
    """The family of a product and of those that it absorbs."""
    product = absorption.products[k]
    messages = _representative_messages(form, product)
    same = [m for m in members if m.reached == product.reached and m.messages == product.messages]
    candidates = [corner.point for member in same for corner in member.replies]
    replies = min(candidates, key=lambda point: _impurity(form.replies_of, point))
    assessment = _assessment(form, folding, off_path, product.reached, messages, replies)
    kind = _kind(form, messages)
    alike = {_kind(form, corner.point).partition(" ")[0] for corner in product.messages}
    if alike != {kind.partition(" ")[0]} and not absorption.matters_to_nobody(k):
        kind = ""
    return Family(assessment, kind, _ranges(form, folding, members))


def _ranges(
    form: SignallingForm, folding: Folding, members: Sequence[Product]
) -> dict[tuple[int, int], tuple[Number, Number]]:
    """The least and the largest probability of every action for which they differ."""
    ranges: dict[tuple[int, int], tuple[Number, Number]] = {}
    for moves, places, points in (
        (form.messages, form.senders, [c.point for m in members for c in m.messages]),
        (form.replies, form.receivers, [c.point for m in members for c in m.replies]),
    ):
        columns = zip(*points, strict=True)
        for (owner, action), column in zip(moves, columns, strict=True):
            if min(column) < max(column):
                ranges[places[owner], action] = min(column), max(column)
    for place, actions in folding.indifferent.items():
        ranges |= {(place, action): (ZERO, ONE) for action in actions}
    return dict(sorted(ranges.items()))


def _representative_messages(form: SignallingForm, product: Product) -> Vector:
    """Messages that reach all that a product reaches: pure ones, or alike and even, or few."""
    whole = [corner for corner in product.messages if corner.reached == product.reached]
    fewest = min(
        whole, key=lambda corner: (corner.used.bit_count(), _earliest(corner)), default=None
    )
    if fewest is not None and fewest.used.bit_count() == len(form.senders):
        return fewest.point
    points = {corner.point for corner in product.messages}
    used = [any(column) for column in zip(*points, strict=True)]
    counts = [sum(used[k] for k in own) for own in form.messages_of]
    even = tuple(Fraction(used[k], counts[sender]) for k, (sender, _) in enumerate(form.messages))
    if len(form.senders) > 1 and in_hull(even, points):
        return even
    if fewest is not None:
        return fewest.point
    return tuple(sum(column, ZERO) / len(points) for column in zip(*points, strict=True))


def _earliest(corner: Corner) -> Vector:
    return tuple(-share for share in corner.point)


def _impurity(owners: Sequence[Sequence[int]], point: Vector) -> tuple[int, Vector]:
    """Few mixtures first, then early actions."""
    mixed = sum(all(point[k] != ONE for k in choices) for choices in owners)
    return mixed, tuple(-share for share in point)


def _assessment(
    form: SignallingForm,
    folding: Folding,
    off_path: OffPath,
    reached: int,
    messages: Vector,
    replies: Vector,
) -> Assessment:
    """Behaviour at every information set of the game, and consistent beliefs."""
    silent = ((1 << len(form.receivers)) - 1) & ~reached
    used = sum(1 << k for k, share in enumerate(replies) if share) & form.replies_at(silent)
    stages = off_path.orders(silent, used)
    trembling = {m: (k + 1, w) for k, stage in enumerate(stages) for m, w in stage.items()}
    last = len(stages) + 1
    trembles = {m: trembling.get(m, (last, ONE)) for m in range(len(form.messages))}
    shares = profile(form, folding.chosen, messages, replies, trembles)
    supporting = {}
    for receiver in range(len(form.receivers)):
        if silent >> receiver & 1:
            beliefs = off_path.beliefs(silent, used, receiver)
            if len(beliefs) > 1:
                vertices = [_over_histories(form, receiver, belief) for belief in beliefs]
                supporting[form.receivers[receiver]] = tuple(sorted(vertices, reverse=True))
    return Assessment(without_trembles(shares), limit_beliefs(form.game, shares), supporting)


def _over_histories(
    form: SignallingForm, receiver: int, belief: Mapping[int, Fraction]
) -> tuple[Fraction, ...]:
    """Beliefs about messages as beliefs about the histories of a receiver."""
    game, leads = form.game, form.leads[receiver]
    histories = game.information_sets[form.receivers[receiver]].histories
    before = [form.message_before[history] for history in histories]
    return tuple(
        belief.get(message, ZERO) * Fraction(game.chance[history]) / leads[message]
        for history, message in zip(histories, before, strict=True)
    )


def _kind(form: SignallingForm, messages: Vector) -> str:
    """In words, where one player makes all first moves and its types have the same messages."""
    sets = [form.game.information_sets[place] for place in form.senders]
    if len(sets) < 2 or len({(set_.player, set_.actions) for set_ in sets}) > 1:
        return ""
    rows = [tuple(messages[k] for k in own) for own in form.messages_of]
    if len(set(rows)) == 1:
        names = [name for name, share in zip(sets[0].actions, rows[0], strict=True) if share]
        return f"pooling on {' and '.join(names)}"
    once = all(sum(share > 0 for share in column) <= 1 for column in zip(*rows, strict=True))
    return "separating" if once else "semi-separating"


def listed(game: ExtensiveGame, found: Iterable[Family]) -> tuple[Family, ...]:
    """Families, those with the same behaviour on the path made one."""
    kept: dict[object, Family] = {}
    for family in found:
        place = _on_path(game, family)
        kept[place] = _joined(kept[place], family) if place in kept else family
    return tuple(kept.values())


def by_earliest_actions(family: Family) -> tuple[Number, ...]:
    """A key that puts families first whose players take earlier actions."""
    return tuple(-share for row in family.assessment.behaviour for share in row)


def _on_path(game: ExtensiveGame, family: Family) -> object:
    """What a family does at the information sets that it reaches."""
    behaviour, shares = family.assessment.behaviour, reach(game, family.assessment.behaviour)
    reached = [
        place
        for place, set_ in enumerate(game.information_sets)
        if any(shares[history] for history in set_.histories)
    ]
    ranges = tuple(item for item in family.ranges.items() if item[0][0] in reached)
    return tuple((place, behaviour[place]) for place in reached), ranges


def _joined(family: Family, other: Family) -> Family:
    """A family with the ranges of another that differs from it only off the path."""
    ranges = dict(family.ranges)
    pairs = zip(family.assessment.behaviour, other.assessment.behaviour, strict=True)
    for place, (row, more) in enumerate(pairs):
        for action, ends in enumerate(zip(row, more, strict=True)):
            both = [
                *ends,
                *family.ranges.get((place, action), ()),
                *other.ranges.get((place, action), ()),
            ]
            if min(both) < max(both):
                ranges[place, action] = min(both), max(both)
    return replace(family, ranges=dict(sorted(ranges.items())))
