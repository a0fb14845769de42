"""One offer to a player whose private number comes from a continuum."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction as F
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats

from gametheory_crisis.compiler.curves import curves
from gametheory_crisis.compiler.screening import screening_game
from gametheory_crisis.errors import NotFinite, ParameterError, UnsupportedGame
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.solvers.screening.one_offer_game import solve_one_offer
from gametheory_crisis.solvers.screening.public_moves import ScreenedPlay


@dataclass(frozen=True)
class Game:
    """A model compiled once."""

    text: str

    def __post_init__(self) -> None:
        graph = read_model(self.text.encode(), "test.yaml")
        game = screening_game(graph)
        object.__setattr__(self, "parts", (game, curves(game), dict(graph.parameters)))

    def solve(self, **values: Any) -> ScreenedPlay:
        game, arithmetic, parameters = self.parts  # type: ignore[attr-defined]
        point = {name: parameter.value for name, parameter in parameters.items()}
        return solve_one_offer(game, arithmetic, point | values)


def offer(play: ScreenedPlay, node: str = "demand") -> float:
    (choice,) = play.strategies[node]
    assert choice.offer is not None
    return float(choice.offer)


def cutoff(play: ScreenedPlay, node: str = "answer") -> float:
    (choice,) = play.strategies[node]
    return choice.cutoff["c"]


def ultimatum(
    draw: str, accept: str = "{A: x, B: 1 - x}", reject: str = "{A: p - c1, B: 1 - p - c}"
) -> Game:
    return Game(f"""
format: 1
title: An ultimatum
players: [A, B]
parameters: {{p: 0.5, c1: 0.1, lo: 0, hi: 0.4, rate: 3, alpha: 1, beta: 1}}
private: {{B: {{c: "{draw}"}}}}
game:
  demand: {{player: A, offer: {{x: [0, 1]}}, next: answer}}
  answer:
    player: B
    actions:
      accept: {{outcome: deal, payoffs: {accept}}}
      reject: {{outcome: war, payoffs: {reject}}}
