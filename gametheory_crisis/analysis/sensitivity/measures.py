"""What a sensitivity analysis may be about: numbers, regimes against the rest, all regimes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.sweeps.quantities import FORMS, Quantity

if TYPE_CHECKING:
    from gametheory_crisis.model import Model

REGIME, UNSOLVED = "regime", "unsolved"
GROUPS = ("regimes", "all")
"""Words that stand for several quantities."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity under analysis.

    Attributes
    ----------
    name : how it is called
    columns : the numbers of a point that it consists of: one, or for ``regime`` the membership in
        every regime
    incidental : whether it is left out where no point is unsolved
    """

    name: str
    columns: tuple[str, ...]
    incidental: bool = False


def measures_of(model: Model, quantity: str | Sequence[str]) -> tuple[Measure, ...]:
    """The quantities that texts name, each once.

    Parameters
    ----------
    quantity : one or several of the forms of `Quantity`, or ``regime`` (which of all regimes
        prevails), ``unsolved`` (whether a point has no solution), ``regimes`` (``regime``, then
        each one against the rest, then ``unsolved`` where points are) or ``all`` (payoffs,
        probabilities and ``regimes``)

    Raises
    ------
    ParameterError
        The model has no such quantity, or none is named.
    """
    texts = [quantity] if isinstance(quantity, str) else list(quantity)
    if not texts:
        raise ParameterError("an analysis needs at least one quantity")
    found: dict[str, Measure] = {}
    for text in texts:
        for measure in _expand(model, text):
            known = found.get(measure.name, measure)
            # What is asked for by name stays, whatever group it also belongs to.
            found[measure.name] = known if measure.incidental else measure
    return tuple(found.values())


def _expand(model: Model, text: str) -> list[Measure]:
    against_rest = [f"regime:{name}" for name in model.regimes]
    if text == REGIME:
        return [Measure(REGIME, (*against_rest, UNSOLVED))]
    if text == "regimes":
        single = [Measure(name, (name,)) for name in against_rest]
        return [*_expand(model, REGIME), *single, Measure(UNSOLVED, (UNSOLVED,), incidental=True)]
    if text == "all":
        numbers = [f"payoff:{name}" for name in model.players]
        numbers += [f"probability:{name}" for name in model.outcomes]
        return [*(Measure(name, (name,)) for name in numbers), *_expand(model, "regimes")]
    if text != UNSOLVED:
        _check(model, text)
    return [Measure(text, (text,))]


def _check(model: Model, text: str) -> None:
    """An error where the model has no such number."""
    kinds = {form.partition(":")[0] for form in FORMS}
    if text.partition(":")[0] not in kinds:
        known = ", ".join((*FORMS, REGIME, UNSOLVED, *GROUPS))
        raise ParameterError(f"unknown quantity '{text}'; quantities: {known}")
    Quantity.of(model, text)
