"""What holds of every shipped model: it explains itself, its claims hold, and the engines agree."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

import gametheory_crisis as gtc
from gametheory_crisis import Model
from gametheory_crisis.analysis.claims import check_claim, check_claims
from gametheory_crisis.language.colours import is_colour
from gametheory_crisis.language.graph import Claim, Parameter
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.solvers.pointwise import CellByCell

NAMES = sorted(gtc.shipped_models())
NO_REGRET = 1e-9
LONGEST = 20
"""Random points stay below this many days, to be quick."""
TIES = (2, 3)
"""Statuses of a cell whose equilibrium is one of several."""

every_model = pytest.mark.parametrize("name", NAMES)


@cache
def model(name: str) -> Model:
    return gtc.load(name)


def claims() -> list[object]:
    return [
        pytest.param(name, claim, id=f"{name}:{claim.line}")
        for name in NAMES
        for claim in model(name).graph.claims
    ]


def random_value(parameter: Parameter, draw: random.Random) -> Fraction:
    """A value within the range, in thousandths of its length."""
    if parameter.range is None:
        return parameter.value
    low, high = parameter.range
    if parameter.integer:
        return Fraction(draw.randint(int(low), min(int(high), LONGEST)))
    return low + (high - low) * Fraction(draw.randrange(1, 1000), 1000)


def random_points(name: str, number: int) -> list[dict[str, Fraction]]:
    """Seeded points of a model's ranges."""
    draw = random.Random(name)
    parameters = model(name).graph.parameters
    return [{k: random_value(p, draw) for k, p in parameters.items()} for _ in range(number)]


@every_model
def test_a_shipped_model_reads_without_a_warning(name):
    assert model(name).graph.warnings == ()
    assert model(name).engine in ("recursion", "tree", "screening", "cutoffs")


@every_model
def test_a_shipped_model_explains_itself(name):
    graph = model(name).graph
    assert graph.title
    assert len(graph.doc.split(". ")) >= 3
    assert all(graph.players.values())
    assert all(parameter.doc for parameter in graph.parameters.values())
    assert all(parameter.range is not None for parameter in graph.parameters.values())
    assert all(outcome.label for outcome in graph.outcomes.values())
    colours = [outcome.colour for outcome in graph.outcomes.values()]
    assert all(colour is not None and is_colour(colour) for colour in colours)
    assert len(set(colours)) == len(colours)
    assert all(claim.doc for claim in graph.claims)
    assert len(graph.claims) >= 5


@pytest.mark.parametrize(("name", "claim"), claims())
def test_a_claim_of_a_shipped_model_holds(name: str, claim: Claim):
    result = check_claim(model(name), claim)
    assert result.holds, result.message


@every_model
def test_the_default_map_shows_every_regime(name):
    shipped = model(name)
    assert shipped.graph.map_axes is not None
    # Models without tables are solved cell by cell, and daily offers take long in a cell.
    num = 12 if isinstance(shipped.block_solver, CellByCell) else 60
    num = 6 if shipped.engine == "screening" else num
    axes = {
        axis.parameter: np.linspace(float(axis.low), float(axis.high), num)
        for axis in shipped.graph.map_axes
    }
    for key in axes:
        if shipped.graph.parameters[key].integer:
            axes[key] = np.unique(np.rint(axes[key]))
    sweep = gtc.run_sweep(shipped, axes, quantities=())
    named = {shipped.regimes.index(regime.name) for regime in shipped.graph.regimes}
    assert set(np.unique(sweep.regime)) == named
    shares = np.bincount(sweep.regime.ravel(), minlength=len(shipped.regimes)) / sweep.regime.size
    assert min(shares[list(named)]) > 0.05


@every_model
def test_the_defaults_lie_inside_the_map_and_inside_a_regime(name):
    shipped = model(name)
    point = shipped.point()
    assert shipped.graph.map_axes is not None
    around = {}
    for axis in shipped.graph.map_axes:
        centre, step = point[axis.parameter], (axis.high - axis.low) / 50
        assert axis.low + step <= centre <= axis.high - step
        if shipped.graph.parameters[axis.parameter].integer:
            step = Fraction(math.ceil(step))
        around[axis.parameter] = [float(centre + k * step) for k in (-1, 0, 1)]
    assert len(np.unique(gtc.run_sweep(shipped, around).regime)) == 1


@every_model
def test_no_player_regrets_an_equilibrium(name):
    for point in [{}, *random_points(name, 5)]:
        for equilibrium in model(name).solve(point).equilibria:
            assert abs(equilibrium.regret) <= NO_REGRET
            assert sum(equilibrium.outcomes.values()) == pytest.approx(1, abs=1e-12)


@every_model
def test_the_kernel_agrees_with_the_solution_point_by_point(name):
    shipped = model(name)
    points = random_points(name, 20)
    theta = [[float(point[key]) for key in shipped.parameters] for point in points]
    cells = shipped.solve_batch(np.array(theta))
    for index, point in enumerate(points):
        first = shipped.solve(point).equilibria[0]
        payoffs = list(first.payoffs.values())
        assert cells.payoff[:, 0, index] == pytest.approx(payoffs, rel=1e-9, abs=1e-9)
        probabilities = list(first.outcomes.values())
        assert cells.probability[:, 0, index] == pytest.approx(probabilities, abs=1e-9)
        if cells.status[0, index] not in TIES:
            assert shipped.regimes[cells.regime[0, index]] == first.regime


def test_a_claim_of_a_day_is_not_met_by_an_average_of_days():
    text = """\
format: 1
title: Two days
players: [A]
game:
  toss:
    chance: {now: 1/2, later: rest}
    next:
      now: {outcome: end, payoffs: {A: 1}}
      later: {next: {outcome: end, payoffs: {A: 1}}, days: 2}
claims:
  - {at: {}, outcome: end}
  - {at: {}, outcome: end, day: 1}
"""
    model = Model(read_model(text.encode(), "two_days.yaml"), "two_days")
    assert model.solve().equilibria[0].ends == {"end": {0: 0.5, 2: 0.5}}
    assert [result.holds for result in check_claims(model)] == [True, False]