""")


UNIFORM = ultimatum("uniform(lo, hi)")
CURVED = ultimatum(
    "uniform(lo, hi)", "{A: x ** alpha, B: (1 - x) ** beta}", "{A: p - c1, B: 1 - p - c}"
)


def fearon(p: float, c1: float, lo: float, hi: float) -> tuple[float, float, float, float]:
    """Offer, probability of war and payoffs with a uniform cost, in closed form."""
    z = min(max((hi - c1) / 2, lo), hi, 1 - p)
    war = min(max((z - lo) / (hi - lo), 0.0), 1.0)
    cost = (lo + lo + war * (hi - lo)) / 2
    first = (p + z) * (1 - war) + (p - c1) * war
    return p + z, war, first, (1 - p - z) * (1 - war) + (1 - p - cost) * war


GRID = [
    *product((0.1, 0.5, 0.9), (-0.6, -0.1, 0.0, 0.1, 0.35, 0.7), ((0.0, 0.4), (0.2, 0.45))),
    *product((0.3, 0.75), (0.05, 0.2), ((0.0, 1.5), (0.3, 0.31), (0.5, 0.9))),
]


@pytest.mark.parametrize(("p", "c1", "ends"), GRID)
def test_a_uniform_cost_of_war_gives_the_closed_form_in_every_region(p, c1, ends):
    play = UNIFORM.solve(p=p, c1=c1, lo=ends[0], hi=ends[1])
    x, war, first, second = fearon(p, c1, *ends)
    assert offer(play) == pytest.approx(x, abs=1e-12)
    assert play.outcomes[1] == pytest.approx(war, abs=1e-12)
    assert play.payoffs == pytest.approx((first, second), abs=1e-12)
    assert sum(play.outcomes.values()) == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize(
    ("values", "x", "war", "first"),
    [
        (
            {"p": 0.4, "c1": 0.2, "rate": 3},
            0.5333333333333333,
            0.3296799539643607,
            0.42344001534521314,
        ),
        ({"p": 0.6, "c1": 0.05, "rate": 10}, 0.65, 0.3934693402873666, 0.6106530659712633),
        ({"p": 0.4, "c1": 0.5, "rate": 3}, 0.4, 0.0, 0.4),
    ],
)
def test_an_exponential_cost_of_war_gives_the_closed_form(values, x, war, first):
    play = ultimatum("exponential(rate)").solve(**values)
    assert offer(play) == pytest.approx(x, abs=1e-12)
    assert play.outcomes[1] == pytest.approx(war, abs=1e-12)
    assert play.payoffs[0] == pytest.approx(first, abs=1e-12)


def test_a_beta_cost_of_war_gives_the_root_of_its_hazard():
    play = ultimatum("beta(5, 2, 0, 0.5)").solve(p=0.45, c1=0.2)
    assert offer(play) == pytest.approx(0.7033299125180853, abs=1e-11)
    assert play.outcomes[1] == pytest.approx(0.11574406050905556, abs=1e-11)
    assert play.payoffs[0] == pytest.approx(0.650859667693027, abs=1e-12)


@pytest.mark.parametrize(
    ("draw", "prior"),
    [
        ("normal(0.2, 0.1)", stats.norm(0.2, 0.1)),
        ("triangular(0, 0.1, 0.5)", stats.triang(0.2, 0, 0.5)),
        ("triangular(0, 0.15, 0.5)", stats.triang(0.3, 0, 0.5)),
        ("beta(0.5, 0.5, 0, 0.4)", stats.beta(0.5, 0.5, 0, 0.4)),
    ],
)
@pytest.mark.parametrize("c1", [0.02, 0.1, 0.3])
def test_the_offer_is_the_best_of_all_offers(draw, prior, c1):
    play = ultimatum(draw).solve(c1=c1)

    def worth(x):
        war = prior.cdf(x - 0.5)
        return x * (1 - war) + (0.5 - c1) * war

    offers = np.linspace(0, 1, 100_001)
    best = offers[np.argmax(worth(offers))]
    assert worth(offer(play)) >= worth(best) - 1e-14
    assert play.payoffs[0] == pytest.approx(worth(offer(play)), abs=1e-13)
    assert abs(offer(play) - best) < 2e-5


RISK = [
    ((0.5, 0.1, 0.4, 1.0, 1.0), 0.65, 0.375, 0.55625),
    ((0.5, 0.1, 0.4, 0.5, 1.0), 0.5, 0.0, 0.7071067811865476),
    ((0.6, 0.2, 0.3, 0.7, 0.6), 0.7828465906724075, 0.0, 0.8425072856998739),
    ((0.5, 0.02, 0.45, 0.9, 0.8), 0.7278259507758977, 0.32648120390686824, 0.6627389250669955),
]


@pytest.mark.parametrize(("point", "x", "war", "first"), RISK)
def test_risk_aversion_makes_the_offer_safer(point, x, war, first):
    p, c1, hi, alpha, beta = point
    play = CURVED.solve(p=p, c1=c1, hi=hi, alpha=alpha, beta=beta)
    assert offer(play) == pytest.approx(x, abs=1e-10)
    assert play.outcomes[1] == pytest.approx(war, abs=1e-10)
    assert play.payoffs[0] == pytest.approx(first, abs=1e-12)


DELEGATED = Game("""
format: 1
title: A strike by somebody else
players: [US, Iran]
parameters: {b: 1, s: 0.8, dbar: 0.7, us: -0.2}
private: {Iran: {c: "uniform(0, dbar)"}}
game:
  demand: {player: US, offer: {x: [0, 1]}, next: answer}
  answer:
    player: Iran
    actions:
      accept: {outcome: deal, payoffs: {US: b * x, Iran: -x}}
      reject: lottery
  lottery:
    chance: {strike: s, nothing: rest}
    next:
      strike: {outcome: strike, payoffs: {US: us, Iran: -c}}
      nothing: {outcome: calm, payoffs: {US: 0, Iran: 0}}
