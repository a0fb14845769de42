"""Slow and obvious twins: what it means to be an equilibrium of a signalling game, tried on points.

Nothing here uses the solvers' own work.  A `Table` is a game of one sender and one receiver whose
types are drawn together, so each message leads to one information set per type of the receiver.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction as F
from itertools import pairwise, product
from random import Random
from typing import Any

import signalling_games as games

from gametheory_crisis.games.extensive import Assessment, ExtensiveGame, Family
from gametheory_crisis.solvers.polyhedron import feasible, maximum

Mixture = tuple[F, ...]
Profile = tuple[list[Mixture], list[list[Mixture]]]
"""Per type of the sender its messages; per message and type of the receiver its replies."""


@dataclass(frozen=True)
class Table:
    """A game in tables: ``prior[s][r]``, ``sender[s][r][m][b]`` and ``receiver[s][r][m][b]``.

    ``shape`` has the numbers of the sender's types, the receiver's, messages and replies.
    """

    shape: tuple[int, int, int, int]
    prior: Sequence[Sequence[F]]
    sender: Sequence[Any]
    receiver: Sequence[Any]

    def game(self) -> ExtensiveGame:
        """The same game as a tree."""
        types, others, messages, replies = self.shape

        def answer(s: int, r: int, m: int) -> games.Move:
            ends = {
                f"b{b}": (self.sender[s][r][m][b], self.receiver[s][r][m][b])
                for b in range(replies)
            }
            return games.Move("Receiver", f"r{r} after m{m}", ends, type=f"r{r}")

        def message(s: int, r: int) -> games.Move:
            after = {f"m{m}": answer(s, r, m) for m in range(messages)}
            return games.Move("Sender", f"s{s}", after, type=f"s{s}")

        draws = {
            f"s{s}r{r}": (self.prior[s][r], message(s, r))
            for s, r in product(range(types), range(others))
        }
        return games.build(["Sender", "Receiver"], games.nature(**draws))

    def grid(self, num: int) -> Iterator[Profile]:
        """All profiles of probabilities that are multiples of 1 / ``num``."""
        types, others, messages, replies = self.shape
        for sent in product(mixtures(messages, num), repeat=types):
            for flat in product(mixtures(replies, num), repeat=messages * others):
                yield list(sent), [list(flat[m * others :][:others]) for m in range(messages)]

    def is_equilibrium(self, profile: Profile) -> bool:
        """Whether a profile is sequentially rational with consistent beliefs, by definition."""
        sent, replied = profile
        return self._senders_content(sent, replied) and all(
            self._supported([row[m] for row in sent], replied[m], m) for m in range(self.shape[2])
        )

    def _senders_content(self, sent: Any, replied: Any) -> bool:
        types, others, messages, replies = self.shape
        for s in range(types):
            worth = [
                sum(
                    self.prior[s][r] * replied[m][r][b] * self.sender[s][r][m][b]
                    for r, b in product(range(others), range(replies))
                )
                for m in range(messages)
            ]
            if any(share and gain < max(worth) for share, gain in zip(sent[s], worth, strict=True)):
                return False
        return True

    def _supported(self, weights: list[F], replied: list[Mixture], m: int) -> bool:
        """Whether Bayes' rule, or one tremble off the path, makes every reply to a message best."""
        if any(weights):
            return self.best_at(weights, replied, m)
        if self.shape[0] == 2:
            return any(self.best_at(tremble, replied, m) for tremble in self.tremble_ratios(m))
        assert self.shape[1] == 1
        return self._some_belief(replied[0], m)

    def best_at(self, weights: list[F], replied: list[Mixture], m: int) -> bool:
        """Whether replies are best when types send a message in the ratio of weights.

        Of two types the one of weight 0 counts where the other cannot be there.
        """
        types, others, _, replies = self.shape
        for r in range(others):
            shares = [self.prior[s][r] * weights[s] for s in range(types)]
            if not any(shares):
                shares = [self.prior[s][r] * (weights[s] == 0) for s in range(types)]
            worth = [
                sum(shares[s] * self.receiver[s][r][m][b] for s in range(types))
                for b in range(replies)
            ]
            if any(y and gain < max(worth) for y, gain in zip(replied[r], worth, strict=True)):
                return False
        return True

    def tremble_ratios(self, m: int) -> Iterator[list[F]]:
        """Every ratio of two types at which two replies tie, one between each two, and the ends."""
        _, others, _, replies = self.shape
        critical = {F(0), F(1)}
        for r, b, c in product(range(others), range(replies), range(replies)):
            one, two = (
                self.prior[s][r] * (self.receiver[s][r][m][b] - self.receiver[s][r][m][c])
                for s in (0, 1)
            )
            if one * two < 0:
                critical.add(-two / (one - two))
        between = [(a + b) / 2 for a, b in pairwise(sorted(critical))]
        for weight in [*critical, *between]:
            yield [weight, 1 - weight]

    def _some_belief(self, replied: Mixture, m: int) -> bool:
        """Whether some belief over the types makes all replies that are used best."""
        types, _, _, replies = self.shape
        used = [b for b in range(replies) if replied[b]]
        slacks = [(b, c) for b in used for c in range(replies) if b != c]
        rows = [[F(1)] * types + [F(0)] * len(slacks)]
        for k, (b, c) in enumerate(slacks):
            gains = [self.receiver[s][0][m][b] - self.receiver[s][0][m][c] for s in range(types)]
            rows.append([*map(F, gains), *(-F(k == j) for j in range(len(slacks)))])
        return feasible(rows, [F(1)] + [F(0)] * len(slacks)) is not None


