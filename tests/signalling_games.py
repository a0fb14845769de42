"""Signalling games built by hand as extensive games, and textbook ones among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction as F
from typing import Any

from gametheory_crisis.games.extensive import (
    ExtensiveGame,
    Histories,
    InformationSet,
)


@dataclass
class Move:
    """A move of a player (or of nature, named ``None``) with what follows each action or event.

    ``information`` names the information set; moves of the same name form one.
    """

    player: str | None
    information: str
    next: Mapping[str, Any]
    chances: Mapping[str, Any] = field(default_factory=dict)
    type: str = ""


def end(*payoffs: Any) -> tuple[Any, ...]:
    """Where the game ends: payoffs in the order of the players."""
    return payoffs


def nature(**events: tuple[Any, Any]) -> Move:
    """A chance move: per event its probability and what follows."""
    return Move(
        None,
        "",
        {name: after for name, (_, after) in events.items()},
        {name: chance for name, (chance, _) in events.items()},
    )


def build(players: Sequence[str], tree: Any, *, exact: bool = True) -> ExtensiveGame:
    """The extensive game of a tree of moves and ends; events of probability 0 are left out."""
    parent: list[int] = []
    children: list[list[int]] = []
    label: list[str] = []
    owner: list[str | None] = []
    probability: list[Any] = []
    payoffs: list[tuple[Any, ...]] = []
    moves: dict[str, list[tuple[int, Move]]] = {}
    number = F if exact else float

    def visit(node: Any, before: int, words: str, chance: Any) -> int:
        here = len(parent)
        parent.append(before)
        children.append([])
        label.append(words)
        owner.append(None)
        probability.append(number(chance))
        payoffs.append(())
        if isinstance(node, tuple):
            payoffs[here] = tuple(number(payoff) for payoff in node)
            return here
        if node.player is not None:
            owner[here] = node.information
            moves.setdefault(node.information, []).append((here, node))
        for name, after in node.next.items():
            chance = node.chances.get(name, 1)
            if chance:
                said = f"{node.player or 'nature'}: {name}"
                children[here].append(visit(after, here, said, chance))
        return here

    visit(tree, -1, "", 1)
    names = sorted(moves, key=lambda name: moves[name][0][0])
    index = {name: k for k, name in enumerate(names)}
    histories = Histories(
        tuple(parent),
        tuple(map(tuple, children)),
        tuple(label),
        tuple(-1 if name is None else index[name] for name in owner),
        tuple(name or "" for name in owner),
        (0,) * len(parent),
        tuple(0 if row else -1 for row in payoffs),
    )
    sets = tuple(
        InformationSet(
            player=list(players).index(str(moves[name][0][1].player)),
            actions=tuple(moves[name][0][1].next),
            histories=tuple(history for history, _ in moves[name]),
            node=name,
            type=moves[name][0][1].type,
        )
        for name in names
    )
    return ExtensiveGame(
        tuple(players), ("over",), histories, sets, tuple(probability), tuple(payoffs), exact
    )


def signalling(
    prior: Mapping[str, Any],
    payoffs: Mapping[tuple[str, str, str], tuple[Any, Any]],
    *,
    exact: bool = True,
) -> ExtensiveGame:
    """A signalling game: ``payoffs[type, message, reply]`` of sender and receiver."""
    messages = list(dict.fromkeys(message for _, message, _ in payoffs))
    replies = list(dict.fromkeys(reply for _, _, reply in payoffs))
    types = {
        name: (
            chance,
            Move(
                "Sender",
                f"sender {name}",
                {
                    m: Move("Receiver", f"after {m}", {r: payoffs[name, m, r] for r in replies})
                    for m in messages
                },
                type=name,
            ),
        )
        for name, chance in prior.items()
    }
    return build(["Sender", "Receiver"], nature(**types), exact=exact)


def beer_quiche(
    strong: Any, *, taste: Any = 1, peace: Any = 2, exact: bool = True
) -> ExtensiveGame:
    """Cho and Kreps (1987, section II): the favourite breakfast is worth 1, no duel is worth 2."""
    payoffs = {}
    for type_, favourite in (("strong", "beer"), ("weak", "quiche")):
        for message in ("beer", "quiche"):
            for reply in ("duel", "defer"):
                own = (taste if message == favourite else 0) + (peace if reply == "defer" else 0)
                payoffs[type_, message, reply] = own, int((type_ == "weak") == (reply == "duel"))
    return signalling({"strong": strong, "weak": 1 - strong}, payoffs, exact=exact)


def preventive_strike(ps: Any, *, wD: Any = F(7, 10), false_alarm: Any = 0) -> ExtensiveGame:
    """Debs and Monteiro (2014), reduced: an investment is seen with probability ``ps``."""
    peace, shift, war = (F(1), F(1, 2)), (F(2, 5), F(6, 5)), (wD, F(1, 10))
    k = F(1, 10)

    def choice(seen: str, wait: Any, strike: Any) -> Move:
        return Move("D", seen, {"wait": wait, "strike": strike})

    def look(chance: Any, wait: Any, strike: Any) -> Move:
        return nature(
            signal=(chance, choice("signal", wait, strike)),
            nothing=(1 - chance, choice("nothing", wait, strike)),
        )

    invested = (shift[0], shift[1] - k), (war[0], war[1] - k)
    tree = Move(
        "T",
        "invest",
        {"refrain": look(false_alarm, peace, war), "invest": look(ps, *invested)},
    )
    return build(["D", "T"], tree)


def unilateral_deterrence(p_A: Any, p_B: Any) -> ExtensiveGame:
    """Zagare and Kilgour (2000, chapter 5): both sides may be hard or soft."""
    hard_A, hard_B = (F(3, 10), F(-2, 5)), (F(1, 2), F(-3, 5))

    def play(a: int, b: int) -> Move:
        last = Move(
            "A",
            f"A fights {a}",
            {"back_down": (F(1, 10), F(4, 5)), "fight": (hard_A[a], hard_B[b])},
            type=("hard", "soft")[a],
        )
        answer = Move(
            "B",
            f"B {b}",
            {"concede": (F(1), F(1, 5)), "resist": last},
            type=("hard", "soft")[b],
        )
        return Move(
            "A",
            f"A {a}",
            {"cooperate": (F(1, 2), F(1)), "defect": answer},
            type=("hard", "soft")[a],
        )

    tree = nature(
        hardA=(p_A, nature(hardB=(p_B, play(0, 0)), softB=(1 - p_B, play(0, 1)))),
        softA=(1 - p_A, nature(hardB=(p_B, play(1, 0)), softB=(1 - p_B, play(1, 1)))),
    )
    return build(["A", "B"], tree)
