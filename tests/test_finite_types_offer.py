"""One continuous offer to a player of finitely many types, in rationals."""

from __future__ import annotations

from fractions import Fraction as F
from itertools import product
from random import Random
from typing import Any

import pytest

from gametheory_crisis.compiler.curves import curves
from gametheory_crisis.compiler.screening import screening_game
from gametheory_crisis.errors import NotFinite, ParameterError, UnsupportedGame
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.solvers.screening.one_offer_game import solve_one_offer
from gametheory_crisis.solvers.screening.public_moves import ScreenedPlay


def solve(text: str, **values: Any) -> ScreenedPlay:
    graph = read_model(text.encode(), "test.yaml")
    game = screening_game(graph)
    point = {name: parameter.value for name, parameter in graph.parameters.items()}
    return solve_one_offer(game, curves(game), point | values)


def offer(play: ScreenedPlay, node: str = "demand") -> Any:
    (choice,) = play.strategies[node]
    return choice.offer


def answers(play: ScreenedPlay, node: str = "answer") -> dict[str, dict[str, float]]:
    return {choice.type: dict(choice.play) for choice in play.strategies[node]}


TWO = """
format: 1
title: Two costs of war
players: [A, B]
parameters: {p: 0.5, c1: 0.1, cL: 0.05, cH: 0.3, q: 0.5}
private: {B: {type: {low: 1 - q, high: q}, c: {low: cL, high: cH}}}
game:
  demand: {player: A, offer: {x: [0, 1]}, next: answer}
  answer:
    player: B
    actions:
      accept: {outcome: deal, payoffs: {A: x, B: 1 - x}}
      reject: {outcome: war, payoffs: {A: p - c1, B: 1 - p - c}}
"""


@pytest.mark.parametrize(
    ("p", "c1", "low", "high"),
    [
        *product((F(1, 3), F(6, 10)), (F(1, 50), F(1, 10)), (F(1, 100), F(1, 20)), (F(1, 5),)),
        (F(9, 10), F(1, 10), F(1, 20), F(3, 10)),
    ],
)
@pytest.mark.parametrize("q", [F(0), F(1, 10), F(1, 2), F(9, 10), F(1)])
def test_two_costs_give_the_safe_or_the_risky_offer_exactly(p, c1, low, high, q):
    play = solve(TWO, p=p, c1=c1, cL=low, cH=high, q=q)
    safe, risky = min(p + low, F(1)), min(p + high, F(1))
    gamble = q * risky + (1 - q) * (p - c1)
    war = 1 - q if gamble > safe else 0
    x = risky if gamble > safe or q == 1 else safe
    assert (offer(play), play.outcomes.get(1, 0), play.exact) == (x, war, True)
    assert play.payoffs[0] == max(safe, gamble)
    assert play.payoffs[1] == (1 - war) * (1 - x) + war * (1 - p - low)


def test_where_both_offers_are_as_good_the_lower_is_made():
    play = solve(TWO, q=F(3, 8))
    assert offer(play) == F(11, 20)
    assert play.payoffs[0] == F(11, 20)
    assert solve(TWO, q=F(3, 8) + F(1, 10**9)).payoffs[0] > F(11, 20)


def test_each_type_is_shown_with_its_answer_to_every_offer():
    play = solve(TWO)
    assert answers(play) == {
        "low": {"accept": 0.0, "reject": 1.0},
        "high": {"accept": 1.0, "reject": 0.0},
    }
    for choice, last in zip(play.strategies["answer"], (F(11, 20), F(4, 5)), strict=True):
        for x in (F(0), F(1, 2), last - F(1, 100), last + F(1, 100), F(1)):
            reply = next(r for r in choice.replies if r.low <= x <= r.high)
            assert reply.play == ("accept" if x < last else "reject")
    values = {value.type: (value.payoff, value.outcomes["war"]) for value in play.by_type}
    assert values == {"low": (0.45, 1.0), "high": (0.2, 0.0)}


class RandomTypes:
    """A random game: each type's payoffs are affine in the offer with coefficients of its own."""

    def __init__(self, seed: int) -> None:
        random = Random(seed)
        self.count = random.randint(1, 4)

        def numbers(low: int, high: int) -> list[F]:
            return [F(random.randint(low, high), 4) for _ in range(self.count)]

        weights = [random.randint(0, 3) for _ in range(self.count)]
        weights[random.randrange(self.count)] += 1
        self.prior = [F(w, sum(weights)) for w in weights]
        self.columns = {
            "a": numbers(-4, 4), "b": numbers(-4, 4), "w": numbers(-4, 4),
            "u": numbers(-4, 4), "v": numbers(-4, 4), "r": numbers(-4, 4),
        }  # fmt: skip

    def text(self) -> str:
        names = [f"t{k}" for k in range(self.count)]
        prior = ", ".join(f"{n}: {q}" for n, q in zip(names, self.prior, strict=True))
        rows = ""
        for name, column in self.columns.items():
            numbers = ", ".join(f"{n}: {v}" for n, v in zip(names, column, strict=True))
            rows += f"    {name}: {{{numbers}}}\n"
        return f"""
format: 1
title: Random
players: [A, B]
private:
  B:
    type: {{{prior}}}
{rows}game:
  demand: {{player: A, offer: {{x: [-1, 2]}}, next: answer}}
  answer:
    player: B
    actions:
      accept: {{outcome: deal, payoffs: {{A: u + v * x, B: a + b * x}}}}
      reject: {{outcome: war, payoffs: {{A: r, B: w}}}}
"""

    def worth(self, x: F) -> F:
        """What the offerer gets where ties that vanish with the offer go its way."""
        c, total = self.columns, F(0)
        for k, prior in enumerate(self.prior):
            gain = c["a"][k] + c["b"][k] * x - c["w"][k]
            deal, war = c["u"][k] + c["v"][k] * x, c["r"][k]
            tied = max(deal, war) if c["b"][k] else deal
            total += prior * (tied if gain == 0 else deal if gain > 0 else war)
        return total

    def best(self) -> tuple[F, F]:
        """The largest worth, and the lowest offer that brings it."""
        c = self.columns
        offers = {F(-1), F(2)} | {
            (c["w"][k] - c["a"][k]) / c["b"][k] for k in range(self.count) if c["b"][k]
        }
        offers |= {F(n, 16) for n in range(-16, 33)}
        found = {x: self.worth(x) for x in offers if -1 <= x <= 2}
        largest = max(found.values())
        return largest, min(x for x, worth in found.items() if worth == largest)