def supported_profiles(table: Table) -> Iterator[Profile]:
    """For every choice of messages and replies to use one equilibrium that uses just these.

    Every equilibrium has the messages and replies in use, and beliefs off the path, of one of them.
    """
    types, others, messages, replies = table.shape
    reply_sets = list(product(_subsets(replies), repeat=messages * others))
    for sent in product(_subsets(messages), repeat=types):
        tried: dict[Any, list[F] | None] = {}
        for answers in reply_sets:
            on_path = tuple(
                (m, r, answers[m * others + r])
                for m in range(messages)
                for r in range(others)
                if any(m in sent[s] and table.prior[s][r] for s in range(types))
            )
            if on_path not in tried:
                tried[on_path] = _mix(sent, _senders_ties(table, sent, on_path))
            xs = tried[on_path]
            ys = None if xs is None else _mix(answers, _receivers_ties(table, sent, answers))
            if xs is None or ys is None:
                continue
            x, y = iter(xs), iter(ys)
            profile = (
                [tuple(next(x) if m in row else F(0) for m in range(messages)) for row in sent],
                _by_message(
                    [
                        tuple(next(y) if b in row else F(0) for b in range(replies))
                        for row in answers
                    ],
                    others,
                ),
            )
            if table.is_equilibrium(profile):
                yield profile


def _by_message(rows: list[Mixture], others: int) -> list[list[Mixture]]:
    return [rows[k : k + others] for k in range(0, len(rows), others)]


def _subsets(size: int) -> list[tuple[int, ...]]:
    return [tuple(k for k in range(size) if mask >> k & 1) for mask in range(1, 1 << size)]


Row = tuple[dict[Any, F], F, bool]
"""Coefficients by (owner, choice), a right hand side, and whether less will do."""


def _senders_ties(table: Table, sent: Any, on_path: Any) -> list[Row]:
    """What messages must satisfy for replies on the path to be best."""
    rows: list[Row] = []
    for m, r, used in on_path:
        for c in range(table.shape[3]):
            if c != used[0]:
                row = {
                    (s, m): table.prior[s][r]
                    * (table.receiver[s][r][m][c] - table.receiver[s][r][m][used[0]])
                    for s in range(table.shape[0])
                    if m in sent[s]
                }
                rows.append((row, F(0), c not in used))
    return rows


