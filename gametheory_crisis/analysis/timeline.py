"""When an equilibrium ends, and how: the probability of each outcome by day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.analysis.offers_by_day import OffersByDay, offers_by_day
from gametheory_crisis.compiler.freezing import make_tape
from gametheory_crisis.errors import ParameterError
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.language.graph import FOREVER
from gametheory_crisis.results import Equilibrium, Number, Solution, plain

if TYPE_CHECKING:
    import xarray

    from gametheory_crisis.model import Model

SCHEMA = "gametheory_crisis.timeline/1"


@dataclass(frozen=True, repr=False)
class Timeline:
    """The probability of each outcome on each day, in one equilibrium.

    Day ``t`` stands at index ``t``; the last is the last day on which play ends. Play that never
    ends is no outcome here: it has a probability, ``forever``, and no day.

    Attributes
    ----------
    model, parameters : name of the model, and the whole point
    regime : name of the equilibrium's regime
    equilibrium, equilibria : which it is in the list of those found, from 0, and how many they are
    outcomes : names, in the model's order
    days : int64 (day,), all days from 0 on
    probability : float64 (outcome, day), of ending so on that day
    forever : probability that play never ends
    undecided : probability that play is still going on after the last day listed and ends later;
        positive only where days without end are cut off
    expected_day : expected day of the end; None where play may go on for ever
    deadline : the day on which the clock expires; None without a deadline
    screening : where offers are made day after day to a player who alone knows a number, what is
        offered and which types are left, by day
    """

    model: str
    parameters: Mapping[str, Number]
    regime: str
    equilibrium: int
    equilibria: int
    outcomes: tuple[str, ...]
    days: NDArray[np.int64]
    probability: NDArray[np.float64]
    forever: float
    undecided: float
    expected_day: float | None
    deadline: int | None
    screening: OffersByDay = field(default_factory=OffersByDay)

    def __repr__(self) -> str:
        end = "perhaps never" if self.expected_day is None else f"day {self.expected_day:.6g}"
        return f"<Timeline of {self.model}: {self.regime}, days 0 to {self.days[-1]}, ends {end}>"

    @property
    def offers(self) -> NDArray[np.float64]:
        """What is offered on each day to a player who alone knows a number; float64 (day,).

        It is nan on days on which nothing is offered, and empty where no offers are made daily.
        """
        return self.screening.offers

    @property
    def cutoffs(self) -> NDArray[np.float64]:
        """The private number of the type that is indifferent to the day's offer; float64 (day,).

        It is empty where types are finitely many, and otherwise like ``offers``.
        """
        return self.screening.cutoffs

    @cached_property
    def total(self) -> dict[str, float]:
        """Probability of each outcome on the days listed."""
        sums = self.probability.sum(axis=1)
        return {name: float(share) for name, share in zip(self.outcomes, sums, strict=True)}

    @cached_property
    def cumulative(self) -> NDArray[np.float64]:
        """Probability of having ended so by that day; float64 (outcome, day)."""
        return np.cumsum(self.probability, axis=1)

    @cached_property
    def surviving(self) -> NDArray[np.float64]:
        """Probability that play goes on after that day; float64 (day,)."""
        return np.append(self.reached[1:], self.forever + self.undecided)

    @cached_property
    def reached(self) -> NDArray[np.float64]:
        """Probability that play has not ended before that day; float64 (day,)."""
        # Summed from the last day backwards: 1 minus what is over would lose all digits of a tail.
        ending = self.probability.sum(axis=0)
        tail = np.append(ending, self.forever + self.undecided)
        reached: NDArray[np.float64] = np.cumsum(tail[::-1])[::-1][:-1]
        return reached

    @cached_property
    def hazard(self) -> NDArray[np.float64]:
        """Probability of ending so on a day, given that play has reached it; (outcome, day)."""
        reached = np.broadcast_to(self.reached, self.probability.shape)
        nowhere = np.zeros_like(self.probability)
        return np.divide(self.probability, reached, out=nowhere, where=reached > 0)

    @property
    def eventful(self) -> NDArray[np.int64]:
        """The days on which play ends with positive probability."""
        return np.flatnonzero(self.probability.sum(axis=0))

    def to_dict(self) -> dict[str, Any]:
        """What ``crisis timeline --json`` prints: the days on which play may end, and no others."""
        days = self.eventful

        def by_outcome(table: NDArray[np.float64]) -> dict[str, list[float]]:
            rows = zip(self.outcomes, table[:, days].tolist(), strict=True)
            return {name: row for name, row in rows if self.total[name] > 0}

        return {
            "schema": SCHEMA,
            "model": self.model,
            "parameters": {name: plain(value) for name, value in self.parameters.items()},
            "regime": self.regime,
            "equilibrium": self.equilibrium,
            "equilibria": self.equilibria,
            "deadline": self.deadline,
            "expected_day": self.expected_day,
            "outcomes": self.total,
            "forever": self.forever,
            "undecided": self.undecided,
            "days": days.tolist(),
            "probability": by_outcome(self.probability),
            "cumulative": by_outcome(self.cumulative),
            "hazard": by_outcome(self.hazard),
            "surviving": self.surviving[days].tolist(),
        } | self._offers_to_dict()

    def _offers_to_dict(self) -> dict[str, Any]:
        """The days on which offers are made to a player who alone knows a number."""
        days = np.flatnonzero(np.isfinite(self.offers))
        if not len(days):
            return {}
        found: dict[str, Any] = {
            "variable": self.screening.variable,
            "days": days.tolist(),
            "offer": self.offers[days].tolist(),
        }
        if self.cutoffs.size:
            found["cutoff"] = {self.screening.number: self.cutoffs[days].tolist()}
            found["left"] = {self.screening.number: self.screening.left[:, days].T.tolist()}
        return {"offers": found}

    def to_xarray(self) -> xarray.Dataset:
        """The timeline as a data set over outcomes and all days."""
        import xarray

        by_day = ("outcome", "day")
        attributes: dict[str, Any] = {"model": self.model, "regime": self.regime}
        attributes |= {f"parameter_{name}": float(v) for name, v in self.parameters.items()}
        attributes |= {"forever": self.forever, "undecided": self.undecided}
        optional = {"expected_day": self.expected_day, "deadline": self.deadline}
        attributes |= {name: value for name, value in optional.items() if value is not None}
        data: dict[str, Any] = {
            "probability": (by_day, self.probability),
            "cumulative": (by_day, self.cumulative),
            "hazard": (by_day, self.hazard),
            "surviving": ("day", self.surviving),
        }
        screened = {"offer": self.offers, "cutoff": self.cutoffs}
        data |= {name: ("day", column) for name, column in screened.items() if column.size}
        return xarray.Dataset(
            data,
            coords={"outcome": list(self.outcomes), "day": self.days},
            attrs=attributes,
        )


def timeline(
    model: Model,
    values: Mapping[str, Any] | None = None,
    /,
    *,
    equilibrium: int = 0,
    method: str | None = None,
    select: str | None = None,
    refine: str | None = None,
    **parameters: Any,
) -> Timeline:
    """Solve a model at a point and say when its play ends, and how.

    >>> import gametheory_crisis as gtc
    >>> line = gtc.timeline(gtc.load("sixty_day_ultimatum"), T=30, c_iran=0.1)
    >>> line.expected_day, line.total["strike"]
    (30.0, 1.0)

    Parameters
    ----------
    values, **parameters : the point; see `Model.point`
    equilibrium : which of the equilibria listed, from 0
    method, select, refine : see `Model.solve`

    Raises
    ------
    ParameterError
        No such point, or no such equilibrium.
    UnsupportedGame
        No engine solves the game, or not in the way that was asked for.
    """
    solution = model.solve(values, method=method, select=select, refine=refine, **parameters)
    return timeline_of(model, solution, equilibrium)


def timeline_of(model: Model, solution: Solution, equilibrium: int = 0) -> Timeline:
    """The timeline of one equilibrium of a solution that has been found.

    Raises
    ------
    ParameterError
        No such equilibrium.
    """
    found = chosen(solution, equilibrium)
    outcomes = tuple(name for name in model.outcomes if name != FOREVER)
    last = max((day for name in outcomes for day in found.ends.get(name, ())), default=0)
    probability = np.zeros((len(outcomes), last + 1))
    for row, name in zip(probability, outcomes, strict=True):
        for day, share in found.ends.get(name, {}).items():
            row[day] = share
    forever, undecided = found.outcomes.get(FOREVER, 0.0), 0.0
    if model.game_class.endless:
        undecided = max(0.0, 1.0 - forever - float(probability.sum()))
    return Timeline(
        model=model.name,
        parameters=solution.parameters,
        regime=found.regime,
        equilibrium=equilibrium,
        equilibria=len(solution.equilibria),
        outcomes=outcomes,
        days=np.arange(last + 1, dtype=np.int64),
        probability=probability,
        forever=forever,
        undecided=undecided,
        expected_day=found.expected_day,
        deadline=deadline_at(model, solution.parameters),
        screening=offers_by_day(model.graph, found, last + 1),
    )


def chosen(solution: Solution, equilibrium: int) -> Equilibrium:
    """One of the equilibria found, counted from 0.

    Raises
    ------
    ParameterError
        There are not as many.
    """
    count = len(solution.equilibria)
    if not 0 <= equilibrium < count:
        found = f"{count} equilibri{'um was' if count == 1 else 'a were'} found"
        raise ParameterError(f"no equilibrium {equilibrium}, counted from 0: {found}")
    return solution.equilibria[equilibrium]


def deadline_at(model: Model, point: Mapping[str, Number]) -> int | None:
    """The day on which the clock expires at a point; None where there is no deadline."""
    deadline = model.graph.clock.deadline
    if deadline is None:
        return None
    return int(Evaluator(make_tape(model.graph.expressions), point).value(deadline))