""")


@pytest.mark.parametrize(
    ("b", "s", "dbar", "us"),
    [*product((0.6, 1.0, 2.0), (0.5, 1.0), (0.4, 1.5), (-0.9, -0.1, 0.2, 3.5)), (1, 1, 4, 1.9)],
)
def test_a_delegated_strike_gives_the_closed_form(b, s, dbar, us):
    play = DELEGATED.solve(b=b, s=s, dbar=dbar, us=us)
    x = min(max((b * s * dbar + s * us) / (2 * b), 0.0), min(1.0, s * dbar))
    rejected = x / (s * dbar)
    assert offer(play) == pytest.approx(x, abs=1e-12)
    assert play.outcomes.get(1, 0) == pytest.approx(rejected * s, abs=1e-12)
    assert play.payoffs[0] == pytest.approx(b * x * (1 - rejected) + s * us * rejected, abs=1e-12)


# Ties and corners


def test_of_offers_that_nobody_accepts_the_lowest_is_made():
    share = ultimatum("uniform(lo, hi)", "{A: 1 - x, B: x}", "{A: 2, B: 1 - p - c}")
    assert offer(share.solve()) == 0
    (made,) = share.solve().strategies["demand"]
    assert made.optimal == ((0.0, pytest.approx(0.1)),)
    demand = ultimatum("uniform(lo, hi)", "{A: x, B: 1 - x}", "{A: 2, B: 1 - p - c}")
    assert offer(demand.solve()) == pytest.approx(0.9, abs=1e-15)


def test_types_that_are_all_alike_answer_as_the_offerer_likes():
    gain = ultimatum("uniform(0, 1)", "{A: x, B: 1 - x}", "{A: 0.9 - c, B: 0.5}").solve()
    assert offer(gain) == pytest.approx(0.5)
    assert gain.outcomes[0] == pytest.approx(0.6, abs=1e-12)
    loss = ultimatum("uniform(0, 1)", "{A: x, B: 1 - x}", "{A: c - 0.1, B: 0.5}").solve()
    assert loss.outcomes[0] == pytest.approx(0.6, abs=1e-12)
    assert loss.payoffs[0] == pytest.approx(0.5 * 0.6 + 0.4 * 0.7, abs=1e-12)
    assert [value.outcomes["deal"] for value in loss.by_type] == [1.0] * 6 + [0.0] * 4


def test_an_offer_of_a_single_number_is_made():
    game = Game(UNIFORM.text.replace("x: [0, 1]", "x: [0.7, 0.7]"))
    play = game.solve()
    assert offer(play) == 0.7
    assert cutoff(play) == pytest.approx(0.2, abs=1e-15)
    with pytest.raises(ParameterError, match="the range of the offer at 'demand' is empty"):
        Game(UNIFORM.text.replace("x: [0, 1]", "x: [p, c1]")).solve()


def test_the_direction_of_the_offer_and_of_the_types_does_not_matter():
    flipped = ultimatum(
        "uniform(-hi, -lo)", "{A: 1 - x, B: x}", "{A: p - c1, B: 1 - p + c}"
    ).solve()
    plain = UNIFORM.solve()
    assert offer(flipped) == pytest.approx(1 - offer(plain), abs=1e-14)
    assert flipped.payoffs == pytest.approx(plain.payoffs, abs=1e-14)
    assert cutoff(flipped) == pytest.approx(-cutoff(plain), abs=1e-14)


def test_the_lower_of_two_best_offers_is_made():
    """At 0.5 and at 0.6, where what the offerer gets jumps, an offer is worth 1/4."""
    steps = "{A: 'where(x < 0.6, x, 0.625)', B: 1 - x}"
    play = ultimatum("uniform(0, 1)", steps, "{A: 0, B: 1 - c}").solve()
    assert offer(play) == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize(
    ("accept", "x", "first"),
    [
        ("where(x <= 0.7, x + 0.3, x)", 0.35, 0.65**2),
        ("where(x <= 0.2, x + 0.3, x)", 0.2, 0.5 * 0.8),
        ("where(x >= 0.7, x + 0.8, x)", 0.7, 1.5 * 0.3),
        ("min(x, 0.4)", 0.4, 0.4 * 0.6),
        ("max(x, 2 * x - 0.7)", 0.5, 0.25),
    ],
)
def test_kinks_and_jumps_in_the_offerers_payoff_are_found(accept, x, first):
    game = ultimatum("uniform(0, 1)", f"{{A: '{accept}', B: 1 - x}}", "{A: 0, B: 1 - c}")
    play = game.solve()
    assert offer(play) == pytest.approx(x, abs=1e-12)
    assert play.payoffs[0] == pytest.approx(first, abs=1e-12)


def test_offers_between_two_groups_of_types_divide_them():
    """Half the types accept up to 0.5, the others up to 0.8; A likes 0.65 best."""
    game = ultimatum(
        "uniform(0, 1)",
        "{A: 1 - (x - 0.65) ** 2, B: 1 - x}",
        "{A: 0.999, B: 'where(c < 0.5, 0.5, 0.2)'}",
    )
    play = game.solve()
    assert offer(play) == pytest.approx(0.65, abs=1e-12)
    assert cutoff(play) == pytest.approx(0.5, abs=1e-15)
    assert play.payoffs[0] == pytest.approx(0.5 + 0.5 * 0.999, abs=1e-12)


# Single crossing


def test_types_that_cannot_be_ordered_are_refused_with_the_place():
    game = ultimatum("uniform(lo, hi)", reject="{A: p - c1, B: (c - 0.2) ** 2}")
    with pytest.raises(UnsupportedGame, match=r"does not move one way with 'c' .* near c = 0\.\d"):
        game.solve()


def test_an_offer_that_is_not_better_the_higher_it_is_is_refused_with_the_place():
    game = ultimatum("uniform(lo, hi)", "{A: x, B: x * (1 - x)}")
    with pytest.raises(UnsupportedGame, match=r"rise strictly .* near c = .*, x = 0\.\d"):
        game.solve()
    capped = ultimatum("uniform(lo, hi)", "{A: x, B: 'max(1 - x, 0.3)'}")
    with pytest.raises(UnsupportedGame, match=r"rise strictly .*, x = "):
        capped.solve()


def test_an_undefined_payoff_is_refused():
    with pytest.raises(NotFinite, match=r"a payoff at 'answer.reject' is not finite"):
        ultimatum("uniform(lo, hi)", reject="{A: 1 / (c1 - 0.1), B: 1 - p - c}").solve()


# Payoffs that bend with the type


def test_payoffs_that_bend_with_the_type_are_integrated():
    """The offerer bears exp(c) of a war, and half of what c exceeds 0.1 of a deal."""
    game = ultimatum(
        "normal(0.2, 0.1)",
        "{A: 'x - max(c - 0.1, 0) / 2', B: 1 - x}",
        "{A: p - c1 * exp(c), B: 1 - p - c}",
    )
    play = game.solve()
    prior = stats.norm(0.2, 0.1)

    def worth(s):
        dear = 0.1 * math.exp(0.2 + 0.005) * stats.norm.cdf((s - 0.21) / 0.1)
        start = max(s, 0.1)
        z = (start - 0.2) / 0.1
        excess = 0.1 * stats.norm.pdf(z) + 0.1 * stats.norm.sf(z)
        return (0.5 + s) * prior.sf(s) - excess / 2 + 0.5 * prior.cdf(s) - dear

    best = optimize.minimize_scalar(lambda s: -worth(s), bounds=(0, 0.5), options={"xatol": 1e-10})
    assert cutoff(play) == pytest.approx(best.x, abs=1e-7)
    assert play.payoffs[0] == pytest.approx(worth(cutoff(play)), abs=1e-13)


@pytest.mark.parametrize("kink", [0.25, 0.3, 0.5])
def test_a_kink_in_the_type_is_integrated_wherever_it_lies(kink):
    reject = f"{{A: 'max(c, {kink}) ** 2', B: 1 - p - c}}"
    play = ultimatum("uniform(-1, 2)", "{A: x, B: 1 - x}", reject).solve()
    s = offer(play) - 0.5
    squares = (max(s, kink) ** 3 - kink**3) / 3 + kink**2 * (min(s, kink) + 1)
    assert play.payoffs[0] == pytest.approx(offer(play) * (2 - s) / 3 + squares / 3, abs=1e-14)


def test_an_offer_at_the_end_of_where_payoffs_are_defined_is_no_obstacle():
    game = ultimatum("uniform(lo, hi)", "{A: x, B: -sqrt(x)}", "{A: p - c1, B: -p - c}")
    worth = lambda s: (0.5 + s) ** 2 * (1 - s / 0.4) + 0.4 * s / 0.4  # noqa: E731
    best = max(worth(s) for s in np.linspace(0, 0.4, 40_001))
    assert game.solve().payoffs[0] == pytest.approx(best, abs=1e-9)


# Moves before and behind


def behind(refusal: str, draw: str = "uniform(0, 0.4)") -> Game:
    return Game(f"""