def _receivers_ties(table: Table, sent: Any, answers: Any) -> list[Row]:
    """What replies must satisfy for messages to be best."""
    types, others, messages, _ = table.shape
    rows: list[Row] = []
    for s, m in product(range(types), range(messages)):
        if m != sent[s][0]:
            row: dict[Any, F] = {}
            for sign, message in ((1, m), (-1, sent[s][0])):
                for r in range(others):
                    k = message * others + r
                    for b in answers[k]:
                        gain = table.prior[s][r] * table.sender[s][r][message][b]
                        row[k, b] = row.get((k, b), F(0)) + sign * gain
            rows.append((row, F(0), m not in sent[s]))
    return rows


def _mix(used: Sequence[tuple[int, ...]], rows: list[Row]) -> list[F] | None:
    """Probabilities of used choices that satisfy rows, the least of them as large as can be."""
    keys = [(owner, choice) for owner, choices in enumerate(used) for choice in choices]
    slacks = sum(less for _, _, less in rows)
    matrix, right, slack = [], [], 0
    for row, end, less in rows:
        extra = [F(0)] * slacks
        if less:
            extra[slack] = F(1)
            slack += 1
        # Every probability is the smallest one plus something.
        matrix.append([row.get(key, F(0)) for key in keys] + [sum(row.values(), F(0)), *extra])
        right.append(end)
    for owner, choices in enumerate(used):
        ones = [F(key[0] == owner) for key in keys]
        matrix.append([*ones, F(len(choices)), *([F(0)] * slacks)])
        right.append(F(1))
    best = maximum([F(0)] * len(keys) + [F(1)] + [F(0)] * slacks, matrix, right)
    if best is None or not best.value:
        return None
    return [share + best.value for share in best.point[: len(keys)]]


def survives(table: Table, profile: Profile, m: int, criterion: str) -> bool:
    """Whether a message off the path speaks against a pure equilibrium of two types and replies.

    Replies are tried on a grid: payoffs are whole and at most 3, so that types are indifferent at
    multiples of 1/6 at most.
    """
    sent, replied = profile
    level = []
    for s in range(2):
        used = sent[s].index(1)
        level.append(table.sender[s][0][used][replied[used][0].index(1)])

    def gains(s: int, reply: Mixture) -> F:
        worth = zip(reply, table.sender[s][0][m], strict=True)
        return sum((share * F(payoff) for share, payoff in worth), F(0)) - level[s]

    critical = sorted({w for w, _ in table.tremble_ratios(m)} | {F(1, 2)})
    ratios = [*critical, *((a + b) / 2 for a, b in pairwise(critical))]
    grid = mixtures(2, 12)

    def best_for(ratios: list[F]) -> list[Mixture]:
        return [y for y in grid if any(table.best_at([w, 1 - w], [y], m) for w in ratios)]

    everything = best_for(ratios)
    if criterion == "intuitive":
        left = [s for s in range(2) if max(gains(s, y) for y in everything) >= 0]
        kept = [w for w in ratios if (w == 0 or 0 in left) and (w == 1 or 1 in left)]
        return not any(all(gains(s, y) > 0 for y in best_for(kept)) for s in left if kept)
    for s, other in ((0, 1), (1, 0)):
        weakly = {y for y in everything if gains(s, y) >= 0}
        if weakly < {y for y in everything if gains(other, y) > 0}:
            share = (lambda w: w) if s == 0 else (lambda w: 1 - w)
            most = F(0) if criterion == "D1" else F(1, 2)
            ratios = [w for w in ratios if share(w) <= most]
            break
    return any(all(gains(s, y) <= 0 for s in range(2)) for y in best_for(ratios))


def mixtures(size: int, num: int) -> list[Mixture]:
    """All probability vectors of multiples of 1 / ``num``."""
    return [
        tuple(F(c, num) for c in counts)
        for counts in product(range(num + 1), repeat=size)
        if sum(counts) == num
    ]


