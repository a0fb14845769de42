"""Small models of private numbers from a continuum: days before a strike, a price, a bet."""

from __future__ import annotations

from functools import cache

from gametheory_crisis.language.reader import read_model
from gametheory_crisis.model import Model

# A patron offers day after day, its ally strikes at the end; the cost of a strike is private.
SIXTY_DAYS = """
format: 1
title: Days before a strike
players: [US, Iran, Israel]
parameters: {T: {value: 60, range: [1, 180], integer: true}, d: 0.999, h: 0, c_max: 0.6}
private: {Iran: {c: "uniform(0, c_max)"}}
clock: {deadline: T, expires: day_61, discount: d, breakdown: {hazard: h, to: day_61}}
game:
  demand: {player: US, offer: {x: [0, 1]}, next: answer}
  answer:
    player: Iran
    actions:
      accept: {outcome: deal, payoffs: {US: 1 - x, Iran: x, Israel: 0}}
      reject: {next: demand, days: 1}
  day_61:
    player: Israel
    actions:
      strike: {outcome: strike, payoffs: {US: 0.6, Iran: 0.3 - c, Israel: 0.15}}
      hold: {outcome: stalemate, payoffs: {US: 0, Iran: 0.3, Israel: 0}}
"""

# Sobel and Takahashi (1983): a price day after day, nothing in the end.
PRICE = """
format: 1
title: A price until the deadline
players: [Seller, Buyer]
parameters: {T: {value: 5, range: [1, 1000], integer: true}, d: 0.9}
private: {Buyer: {v: "uniform(0, 1)"}}
clock: {deadline: T, expires: over, discount: d}
game:
  ask: {player: Seller, offer: {x: [0, 1]}, next: answer}
  answer:
    player: Buyer
    actions:
      buy: {outcome: trade, payoffs: {Seller: x, Buyer: v - x}}
      wait: {next: ask, days: 1}
  over: {outcome: none, payoffs: {Seller: 0, Buyer: 0}}
"""

# Fudenberg and Tirole (1983): the same price to one of two types.
TWO_TYPES = PRICE.replace(
    '{v: "uniform(0, 1)"}', "{type: {low: 0.4, high: 0.6}, v: {low: 0.3, high: 1}}"
)

# Fearon (1995): one offer, the cost of war is private. Half of the types accept.
ONE_OFFER = """
format: 1
title: One offer
players: [One, Two]
parameters: {c1: 0.1, cbar: 0.4}
private: {Two: {c2: "uniform(0, cbar)"}}
game:
  offer: {player: One, offer: {x: [0, 1]}, next: answer}
  answer:
    player: Two
    actions:
      accept: {outcome: deal, payoffs: {One: x, Two: 1 - x}}
      reject: {outcome: war, payoffs: {One: 0.5 - c1, Two: 0.5 - c2}}
"""


@cache
def model_of(text: str) -> Model:
    """The model that a text describes, built once."""
    return Model(read_model(text.encode(), "private.yaml"), "private")
