"""Which simple rules describe a regime: scenario discovery over a sample of points."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gametheory_crisis.analysis.arguments import (
    num_threads,
    point_values,
    read_over,
    real_number,
    texts,
    whole_number,
)
from gametheory_crisis.analysis.point_lists import (
    check_some_solved,
    counts_by_status,
    solve_points,
)
from gametheory_crisis.analysis.scenarios.peeling import FEWEST
from gametheory_crisis.analysis.scenarios.results import Scenario, Tree
from gametheory_crisis.analysis.scenarios.search import NO_REGIME, Discovery, Sample
from gametheory_crisis.errors import ParameterError
from gametheory_crisis.language.report import unknown
from gametheory_crisis.results import plain
from gametheory_crisis.sweeps.space import ParameterSpace, Spread, Varied, draw

if TYPE_CHECKING:
    from gametheory_crisis.model import Model
    from gametheory_crisis.solvers.spreading import Progress

SCHEMA = "gametheory_crisis.scenarios/1"
METHODS = ("prim", "tree", "both")
"""Boxes, a shallow tree, or both."""
MOST_QUESTIONS = 10
"""A deeper tree is no longer a description."""


@dataclass(frozen=True, eq=False, repr=False)
class Scenarios:
    """Regimes described by boxes, by a tree, or by both.

    Attributes
    ----------
    model : name of the model
    varied : the parameters that vary, in order: the columns of the samples
    values : the other parameters
    regimes : names of all regimes of the model
    seed, design : how the points were drawn
    density : how pure the boxes were to be
    select : the rule that picked one of several equilibria; None for the one listed first
    scenarios : one for each regime asked for; empty where no boxes were
    tree : None where none was asked for
    sample, fresh : the points on which the descriptions were found, and as many that were drawn
        apart from them, on which all figures are given once more
    """

    model: str
    varied: tuple[Varied, ...]
    values: dict[str, float]
    regimes: tuple[str, ...]
    seed: int | None
    design: str
    density: float
    select: str | None
    scenarios: tuple[Scenario, ...]
    tree: Tree | None
    sample: Sample
    fresh: Sample

    def __repr__(self) -> str:
        described = ", ".join(one.regime for one in self.scenarios)
        return f"<Scenarios of {self.model}: {described}; {len(self.sample.regime)} points>"

    def __getitem__(self, regime: str) -> Scenario:
        """The scenario of one regime."""
        for scenario in self.scenarios:
            if scenario.regime == regime:
                return scenario
        raise KeyError(regime)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters that vary."""
        return tuple(one.name for one in self.varied)

    @property
    def text(self) -> str:
        """All descriptions, one line each."""
        said = [scenario.text for scenario in self.scenarios]
        return "\n".join(said + ([self.tree.text] if self.tree is not None else []))

    def to_dict(self) -> dict[str, Any]:
        """What ``crisis scenarios --json`` prints."""
        return {
            "schema": SCHEMA,
            "model": self.model,
            "parameters": {name: plain(value) for name, value in self.values.items()},
            "over": {one.name: _span(one) for one in self.varied},
            "n": len(self.sample.regime),
            "seed": self.seed,
            "design": self.design,
            "density": self.density,
            "select": self.select,
            "unsolved": {"sample": self.sample.unsolved, "fresh": self.fresh.unsolved},
            "regimes": {one.regime: one.to_dict() for one in self.scenarios},
            "tree": None if self.tree is None else self.tree.to_dict(),
        }


def _span(varied: Varied) -> dict[str, Any]:
    ends = {"from": varied.low, "to": varied.high}
    found = {name: end if math.isfinite(end) else None for name, end in ends.items()}
    return found | {"whole": varied.integer}


