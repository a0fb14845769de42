"""Textbook games in extensive form, written down as trees, and a generator of random ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction as F
from itertools import permutations
from random import Random
from typing import Any

from gametheory_crisis.games.extensive import (
    Behaviour,
    ExtensiveGame,
    Histories,
    InformationSet,
)


@dataclass(frozen=True)
class Move:
    """A player's move; moves of the same player and place are one information set."""

    player: str
    place: str
    actions: Mapping[str, Any]


@dataclass(frozen=True)
class Chance:
    """Nature's move: per event its probability and what follows."""

    events: Mapping[str, tuple[Any, Any]]


@dataclass
class _Builder:
    players: Sequence[str]

    def __post_init__(self) -> None:
        self.parent: list[int] = []
        self.children: list[list[int]] = []
        self.label: list[str] = []
        self.set_of: list[int] = []
        self.node: list[str] = []
        self.probability: list[Any] = []
        self.payoffs: list[tuple[Any, ...]] = []
        self.places: dict[str, int] = {}
        self.moves: list[Move] = []
        self.members: list[list[int]] = []
        self.last: list[dict[int, tuple[int, int]]] = []

    def add(
        self, what: Any, parent: int, label: str, share: Any, last: dict[int, tuple[int, int]]
    ) -> int:
        here = len(self.parent)
        self.parent.append(parent)
        self.children.append([])
        self.label.append(label)
        self.probability.append(share)
        self.last.append(last)
        self.set_of.append(-1)
        self.payoffs.append(())
        if isinstance(what, Move):
            self.node.append(what.place)
            place = self.places.setdefault(what.place, len(self.moves))
            if place == len(self.moves):
                self.moves.append(what)
                self.members.append([])
            assert tuple(self.moves[place].actions) == tuple(what.actions)
            self.set_of[here] = place
            self.members[place].append(here)
            player = self.players.index(what.player)
            for action, (name, follows) in enumerate(what.actions.items()):
                after = {**last, player: (place, action)}
                child = self.add(follows, here, f"{what.player}: {name}", F(1), after)
                self.children[here].append(child)
        elif isinstance(what, Chance):
            self.node.append("chance")
            for event, (chance, follows) in what.events.items():
                child = self.add(follows, here, f"nature: {event}", F(chance), last)
                self.children[here].append(child)
        else:
            self.node.append("end")
            self.payoffs[here] = tuple(F(p) for p in what)
        return here

    def game(self) -> ExtensiveGame:
        places = tuple(
            InformationSet(
                player=self.players.index(move.player),
                actions=tuple(move.actions),
                histories=tuple(members),
                node=move.place,
                before=self.last[members[0]].get(self.players.index(move.player)),
            )
            for move, members in zip(self.moves, self.members, strict=True)
        )
        ends = [h for h, children in enumerate(self.children) if not children]
        number = {h: k for k, h in enumerate(ends)}
        histories = Histories(
            parent=tuple(self.parent),
            children=tuple(map(tuple, self.children)),
            label=tuple(self.label),
            information_set=tuple(self.set_of),
            node=tuple(self.node),
            day=(0,) * len(self.parent),
            outcome=tuple(number.get(h, -1) for h in range(len(self.parent))),
        )
        outcomes = tuple(histories.words(h) for h in ends)
        return ExtensiveGame(
            tuple(self.players),
            outcomes,
            histories,
            places,
            tuple(self.probability),
            tuple(self.payoffs),
            exact=True,
        )


def tree(players: Sequence[str], root: Any) -> ExtensiveGame:
    """A game from nested moves; whatever is neither a move nor chance is a row of payoffs."""
    builder = _Builder(players)
    builder.add(root, -1, "", F(1), {})
    return builder.game()


def place_of(game: ExtensiveGame, node: str) -> int:
    """The information set with a name."""
    return next(k for k, place in enumerate(game.information_sets) if place.node == node)


def play(game: ExtensiveGame, **shares: Any) -> Behaviour:
    """A behaviour profile: per place an action's name, or the probabilities of all actions."""
    rows = []
    for place in game.information_sets:
        share = shares[place.node]
        if isinstance(share, str):
            share = [int(action == share) for action in place.actions]
        rows.append(tuple(F(s) for s in share))
    return tuple(rows)


