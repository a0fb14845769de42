"""Single offers where answers tie, payoffs have corners, or the range leaves nothing to choose."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import gametheory_crisis as gtc
from gametheory_crisis.results import Equilibrium

ONE_OFFER = """
format: 1
title: An offer
players: [One, Two]
private: {{Two: {{c: "{draw}"}}}}
game:
  offer: {{player: One, offer: {{x: [{low}, 1]}}, next: answer}}
  answer:
    player: Two
    actions:
      accept: {{outcome: deal, payoffs: {{One: 1 - x, Two: x}}}}
      reject: {{outcome: war, payoffs: {{One: "{one}", Two: "{two}"}}}}
"""

THREE_TYPES = """
format: 1
title: Three types
players: [Seller, Buyer]
parameters: {q: {value: 3/10, range: [0, 1]}}
private:
  Buyer:
    type: {low: q, middle: (1 - q) / 2, high: rest}
    v: {low: 1/5, middle: 1/2, high: 9/10}
game:
  offer: {player: Seller, offer: {x: [0, 1]}, next: answer}
  answer:
    player: Buyer
    actions:
      accept: {outcome: deal, payoffs: {Seller: x, Buyer: v - x}}
      reject: {outcome: none, payoffs: {Seller: 1/20, Buyer: 0}}
"""


def solved(
    tmp_path: Path,
    draw: str = "uniform(0, 1)",
    one: str = "0.4",
    two: str = "0.5 - c",
    low: float = 0.0,
) -> Equilibrium:
    """The equilibrium of an offer to a continuum of types."""
    path = tmp_path / "offer.yaml"
    path.write_text(ONE_OFFER.format(draw=draw, one=one, two=two, low=low))
    (found,) = gtc.load(str(path)).solve().equilibria
    return found


@pytest.mark.parametrize(
    ("one", "deal", "worth"),
    [
        # Rejected by the types c < 2/5, whose war is worth more than the deal at 1/2 to One.
        ("0.9 - c", 0.6, 0.58),
        # Rejected by the types c > 2/5.
        ("0.1 + c", 0.4, 0.4 * 0.5 + 0.6 * (0.1 + 0.7)),
    ],
)
def test_types_who_all_gain_the_same_divide_as_the_offerer_likes(
    tmp_path: Path, one: str, deal: float, worth: float
) -> None:
    found = solved(tmp_path, one=one, two="0.5")
    assert found.outcomes["deal"] == pytest.approx(deal, abs=1e-12)
    assert found.payoffs["One"] == pytest.approx(worth, abs=1e-12)
    assert found.regret <= 1e-12


def test_the_offerers_favourite_holds_where_probabilities_do_not_tell_the_sides_apart(
    tmp_path: Path,
) -> None:
    found = solved(tmp_path, one="c", two="0.5")
    assert found.outcomes["deal"] == pytest.approx(0.5, abs=1e-12)
    assert found.payoffs["One"] == pytest.approx(0.25 + 0.5 * 0.75, abs=1e-12)


def test_payoffs_may_rise_like_a_root_at_the_end_of_the_support(tmp_path: Path) -> None:
    # The types below the cutoff fight, and the average of a root over [0, k] is 2/3 of it at k.
    found = solved(tmp_path, draw="uniform(0, 0.16)", one="0.4", two="0.5 - sqrt(c)")
    cutoff = found.strategies["answer"][0].cutoff["c"]
    war = cutoff / 0.16
    kept = (0.5 * cutoff - 2 / 3 * cutoff**1.5) / 0.16
    offer = 0.5 - cutoff**0.5
    assert found.payoffs["Two"] == pytest.approx(kept + (1 - war) * offer, abs=1e-11)
    assert found.regret <= 1e-10


def test_an_offer_without_choice_is_answered_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "offer.yaml"
    text = ONE_OFFER.format(draw="uniform(0, 0.4)", one="0.4", two="0.5 - c", low=0.4)
    path.write_text(text.replace("[0.4, 1]", "[0.4, 0.4]"))
    (found,) = gtc.load(str(path)).solve().equilibria
    assert found.outcomes["deal"] == pytest.approx(0.75, abs=1e-12)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        ("uniform(0.5, 0.5)", "lo must lie below hi"),
        ("normal(0, 0)", "sd must be positive"),
        ("exponential(0)", "rate must be positive"),
        ("beta(0, 1, 0, 1)", "a and b must be positive"),
    ],
)
def test_a_distribution_without_width_is_no_distribution(
    tmp_path: Path, draw: str, message: str
) -> None:
    with pytest.raises((gtc.ParameterError, gtc.ModelError), match=message):
        solved(tmp_path, draw=draw)


def test_types_in_no_order_are_refused_with_the_place(tmp_path: Path) -> None:
    with pytest.raises(gtc.UnsupportedGame, match=r"does not move one way with 'c'.*near c = -"):
        solved(tmp_path, draw="uniform(-1, 1)", two="0.5 - abs(c)")


@pytest.mark.parametrize(
    ("q", "offer"), [(Fraction(0), Fraction(1, 2)), (Fraction(1), Fraction(1, 5))]
)
def test_types_of_probability_0_do_not_count(tmp_path: Path, q: Fraction, offer: Fraction) -> None:
    path = tmp_path / "types.yaml"
    path.write_text(THREE_TYPES)
    (found,) = gtc.load(str(path)).solve(q=q, exact=True).equilibria
    assert found.strategies["offer"][0].offer == offer
    assert found.exact
    assert found.regret == 0


def test_a_rule_names_no_single_offer_that_an_interval_already_tells(tmp_path: Path) -> None:
    path = tmp_path / "types.yaml"
    path.write_text(THREE_TYPES)
    (found,) = gtc.load(str(path)).solve().equilibria
    rules = {c.type: [(r.low, r.high) for r in c.replies] for c in found.strategies["answer"]}
    assert rules["low"] == [(0, Fraction(1, 5)), (Fraction(1, 5), 1)]
    assert rules["middle"] == [(0, Fraction(1, 2)), (Fraction(1, 2), 1)]