@pytest.mark.parametrize("seed", range(60))
def test_no_offer_is_better_than_the_one_made(seed):
    game = RandomTypes(seed)
    play = solve(game.text())
    largest, lowest = game.best()
    assert (play.payoffs[0], offer(play), play.exact) == (largest, lowest, True)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1400))
def test_no_offer_is_better_than_the_one_made_in_many_games(seed):
    test_no_offer_is_better_than_the_one_made(seed)


def test_payoffs_that_bend_with_the_offer_have_their_best_inside():
    """A gains sqrt(x) - q x from a deal, which is best at 1 / (4 q q) if B accepts that."""
    bent = TWO.replace("{A: x, B: 1 - x}", "{A: sqrt(x) - x * q, B: 1 - x}")
    inside = solve(bent, q=F(9, 10), c1=F(1, 2))
    assert offer(inside) == pytest.approx(float(F(25, 81)), abs=1e-12)
    assert not inside.exact
    at_a_type = solve(bent, q=F(3, 5), c1=F(1, 2))
    assert offer(at_a_type) == F(11, 20)


BEHIND = """
format: 1
title: The threat behind a refusal
players: [A, B]
parameters: {q: 0.5, k: 0.2}
private:
  B:
    type: {weak: 1 - q, strong: q}
    w: {weak: 0.1, strong: 0.6}
    f: {weak: 0.5, strong: -0.5}
game:
  demand: {player: A, offer: {x: [0, 1]}, next: answer}
  answer:
    player: B
    actions:
      accept: {outcome: deal, payoffs: {A: x, B: 1 - x}}
      reject: threat
  threat:
    player: A
    actions:
      strike: {outcome: war, payoffs: {A: f, B: w}}
      hold: {outcome: peace, payoffs: {A: 0, B: 0.7}}
"""


def test_a_threat_against_those_who_refuse_has_to_be_carried_out():
    """Against the weak alone A strikes, against the strong it holds.

    Where nobody refuses, the one who would lose least by it is thought to: the strong, whom A
    does not strike. The strong then refuse all offers above 0.3, and both types refuse together.
    """
    play = solve(BEHIND, q=F(9, 10))
    assert offer(play) == F(3, 10)
    assert play.outcomes[0] == 1
    (belief,) = play.beliefs["threat"]
    assert [history for history, _ in belief.belief] == ["B: weak", "B: strong"]
    assert sum(share for _, share in belief.belief) == 1
    assert any("not unique" in note for note in play.notes)


def test_a_threat_that_would_have_to_be_mixed_is_refused():
    with pytest.raises(UnsupportedGame, match="whoever moves at 'threat' would have to mix"):
        solve(BEHIND, q=F(1, 10))


def test_the_informed_player_may_answer_in_three_ways():
    three = TWO.rstrip() + "\n      quit: {outcome: flight, payoffs: {A: 0.9, B: 0.3}}\n"
    play = solve(three)
    assert answers(play)["high"] == {"accept": 0.0, "reject": 0.0, "quit": 1.0}
    assert answers(play)["low"] == {"accept": 0.0, "reject": 1.0, "quit": 0.0}
    assert play.payoffs[0] == F(1, 2) * F(9, 10) + F(1, 2) * F(4, 10)
    assert offer(play) == F(7, 10)


PUBLIC = TWO.replace(
    "  demand:",
    """  first:
    player: A
    actions:
      talk: {next: demand, pays: {A: -c / 10}}
      attack: {outcome: attack, payoffs: {A: p - c1 + cL * 2, B: 0}}
  demand:""",
)


def test_offers_stand_behind_public_moves_that_may_read_the_type():
    play = solve(PUBLIC)
    assert play.strategies["first"][0].play == {"talk": 1.0, "attack": 0.0}
    assert play.payoffs == (F(6, 10) - F(175, 10_000), F(13, 40))
    attack = solve(PUBLIC.replace("cL * 2", "cL * 6"))
    assert attack.payoffs[0] == F(7, 10)
    assert attack.strategies["demand"][0].reached == 0


def test_a_day_before_war_is_discounted_exactly():
    text = TWO.replace("reject: {outcome", "reject: {next: war, days: 1}\n  war: {outcome")
    play = solve(text.replace("game:", "clock: {discount: 1/2}\ngame:"))
    # Refusing is worth (0.5 - c) / 2 to B: offers up to 0.775 and 0.9 are accepted.
    assert offer(play) == F(31, 40)
    assert play.payoffs == (F(31, 40), F(9, 40))


def test_points_without_a_game_are_refused():
    with pytest.raises(ParameterError, match="the probabilities of the types of B are not all in"):
        solve(TWO, q=F(3, 2))
    with pytest.raises(ParameterError, match="the range of the offer at 'demand' is empty"):
        solve(TWO.replace("[0, 1]", "[p, c1]"))
    with pytest.raises(NotFinite, match=r"a payoff at 'answer.reject' is not finite"):
        solve(TWO.replace("A: p - c1", "A: 1 / (c - cL)"))
