"""The compiled function of a model, called from compiled code."""

from __future__ import annotations

import numba
import numpy as np
import pytest

import gametheory_crisis as gtc

MODELS = ("sixty_day_ultimatum", "mediation_precondition", "fearon_ultimatum")


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest) -> gtc.Model:
    return gtc.load(request.param)


def random_points(model: gtc.Model, num: int) -> np.ndarray:
    generator = np.random.default_rng(7)
    columns = []
    for parameter in model.graph.parameters.values():
        low, high = map(float, parameter.range or (0, 1))
        values = generator.uniform(low, high, num)
        columns.append(np.floor(values) if parameter.integer else values)
    return np.column_stack(columns)


def test_a_kernel_gives_bit_for_bit_what_the_batch_gives(model):
    kernel = model.kernel()
    points = random_points(model, 25)
    points[3, 0] = np.nan
    points[4, 1] = 1e9
    batch = model.solve_batch(points)
    for k, point in enumerate(points):
        cell = kernel(point)
        assert (cell.status == 2) == (batch.status[0, k] in (2, 3))
        assert cell.regime == batch.regime[0, k]
        assert np.array_equal(cell.payoffs, batch.payoff[:, 0, k], equal_nan=True)
        assert np.array_equal(cell.probabilities, batch.probability[:, 0, k], equal_nan=True)
        assert np.array_equal(cell.expected_day, batch.expected_day[0, k], equal_nan=True)
    assert kernel(points[3]).status == kernel(points[4]).status == 6


def test_a_kernel_runs_inside_compiled_code_of_the_users():
    model = gtc.load("sixty_day_ultimatum")
    kernel = model.kernel()

    @numba.njit
    def deals(points):
        count = 0
        for k in range(len(points)):
            count += kernel(points[k]).probabilities[0] == 1.0
        return count

    points = random_points(model, 200)
    assert deals(points) == np.count_nonzero(model.solve_batch(points).probability[0] == 1)
