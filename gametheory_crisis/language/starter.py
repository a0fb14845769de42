"""The commented model file that ``crisis new`` writes."""

from __future__ import annotations

import json

_TEXT = """\
# A crisis as a graph of moves. Everything behind a # is a remark.
format: 1
title: {title}
doc: One side demands, the other yields or resists; a resisted demand may be repeated.

# Who moves, and who each of them is.
players:
  Challenger: makes a demand, and fights if it is refused for too long
  Defender: holds what is demanded

# Numbers that you may vary. `range` is enforced, and is what maps and sensitivity analyses explore.
parameters:
  T:            {{value: 10, range: [1, 60], integer: true, unit: days, doc: days of patience}}
  p:            {{value: 0.6, range: [0, 1], doc: the challenger's share of the stake after a war}}
  c_challenger: {{value: 0.1, range: [0, 1], doc: cost of war to the challenger}}
  c_defender:   {{value: 0.2, range: [0, 1], doc: cost of war to the defender}}
  d:            {{value: 0.99, range: [0.5, 1], doc: daily discount factor}}

# Names for expressions that are used more than once.
define:
  war_defender: 1 - p - c_defender

# Day 0 is the first day; once T days have passed, play goes to the node that `expires` names.
clock:
  deadline: T
  expires: war
  discount: d

# The nodes of the game; play starts at the first one.
game:
  demand:
    player: Challenger
    offer: {{x: [0, 1]}}        # any number from 0 to 1: what is left to the defender
    next: answer
  answer:
    player: Defender
    actions:
      accept: {{outcome: deal, payoffs: {{Challenger: 1 - x, Defender: x}}}}
      resist: {{next: demand, days: 1}}    # a day passes, then the next demand
      fight: war
  war: {{outcome: war, payoffs: {{Challenger: p - c_challenger, Defender: war_defender}}}}

# Colours of the outcomes in maps.
outcomes:
  deal: {{colour: "#2a9d8f"}}
  war: {{colour: "#e76f51"}}

# What `crisis map` draws when no axes are given.
map:
  x: {{parameter: c_challenger, from: 0, to: 0.5}}
  y: {{parameter: c_defender, from: 0, to: 0.5}}

# What must hold; `crisis check` verifies it. `at: {{}}` is the point with all parameters as above.
claims:
  - {{at: {{}}, outcome: deal, day: 0, doc: war costs both and a deal saves that}}

# Where the story and the numbers come from.
sources:
  - "Fearon, J. (1995). Rationalist explanations for war. International Organization 49(3)."
"""


def starter(title: str) -> str:
    """Text of a small model with a remark on every section; it reads without a mistake.

    Parameters
    ----------
    title : what the model is called; any text
    """
    printable = "".join(letter if letter.isprintable() else " " for letter in title)
    plain = " ".join(printable.split()) or "A crisis"
    return _TEXT.format(title=json.dumps(plain, ensure_ascii=False))
