"""An extensive form at one point: its numbers, and what is left of the tree there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from gametheory_crisis.errors import NotFinite, ParameterError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, as_float, is_finite
from gametheory_crisis.games.extensive import ExtensiveForm, ExtensiveGame, InformationSet
from gametheory_crisis.games.pruning import Pruned, prune
from gametheory_crisis.games.tape import Evaluator

MAX_REMEMBERED = 64
"""Trees of different shapes that one form remembers."""


def at_point(
    form: ExtensiveForm, values: Mapping[str, Number], *, exact: bool = True
) -> ExtensiveGame:
    """The game of a form at a point.

    Parameters
    ----------
    values : every parameter
    exact : compute in rationals; where one number turns out irrational, all become floats

    Raises
    ------
    ParameterError
        A condition without which there is no game does not hold.
    NotFinite
        A payoff is undefined or infinite.
    UnsupportedGame
        Somebody who moves after day 0 has a discount factor of 0.
    """
    evaluator = Evaluator(form.tape, values, exact=exact)
    _check(form, evaluator, exact=exact)
    evaluator.fill(form.program)
    one = Fraction(1) if exact else 1.0
    probability = [evaluator.value(slot) if slot >= 0 else one for slot in form.probability]
    pruned = _pruned(form, evaluator, probability, exact=exact)
    exact = exact and _is_exact(form, evaluator, pruned, probability)
    if not exact:
        probability = [as_float(share) for share in probability]
        pruned = _pruned(form, evaluator, probability, exact=False)
    _check_discount(form, pruned, evaluator)
    return ExtensiveGame(
        players=form.players,
        outcomes=form.outcomes,
        histories=pruned.histories,
        information_sets=_with_numbers(pruned, evaluator, exact=exact),
        probability=tuple(probability[history] for history in pruned.kept),
        payoffs=tuple(_payoffs(form, history, evaluator, exact=exact) for history in pruned.kept),
        exact=exact,
    )


def number_text(number: Number) -> str:
    """A number as a short decimal where it has one, else as a ratio."""
    decimal = f"{as_float(number):.12g}"
    if isinstance(number, float) or Fraction(decimal) == number:
        return decimal
    return f"{number.numerator}/{number.denominator}"


def _pruned(
    form: ExtensiveForm, evaluator: Evaluator, probability: Sequence[Number], *, exact: bool
) -> Pruned:
    """The tree that is left, remembered by its shape."""
    never = frozenset(history for history, share in enumerate(probability) if share == 0)
    numbers = (_rounded(evaluator.value(slot), exact=exact) for slot in form.offered)
    words = tuple(number_text(number) for number in numbers)
    known = form.at_points
    if (never, words) not in known:
        if len(known) >= MAX_REMEMBERED:
            known.clear()
        known[never, words] = prune(form, never, dict(zip(form.offered, words, strict=True)))
    found: Pruned = known[never, words]
    return found


def _rounded(number: Number, *, exact: bool) -> Number:
    return number if exact else as_float(number)


def _is_exact(
    form: ExtensiveForm, evaluator: Evaluator, pruned: Pruned, probability: Sequence[Number]
) -> bool:
    """Whether all numbers of what is left are rational."""
    numbers = [probability[history] for history in pruned.kept]
    numbers += [evaluator.value(s) for history in pruned.kept for s in form.payoffs[history]]
    places = pruned.information_sets
    numbers += [evaluator.value(int(slot)) for place in places for slot in place.numbers]
    return all(isinstance(number, Fraction) for number in numbers)


def _payoffs(
    form: ExtensiveForm, history: int, evaluator: Evaluator, *, exact: bool
) -> tuple[Number, ...]:
    payoffs = tuple(_rounded(evaluator.value(s), exact=exact) for s in form.payoffs[history])
    if not all(map(is_finite, payoffs)):
        node = form.histories.node[history]
        raise NotFinite(f"a payoff at '{node}' is not finite at this point")
    return payoffs


def _with_numbers(
    pruned: Pruned, evaluator: Evaluator, *, exact: bool
) -> tuple[InformationSet, ...]:
    """Information sets with the numbers offered in place of their slots."""
    return tuple(
        replace(
            place,
            numbers=tuple(_rounded(evaluator.value(int(s)), exact=exact) for s in place.numbers),
        )
        if place.numbers
        else place
        for place in pruned.information_sets
    )


def _check(form: ExtensiveForm, evaluator: Evaluator, *, exact: bool) -> None:
    for check in form.checks:
        condition = check.exact if exact and check.exact is not None else check.condition
        holds = evaluator.value(condition)
        if holds != 1 and condition == check.exact and _approximate(form, evaluator, condition):
            holds = evaluator.value(check.condition)
        if holds != 1:
            raise ParameterError(check.message)


def _approximate(form: ExtensiveForm, evaluator: Evaluator, condition: int) -> bool:
    """Whether floats entered the numbers that a condition compares."""
    slots = form.tape.closure([condition])
    return any(isinstance(evaluator.value(slot), float) for slot in slots)


def _check_discount(form: ExtensiveForm, pruned: Pruned, evaluator: Evaluator) -> None:
    """What is worth nothing on day 0 cannot be compared there."""
    later = {place.player for place in pruned.information_sets if place.day > 0}
    for player in sorted(later):
        if evaluator.value(form.discount[player]) == 0:
            raise UnsupportedGame(
                f"{form.players[player]} moves after day 0 with a discount factor of 0: a tree "
                "compares payoffs as of day 0, where those of later days are then worth nothing; "
                "take a small positive factor"
            )