def selten_horse() -> ExtensiveGame:
    """Selten (1975), figure 1."""
    down = {"L": (0, 0, 0), "R": (3, 2, 2)}
    across = {"L": (0, 0, 1), "R": (4, 4, 0)}
    two = Move("2", "two", {"R": (1, 1, 1), "L": Move("3", "three", across)})
    return tree("123", Move("1", "one", {"R": two, "L": Move("3", "three", down)}))


def beer_quiche(strong: Any = F(9, 10)) -> ExtensiveGame:
    """Cho and Kreps (1987), section II: 1 for the breakfast liked, 2 for no duel."""

    def eats(kind: str) -> Move:
        def meal(name: str) -> Move:
            liked = int((name == "beer") == (kind == "strong"))
            return Move(
                "B",
                f"after {name}",
                {
                    "fight": (liked, int(kind == "weak")),
                    "defer": (liked + 2, int(kind == "strong")),
                },
            )

        return Move("A", kind, {name: meal(name) for name in ("beer", "quiche")})

    share = F(strong)
    return tree(
        "AB", Chance({"strong": (share, eats("strong")), "weak": (1 - share, eats("weak"))})
    )


def card_game(ante: Any = 1, raised: Any = 1, high: Any = F(1, 2)) -> ExtensiveGame:
    """One sees the card and bets or gives up the ante; the other meets a bet or passes."""
    ante, raised, high = F(ante), F(raised), F(high)

    def seen(sign: int) -> Move:
        win = sign * (ante + raised)
        bet = Move("B", "answer", {"meet": (win, -win), "pass": (ante, -ante)})
        shown = sign * ante
        return Move("A", "high" if sign > 0 else "low", {"bet": bet, "show": (shown, -shown)})

    return tree("AB", Chance({"high": (high, seen(1)), "low": (1 - high, seen(-1))}))


def kuhn_poker() -> ExtensiveGame:
    """Kuhn (1950): three cards, one each, an ante of 1 and one bet of 1."""

    def dealt(a: int, b: int) -> Move:
        sign = 1 if a > b else -1

        def won(amount: int) -> tuple[int, int]:
            return amount, -amount

        answer = Move("A", f"A{a} bet to", {"call": won(2 * sign), "fold": won(-1)})
        after_check = Move("B", f"B{b} after check", {"bet": answer, "check": won(sign)})
        after_bet = Move("B", f"B{b} after bet", {"call": won(2 * sign), "fold": won(1)})
        return Move("A", f"A{a}", {"bet": after_bet, "check": after_check})

    deals = {f"{a}{b}": (F(1, 6), dealt(a, b)) for a, b in permutations(range(3), 2)}
    return tree("AB", Chance(deals))


def centipede(legs: int) -> ExtensiveGame:
    """Rosenthal (1981): take the larger share of a pot, or pass and see it double."""

    def leg(k: int) -> Any:
        small, large = 2**k, 4 * 2**k
        mine = (large, small) if k % 2 == 0 else (small, large)
        if k == legs:
            return mine
        return Move("AB"[k % 2], f"leg {k}", {"take": mine, "pass": leg(k + 1)})

    return tree("AB", leg(0))


def coordination(place: str, first: tuple[Any, Any], second: tuple[Any, Any]) -> Move:
    """Both choose at once; two profiles pay, the others nothing."""

    def reply(action: str) -> Move:
        payoffs = {"a": first, "b": second}
        return Move(
            "B",
            f"B at {place}",
            {other: payoffs[action] if other == action else (0, 0) for other in "ab"},
        )

    return Move("A", f"A at {place}", {action: reply(action) for action in "ab"})


def two_subgames() -> ExtensiveGame:
    """A chooses between two battles of the sexes, each with two pure equilibria and a mixed one."""
    return tree(
        "AB",
        Move(
            "A",
            "choice",
            {
                "left": coordination("left", (2, 1), (1, 2)),
                "right": coordination("right", (3, 1), (1, 3)),
            },
        ),
    )


def entry_deterrence() -> ExtensiveGame:
    """An entrant that comes in well or badly prepared; the incumbent sees only that it comes in."""

    def answer(ready: tuple[Any, Any], lost: tuple[Any, Any]) -> Move:
        return Move("I", "incumbent", {"fight": lost, "yield": ready})

    return tree(
        "EI",
        Move(
            "E",
            "entrant",
            {"out": (0, 2), "ready": answer((2, 1), (-1, -1)), "rash": answer((3, 0), (-1, -1))},
        ),
    )


