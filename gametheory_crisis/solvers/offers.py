"""The best continuous offer at a point, and the rule by which it is answered.

Below an offer the others' choices change only at breakpoints.  Between breakpoints the offerer's
payoff is affine, or smooth, and its maximum is at an end or inside; at a breakpoint the answer that
suits the offerer best is an equilibrium of the subgame, so a best offer exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.stage import Position
from gametheory_crisis.solvers.offer_candidates import Candidate, at_ends, in_segment
from gametheory_crisis.solvers.offer_replies import Rule, rules
from gametheory_crisis.solvers.offer_segments import segments
from gametheory_crisis.solvers.offer_subgame import Choices, OfferSubgame, Path, Stage
from gametheory_crisis.solvers.values import Value, largest


@dataclass(frozen=True, slots=True)
class OfferPlan:
    """The offer made, what it is worth, and the rules of those who answer.

    Attributes
    ----------
    offer, value : the number offered, and the value of play with it
    choices : for each position below, the branch taken after ``offer``
    replies : for each position below at which someone chooses, the branch taken after every offer
    optimal : intervals of offers among which the offerer is indifferent
    """

    offer: Number
    value: Value
    choices: Choices
    replies: dict[int, Rule]
    optimal: tuple[tuple[Number, Number], ...]


def best_offer(stage: Stage, position: Position) -> OfferPlan:
    """The offer made at a position, ties broken as the solution concept of the package says.

    Parameters
    ----------
    stage : the solver of the day; it gives the values of positions that do not read the offer,
        and picks among offers that tie but lead to different play
    position : where the offer is made

    Raises
    ------
    NotFinite
        A payoff is not finite after some offer.
    ParameterError
        The range of the offer is empty, or a probability is not in [0, 1] after some offer.
    UnsupportedGame
        A simultaneous move has no equilibrium in pure strategies after some offer.
    """
    subgame = OfferSubgame(stage, position)
    parts = segments(subgame)
    ends = at_ends(subgame, parts)
    tied = _best(subgame, [c for part in parts for c in in_segment(subgame, part)] + ends)
    distinct: dict[Path, Candidate] = {}
    for candidate in tied:
        distinct.setdefault(candidate.path, candidate)
    options = list(distinct.values())
    chosen = options[stage.tie(len(options))]
    return OfferPlan(
        offer=chosen.offer,
        value=chosen.value,
        choices=chosen.choices,
        replies=rules(subgame, parts, ends, chosen),
        optimal=_merged([c.flat for c in tied if c.path == chosen.path and c.flat is not None]),
    )


def _best(subgame: OfferSubgame, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates that tie for best, in the order in which they are preferred.

    Soonest end first, then the lowest offer, then the earliest answers, in order of play.
    """

    def rank(candidate: Candidate) -> tuple[Number, Number, list[int]]:
        choices = candidate.choices
        answers = [choices[index] for index in reversed(subgame.below) if index in choices]
        return candidate.value.day, candidate.offer, answers

    gains = [candidate.value.payoffs[subgame.offerer] for candidate in candidates]
    return sorted((candidates[k] for k in largest(gains)), key=rank)


def _merged(intervals: Sequence[tuple[Number, Number]]) -> tuple[tuple[Number, Number], ...]:
    """Intervals with those that touch made one."""
    result: list[tuple[Number, Number]] = []
    for low, high in sorted(intervals):
        if result and low <= result[-1][1]:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return tuple(result)