def scenarios(
    model: Model,
    regime: str | Sequence[str] | None = None,
    *,
    over: Mapping[str, Spread] | Sequence[str] | None = None,
    values: Mapping[str, Any] | None = None,
    n: int = 4096,
    seed: int | None = None,
    design: str = "sobol",
    method: str = "prim",
    boxes: int = 3,
    density: float = 0.8,
    depth: int = 3,
    select: str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Scenarios:
    """Describe regimes in plain words: ``strike: c_iran < 0.157 and threat > 0.15``.

    Points are drawn, solved, and those of a regime are told from the rest by a few boxes (the
    Patient Rule Induction Method, Friedman & Fisher 1999, as scenario discovery uses it, Bryant &
    Lempert 2010) or by the leaves of a shallow tree.

    Parameters
    ----------
    regime : a regime, several, or None: every one that occurs
    over : the parameters that vary, each with its ends or a distribution, or a list of names that
        vary over their ranges; default all that have a range and are not in ``values``
    values : the other parameters, where they differ from the file's
    n : points of the sample; as many fresh ones are solved to check what was found
    seed : the same seed gives the same result; None takes one from the system
    design : how points are drawn: ``sobol``, ``lhs`` or ``random``
    method : ``prim``, ``tree`` or ``both``
    boxes : boxes for a regime at most
    density : of the boxes that are at least so pure, the one with the best balance of coverage and
        density (their harmonic mean) is taken; of all, where none is
    depth : questions of the tree one after the other, at most
    select : rule that picks the equilibrium that counts where a point has several; see `run_sweep`
    threads, progress : as in `run_sweep`; the result does not depend on them

    Returns
    -------
    Scenarios
        A point that could not be solved belongs to no regime; where a point has several equilibria
        the first counts, or the one that ``select`` picks.

    Raises
    ------
    ParameterError
        An unknown parameter, regime, design or method, or a number that makes no sense.
    UnsupportedGame
        No engine solves the model, or the rule does not apply to it.
    SolverError
        Not a single point has a solution.

    >>> import gametheory_crisis as gtc
    >>> model = gtc.load("sixty_day_ultimatum")
    >>> spans = {"c_iran": (0, 0.6), "threat": (0, 0.6)}
    >>> print(gtc.scenarios(model, "strike", over=spans, seed=0)["strike"].boxes[0].conditions)
    c_iran < 0.157 and threat > 0.15
    """
    n, boxes, depth = (
        whole_number(k, v) for k, v in (("n", n), ("boxes", boxes), ("depth", depth))
    )
    seed = None if seed is None else whole_number("seed", seed, 0)
    density = real_number("density", density)
    _check(method, boxes, density, depth, n)
    asked = _asked(model, regime)
    space = ParameterSpace.of(model, read_over(model, over), point_values(values))
    sample, fresh = _solved(model, space, design, n, seed, select, num_threads(threads), progress)
    if asked is None:
        asked = [int(k) for k in np.unique(sample.regime) if k != NO_REGIME]
    discovery = Discovery(space.varied, model.regimes, sample, fresh)
    found = (discovery.scenario(k, density, boxes) for k in asked) if method != "tree" else ()
    return Scenarios(
        model=model.name,
        varied=space.varied,
        values=space.fixed,
        regimes=model.regimes,
        seed=seed,
        design=design,
        density=density,
        select=select,
        scenarios=tuple(found),
        tree=discovery.tree(asked, depth) if method != "prim" else None,
        sample=sample,
        fresh=fresh,
    )


def _check(method: str, boxes: int, density: float, depth: int, n: int) -> None:
    if method not in METHODS:
        raise ParameterError(f"unknown method '{method}'; methods: {', '.join(METHODS)}")
    if boxes < 1:
        raise ParameterError(f"boxes = {boxes}: a regime is described by one box at least")
    if not 0 < density <= 1:
        raise ParameterError(f"density = {density:g} is not above 0 and at most 1")
    if not 1 <= depth <= MOST_QUESTIONS:
        raise ParameterError(f"depth = {depth}: a tree asks 1 to {MOST_QUESTIONS} questions")
    if n < FEWEST:
        raise ParameterError(f"n = {n}: fewer than {FEWEST} points describe nothing")


def _asked(model: Model, regime: str | Sequence[str] | None) -> list[int] | None:
    """Indices of the regimes asked for, in that order, each once."""
    if regime is None:
        return None
    names = list(dict.fromkeys(texts("regime", regime)))
    if not names:
        raise ParameterError("no regime is asked for")
    for name in names:
        if name not in model.regimes:
            raise ParameterError(unknown("regime", name, model.regimes))
    return [model.regimes.index(name) for name in names]


def _solved(
    model: Model,
    space: ParameterSpace,
    design: str,
    n: int,
    seed: int | None,
    select: str | None,
    threads: int | None,
    progress: Progress | None,
) -> tuple[Sample, Sample]:
    """Two samples drawn apart from each other, solved together."""
    other = None if seed is None else int(np.random.SeedSequence((seed, 1)).generate_state(1)[0])
    shares = [draw(design, n, len(space.varied), one) for one in (seed, other)]
    columns = space.columns(np.concatenate(shares))
    cells = solve_points(
        model,
        space.fixed,
        columns,
        select=select,
        total=2 * n,
        threads=threads,
        progress=progress,
    )
    points = np.column_stack([columns[name] for name in space.names])
    check_some_solved(counts_by_status(cells.status[0]))
    regime = cells.regime[0]
    return Sample(points[:n], regime[:n]), Sample(points[n:], regime[n:])