def chain_store(
    markets: int = 3, a: Any = 3, b: Any = F(1, 2), tough: Any = F(1, 10)
) -> ExtensiveGame:
    """Kreps and Wilson (1982b): entrants face a monopolist who may be tough, one after another.

    A weak monopolist gets ``a`` where nobody enters, 0 where it yields and -1 where it fights, a
    tough one 0 where it fights and -1 where it yields; an entrant gets ``b`` if the monopolist
    yields, ``b - 1`` if it fights, and 0 outside.  Entrant 3 comes first.
    """
    players = ("M", *(f"E{k}" for k in range(markets, 0, -1)))

    def market(k: int, kind: str, past: str, sums: tuple[Any, ...]) -> Any:
        if k == 0:
            return sums

        def after(step: str, monopolist: Any, entrant: Any) -> Any:
            paid = list(sums)
            paid[0] += monopolist
            paid[markets - k + 1] += entrant
            return market(k - 1, kind, past + step, tuple(paid))

        weak = kind == "weak"
        entered = Move(
            "M",
            f"{kind}{past}",
            {
                "fight": after("f", -1 if weak else 0, b - 1),
                "yield": after("y", 0 if weak else -1, b),
            },
        )
        return Move(f"E{k}", f"E{k}{past}", {"in": entered, "out": after("o", a, 0)})

    zero = (F(0),) * len(players)
    return tree(
        players,
        Chance(
            {
                "tough": (F(tough), market(markets, "tough", "", zero)),
                "weak": (1 - F(tough), market(markets, "weak", "", zero)),
            }
        ),
    )


def absent_minded_driver() -> ExtensiveGame:
    """Piccione and Rubinstein (1997): two junctions that look alike to the driver."""
    second = Move("D", "junction", {"exit": (4,), "on": (1,)})
    return tree("D", Move("D", "junction", {"exit": (0,), "on": second}))


def forgetful() -> ExtensiveGame:
    """A player who forgets its own first move."""

    def again(x: int, y: int) -> Move:
        return Move("A", "second", {"l": (x, 0), "r": (y, 0)})

    return tree("AB", Move("A", "first", {"L": again(1, 0), "R": again(0, 1)}))


@dataclass
class RandomTrees:
    """Random small games: moves, chance, hidden moves, payoffs with many ties.

    ``hidden`` is the probability that a move of the same player at the same depth, with the same
    own past, is not told apart from an earlier one; players remember their own moves.  ``stop`` is
    the probability that the game ends early, ``leads`` that the same player moves at all histories
    of a length, ``wide`` that a move has three actions and not two.
    """

    seed: int
    players: int = 2
    depth: int = 3
    hidden: float = 0.7
    payoffs: tuple[int, int] = (0, 3)
    chance: float = 0.2
    stop: float = 0.15
    leads: float = 0.7
    wide: float = 0.2

    def game(self) -> ExtensiveGame:
        self._random = Random(self.seed)
        self._sets: dict[Any, list[str]] = {}
        self._actions: dict[str, str] = {}
        self._names = "ABCD"[: self.players]
        self._leaders = [self._random.choice(self._names) for _ in range(self.depth)]
        return tree(self._names, self._at(0, dict.fromkeys(self._names, ())))

    def _at(self, depth: int, past: dict[str, tuple[Any, ...]]) -> Any:
        random = self._random
        if depth == self.depth or (depth and random.random() < self.stop):
            return tuple(random.randint(*self.payoffs) for _ in past)
        if random.random() < self.chance:
            share = F(random.randint(1, 3), 4)
            return Chance(
                {
                    "up": (share, self._at(depth + 1, past)),
                    "down": (1 - share, self._at(depth + 1, past)),
                }
            )
        led = random.random() < self.leads
        player = self._leaders[depth] if led else random.choice(self._names)
        key = (player, depth, past[player])
        known = self._sets.setdefault(key, [])
        if known and random.random() < self.hidden:
            place = random.choice(known)
        else:
            place = f"{player}{depth}.{sum(map(len, self._sets.values()))}"
            known.append(place)
            self._actions[place] = "xyz" if random.random() < self.wide else "xy"
        return Move(
            player,
            place,
            {
                name: self._at(depth + 1, {**past, player: (*past[player], (place, name))})
                for name in self._actions[place]
            },
        )