format: 1
title: Moves behind a refusal
players: [A, B, C]
parameters: {{p: 0.5, k: 0.3, s: 0.1, g: 0.2, d: 0.9}}
private: {{B: {{c: "{draw}"}}}}
clock: {{discount: d}}
game:
  demand: {{player: A, offer: {{x: [0, 1]}}, next: answer}}
  answer:
    player: B
    actions:
      accept: {{outcome: deal, payoffs: {{A: x, B: 1 - x, C: 0}}}}
      reject: {refusal}
""")


def decision(player: str, **targets: str) -> str:
    actions = ", ".join(f"{name}: {target}" for name, target in targets.items())
    return f"{{player: {player}, actions: {{{actions}}}}}"


STRIKE = "{outcome: war, payoffs: {A: p - k, B: 1 - p - c, C: g - 0.1}}"
HOLD = "{outcome: peace, payoffs: {A: s, B: 1 - s, C: 0}}"


def test_a_third_party_decides_for_itself_behind_a_refusal():
    game = behind(decision("C", strike=STRIKE, hold=HOLD))
    play = game.solve()
    x, war, first, _ = fearon(0.5, 0.3, 0.0, 0.4)
    assert offer(play) == pytest.approx(x, abs=1e-12)
    assert play.payoffs[0] == pytest.approx(first, abs=1e-12)
    (ally,) = play.strategies["answer.reject"]
    assert (dict(ally.play), ally.reached) == ({"strike": 1.0, "hold": 0.0}, pytest.approx(war))
    (belief,) = play.beliefs["answer.reject"]
    assert belief.support == {"c": (0.0, cutoff(play))}
    idle = game.solve(g=0.0)
    assert offer(idle) == pytest.approx(0.1, abs=1e-12)
    assert idle.outcomes[0] == 1


def test_a_day_that_passes_before_war_is_discounted():
    play = behind(f"{{next: {STRIKE}, days: 1}}").solve(d=0.5, k=0.1)
    # A refusal is worth (0.5 - c) / 2 to B and 0.2 to A; an offer of 0.75 + c / 2 is accepted.
    share = lambda s: (0.75 + s / 2) * (1 - s / 0.4) + 0.2 * s / 0.4  # noqa: E731
    best = optimize.minimize_scalar(lambda s: -share(s), bounds=(0, 0.4), options={"xatol": 1e-12})
    assert play.payoffs[0] == pytest.approx(-best.fun, abs=1e-12)
    assert {day for _, day in play.ends} == {0, 1}


def test_days_before_a_deadline_discount_and_may_break_down():
    waiting = behind(f"{{next: late, days: 2}}\n  late: {STRIKE}").text.replace(
        "clock: {discount: d}",
        "clock: {deadline: 9, discount: d, expires: never, breakdown: {hazard: g, to: never}}",
    )
    play = Game(waiting + "  never: {outcome: never, payoffs: {A: 0, B: 0, C: 0}}\n").solve(k=0.1)
    # War comes on day 2 if no night breaks down: a factor of 0.9 * 0.8 per night.
    factor = (0.9 * 0.8) ** 2

    def worth(s):
        x = 1 - factor * (0.5 - s)
        return x * (1 - s / 0.4) + factor * 0.4 * s / 0.4

    best = optimize.minimize_scalar(lambda s: -worth(s), bounds=(0, 0.4), options={"xatol": 1e-12})
    assert play.payoffs[0] == pytest.approx(max(-best.fun, worth(0)), abs=1e-10)
    refused = 1 - play.outcomes[0]
    assert play.outcomes.get(1, 0) == pytest.approx(refused * 0.64, abs=1e-12)


def test_what_follows_a_deal_may_depend_on_the_number_offered():
    """A deal for x holds with probability 1 - x, in which case B has all."""
    holds = "{chance: {holds: 1 - x, fails: x}, next: {holds: %s, fails: %s}}"
    ends = ("{outcome: deal, payoffs: {A: 0, B: 1}}", "{outcome: deal, payoffs: {A: 1, B: 0}}")
    text = UNIFORM.text.replace("{outcome: deal, payoffs: {A: x, B: 1 - x}}", holds % ends)
    play = Game(text).solve(c1=0)
    assert offer(play) == pytest.approx(0.7, abs=1e-12)
    assert play.payoffs == pytest.approx((0.6, 0.35), abs=1e-12)
    with pytest.raises(
        ParameterError, match=r"a probability at 'answer.accept' is not in \[0, 1\]"
    ):
        Game(text.replace("x: [0, 1]", "x: [0, 2]")).solve()


def test_the_informed_player_chooses_again_by_its_type():
    """After a refusal B gives in or fights; only types with a cost below 0.15 fight."""
    give_in = "{outcome: gives_in, payoffs: {A: 0.6, B: 0.35, C: 0}}"
    game = behind(decision("B", fight=STRIKE, submit=give_in))
    play = game.solve(k=0.1)
    # Types above 0.15 accept up to 0.65, others up to 0.5 + c.
    worth = lambda s: (0.5 + s) * (1 - s / 0.4) + 0.4 * s / 0.4  # noqa: E731
    assert offer(play) == pytest.approx(0.65, abs=1e-10)
    assert play.payoffs[0] == pytest.approx(worth(0.15), abs=1e-10)
    tough = game.solve(k=-0.4)
    assert tough.outcomes[1] == pytest.approx(0.375, abs=1e-10)
    (last,) = tough.strategies["answer.reject"]
    assert last.play["fight"] == pytest.approx(
        0.375 / (tough.outcomes[1] + tough.outcomes.get(2, 0)), abs=1e-9
    )


CONTESTED = decision(
    "A", strike="{outcome: war, payoffs: {A: p - k + c, B: 1 - p - c, C: 0}}", hold=HOLD
)


@pytest.mark.parametrize(
    ("k", "s", "x", "first", "mixes"),
    [
        (0.3, 0.1, 0.6, 0.5125, False),
        (0.3, 0.25, 0.6, 0.5125, True),
        (0.3, 0.55, 0.55, 0.55, False),
        (0.1, 0.45, 0.8, 0.6125, True),
    ],
)
def test_the_offerer_itself_chooses_by_the_types_left(k, s, x, first, mixes):
    """A strikes if the mean cost of those who refused, half the cutoff, makes up for k.

    Where it would not, the threat is empty; offers in between are answered by a mixture.
    """
    play = behind(CONTESTED).solve(k=k, s=s)
    assert offer(play) == pytest.approx(x, abs=1e-9)
    assert play.payoffs[0] == pytest.approx(first, abs=1e-9)
    assert any("is mixed" in note for note in play.notes) is mixes


def test_choices_by_types_behind_a_further_choice_of_the_informed_are_refused():
    nested = decision("B", go=CONTESTED, stop=HOLD)
    with pytest.raises(UnsupportedGame, match=r"the choice at 'answer.reject' tells whoever moves"):
        behind(nested).solve()


PUBLIC = Game("""
format: 1
title: Moves before an offer
players: [A, B]
parameters: {p: 0.5, c1: 0.1, hi: 0.4, q: 0.25, cost: 0.02, surprise: 0}
private: {B: {c: "uniform(0, hi)"}}
game:
  weather: {chance: {calm: 1 - q, storm: q}, next: {calm: first, storm: late}}
  first:
    player: A
    actions:
      talk: {next: demand, pays: {A: -cost, B: c}}
      attack: {outcome: attack, payoffs: {A: p - c1 + surprise, B: 1 - p - 2 * c}}
  demand: {player: A, offer: {x: [0, 1]}, next: answer}
  answer:
    player: B
    actions:
      accept: {outcome: deal, payoffs: {A: x, B: 1 - x}}
      reject: {outcome: war, payoffs: {A: p - c1, B: 1 - p - c}}
  late: {player: A, offer: {y: [0, 0.6]}, next: reply}
  reply:
    player: B
    actions:
      accept: {outcome: deal, payoffs: {A: y, B: 1 - y}}
      reject: {outcome: war, payoffs: {A: p - c1, B: 1 - p - c}}