def random_table(
    rng: Random, shape: tuple[int, int, int, int], most: int, *, holes: bool = False
) -> Table:
    """A game with payoffs from 0 to ``most``; with ``holes`` some pairs of types cannot meet."""
    types, others, messages, replies = shape
    low = 0 if holes else 1
    while True:
        counts = [[rng.randint(low, 2) for _ in range(others)] for _ in range(types)]
        if all(map(any, counts)) and all(map(any, zip(*counts, strict=True))):
            break
    total = sum(map(sum, counts))
    prior = [[F(count, total) for count in row] for row in counts]

    def payoffs() -> list[Any]:
        return [
            [
                [[rng.randint(0, most) for _ in range(replies)] for _ in range(messages)]
                for _ in range(others)
            ]
            for _ in range(types)
        ]

    return Table(shape, prior, payoffs(), payoffs())


def listed_in(game: ExtensiveGame, family: Family, profile: Profile) -> bool:
    """Whether a family has a profile's behaviour at every information set that the profile reaches.

    Ranges are compared one by one, so this is necessary, and exact where one number varies.
    """
    sent, replied = profile
    for place, set_ in enumerate(game.information_sets):
        words = set_.node.replace("after ", "").split()
        if len(words) == 1:
            played = sent[int(words[0][1:])]
        else:
            r, m = (int(word[1:]) for word in words)
            played = replied[m][r]
            shares = [sent[_sender(game, h)][m] for h in set_.histories]
            if not any(shares):
                continue
        for action, share in enumerate(played):
            shown = family.assessment.behaviour[place][action]
            low, high = family.ranges.get((place, action), (shown, shown))
            if not low <= share <= high:
                return False
    return True


def _sender(game: ExtensiveGame, history: int) -> int:
    """The sender's type on the way to an answer."""
    before = game.histories.parent[history]
    return int(game.information_sets[game.histories.information_set[before]].node[1:])


def regret(game: ExtensiveGame, assessment: Assessment) -> F:
    """The most that a player gains by another action anywhere, given what it believes there."""
    histories, behaviour = game.histories, assessment.behaviour
    assert assessment.beliefs is not None
    worth: dict[int, tuple[Any, ...]] = {}
    for history in reversed(range(len(histories))):
        children, place = histories.children[history], histories.information_set[history]
        if not children:
            worth[history] = game.payoffs[history]
            continue
        shares = [
            game.probability[child] if place < 0 else behaviour[place][action]
            for action, child in enumerate(children)
        ]
        worth[history] = tuple(
            sum(share * worth[child][i] for share, child in zip(shares, children, strict=True))
            for i in range(len(game.players))
        )
    most = F(0)
    for place, set_ in enumerate(game.information_sets):
        gains = [
            sum(
                belief * worth[histories.children[history][action]][set_.player]
                for belief, history in zip(assessment.beliefs[place], set_.histories, strict=True)
            )
            for action in range(len(set_.actions))
        ]
        own = sum(share * gain for share, gain in zip(behaviour[place], gains, strict=True))
        most = max(most, max(gains) - own)
    return most


def is_bayesian(game: ExtensiveGame, assessment: Assessment) -> bool:
    """Whether beliefs follow from behaviour wherever play comes."""
    histories, reach = game.histories, [F(1)]
    for history in range(1, len(histories)):
        before = histories.parent[history]
        place = histories.information_set[before]
        action = histories.children[before].index(history)
        move = game.probability[history] if place < 0 else assessment.behaviour[place][action]
        reach.append(reach[before] * F(move))
    assert assessment.beliefs is not None
    for set_, beliefs in zip(game.information_sets, assessment.beliefs, strict=True):
        shares = [reach[history] for history in set_.histories]
        if sum(beliefs) != 1 or min(beliefs) < 0:
            return False
        if any(shares) and [b * sum(shares) for b in beliefs] != shares:
            return False
    return True
