"""A number of each solved point: a payoff, an outcome's probability, the day, a regime or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import ParameterError

if TYPE_CHECKING:
    from gametheory_crisis.model import Model
    from gametheory_crisis.solvers.cells import Cells

FORMS = ("day", "probability:OUTCOME", "payoff:PLAYER", "regime:REGIME")
"""How quantities are written."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number of every point.

    Attributes
    ----------
    kind : ``day``, ``probability``, ``payoff`` or ``regime``
    name : of the outcome, the player or the regime
    index : its place in the model
    """

    kind: str
    name: str = ""
    index: int = 0

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind

    @classmethod
    def of(cls, model: Model, text: str) -> Quantity:
        """A quantity from its text, as in `FORMS`.

        Raises
        ------
        ParameterError
            The model has no such quantity.
        """
        kind, _, name = text.partition(":")
        if text == "day":
            return cls("day")
        owners = {
            "probability": ("outcome", model.outcomes),
            "payoff": ("player", model.players),
            "regime": ("regime", model.regimes),
        }
        if kind not in owners:
            raise ParameterError(f"unknown quantity '{text}'; quantities: {', '.join(FORMS)}")
        what, names = owners[kind]
        if name not in names:
            choices = ", ".join(f"{kind}:{owner}" for owner in names)
            raise ParameterError(f"'{text}': no such {what}; {choices}")
        return cls(kind, name, names.index(name))

    @property
    def stored(self) -> tuple[str, ...]:
        """What a solver has to store for it, beyond regime and status."""
        needs = {"day": "expected_day", "probability": "probability", "payoff": "payoff"}
        return (needs[self.kind],) if self.kind in needs else ()

    def of_cells(self, cells: Cells) -> NDArray[np.float64]:
        """The number of every cell of a single row, float64 (cells,).

        ``nan`` where a cell is unsolved; a regime is 1 or 0, and an unsolved cell has none.
        """
        if self.kind == "regime":
            held: NDArray[np.float64] = (cells.regime[0] == self.index).astype(np.float64)
        elif self.kind == "day":
            held = cells.expected_day[0]
        elif self.kind == "probability":
            held = cells.probability[self.index, 0]
        else:
            held = cells.payoff[self.index, 0]
        return held