""")


def test_offers_stand_behind_public_moves():
    play = PUBLIC.solve()
    x, war, first, second = fearon(0.5, 0.1, 0, 0.4)
    capped = 0.6 * 0.75 + 0.4 * 0.25
    assert (offer(play), offer(play, "late")) == pytest.approx((x, 0.6), abs=1e-12)
    assert play.payoffs[0] == pytest.approx(0.75 * (first - 0.02) + 0.25 * capped, abs=1e-12)
    fought = 0.25 * (0.5 - 0.05)
    capped_b = 0.75 * 0.4 + fought
    assert play.payoffs[1] == pytest.approx(0.75 * (second + 0.2) + 0.25 * capped_b, abs=1e-12)
    assert play.outcomes[2] == pytest.approx(0.75 * war + 0.25 * 0.25, abs=1e-12)
    surprised = PUBLIC.solve(surprise=0.4)
    assert surprised.strategies["first"][0].play == {"talk": 0.0, "attack": 1.0}
    assert surprised.payoffs[1] == pytest.approx(0.75 * 0.1 + 0.25 * capped_b, abs=1e-12)


@pytest.mark.parametrize("game", [UNIFORM, PUBLIC, DELEGATED])
def test_types_are_worth_what_the_whole_is_worth(game):
    """Ten mid-quantile types stand for all, but for those around the cutoff."""
    play = game.solve()
    mean = sum(value.payoff for value in play.by_type) / len(play.by_type)
    assert mean == pytest.approx(play.payoffs[1], abs=5e-3)
    for value in play.by_type:
        assert sum(value.outcomes.values()) == pytest.approx(1)


def test_the_table_of_reservations_holds_the_answers():
    play = UNIFORM.solve()
    (answer,) = play.strategies["answer"]
    types, offers = np.array(answer.reservation).T
    assert types.tolist() == sorted(types)
    np.testing.assert_allclose(offers, 0.5 + types, atol=1e-14)
    assert (cutoff(play), offer(play)) in answer.reservation
    assert answer.play == pytest.approx({"accept": 0.625, "reject": 0.375})


def test_payoffs_of_any_scale_and_level_give_the_same_offer():
    plain = UNIFORM.solve()
    scaled = ultimatum(
        "uniform(lo, hi)",
        "{A: 1e6 * x + 3, B: 1e-6 * (1 - x) - 7}",
        "{A: 1e6 * (p - c1) + 3, B: 1e-6 * (1 - p - c) - 7}",
    ).solve()
    assert offer(scaled) == pytest.approx(offer(plain), abs=1e-9)


def values(**numbers: float) -> Mapping[str, F]:
    return {name: F(str(number)) for name, number in numbers.items()}


def test_rational_and_float_parameters_give_the_same():
    assert UNIFORM.solve(**values(p=0.3, c1=0.2)).payoffs == UNIFORM.solve(p=0.3, c1=0.2).payoffs
