"""Laws of the logit path, and of selection among equilibria."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction as F
from itertools import pairwise, product
from random import Random

import numpy as np
import pytest
from scipy.optimize import brentq

from gametheory_crisis.errors import ParameterError, SolverError, UnsupportedGame
from gametheory_crisis.solvers.normal_form.logit import (
    LogitResult,
    logit_equilibrium,
)
from gametheory_crisis.solvers.normal_form.logit_path import (
    FloatArray,
    PathPoint,
    finite_differences,
    settle,
    trace,
)
from gametheory_crisis.solvers.normal_form.many_players import solve_many
from gametheory_crisis.solvers.normal_form.normal_form_model import NormalFormModel
from gametheory_crisis.solvers.normal_form.selection import RULES, select, symmetric

Tables = list[list[F]]
HALF = F(1, 2)


def game(*rows: Sequence[int]) -> Tables:
    return [[F(value) for value in row] for row in rows]


def random_game(rng: Random, shape: Sequence[int], high: int) -> Tables:
    return [[F(rng.randint(0, high)) for _ in range(math.prod(shape))] for _ in shape]


def model(payoffs: Tables, shape: Sequence[int]) -> NormalFormModel:
    return NormalFormModel([np.array(table, float).reshape(shape) for table in payoffs])


def worst_gain(
    payoffs: Tables, shape: Sequence[int], profile: Sequence[Sequence[F | float]]
) -> float:
    """Regret as a share of each player's spread, by summing over all profiles of actions."""
    most = 0.0
    for i, table in enumerate(payoffs):
        values = [0.0] * shape[i]
        for actions, payoff in zip(product(*map(range, shape)), table, strict=True):
            others = math.prod(float(profile[j][a]) for j, a in enumerate(actions) if j != i)
            values[actions[i]] += others * float(payoff)
        own = sum(float(p) * v for p, v in zip(profile[i], values, strict=True))
        most = max(most, (max(values) - own) / float(max(table) - min(table) or 1))
    return most


PENNIES = game([9, 0, 0, 1], [0, 1, 1, 0])
STAG_HUNT = game([4, 0, 3, 2], [4, 3, 0, 2])
CHICKEN = game([0, 7, 2, 6], [0, 2, 7, 6])
# The curve of this game turns back twice: in precision 7.24 to 7.19, and 30.9 to 23.96.
WINDING = game([3, 9, 7, 7, 3, 7, 9, 5, 4], [1, 2, 5, 9, 7, 3, 9, 9, 2])
# Nau, Gomez Canovas and Hansen (2004): one equilibrium, irrational.
NAU = game([3, 1, 0, 0, 0, 0, 1, 2], [0, 0, 2, 1, 1, 3, 0, 0], [2, 0, 0, 0, 0, 0, 0, 3])


# The path


def test_every_point_of_the_path_is_a_logit_equilibrium() -> None:
    for payoffs, shape in ((WINDING, (3, 3)), (NAU, (2, 2, 2)), (STAG_HUNT, (2, 2))):
        tables = model(payoffs, shape)
        path = trace(tables, lambda point: point.precision > 60, scale=9.0)
        assert path.status == "arrived"
        for point in path.points:
            values = tables.split(tables.worth(point.probabilities))
            for value, played in zip(values, tables.split(point.probabilities), strict=True):
                weights = np.exp(point.precision * (value - value.max()))
                assert played == pytest.approx(weights / weights.sum(), abs=1e-8)


def test_the_path_starts_at_the_centroid_and_passes_turning_points() -> None:
    path = logit_equilibrium(WINDING, (3, 3)).path
    assert path.points[0].probabilities == pytest.approx(np.full(6, 1 / 3))
    precisions = [point.precision for point in path.points]
    assert precisions[0] == 0
    assert max(a - b for a, b in pairwise(precisions)) > 1
    assert path.status == "arrived"


def test_a_point_of_the_path_agrees_with_a_bracketed_root() -> None:
    # p = s(t (9 q - (1 - q))), q = s(t (1 - 2 p)) with the logistic function s.
    def first(q: float, t: float) -> float:
        return 1 / (1 + math.exp(-t * (10 * q - 1)))

    t = 1.5
    q = brentq(lambda q: q - 1 / (1 + math.exp(-t * (1 - 2 * first(q, t)))), 0, 1, xtol=1e-15)
    point = settle(model(PENNIES, (2, 2)), np.log(np.full(4, 0.5)), t)
    assert point is not None
    assert point.probabilities[[0, 2]] == pytest.approx([first(q, t), q], abs=1e-12)


def test_a_path_may_be_taken_up_where_it_was_left() -> None:
    tables = model(NAU, (2, 2, 2))
    half = trace(tables, lambda point: point.precision > 5, scale=3.0)
    rest = trace(tables, lambda point: point.precision > 50, scale=3.0, start=half.last)
    whole = trace(tables, lambda point: point.precision > 50, scale=3.0)
    ends = [settle(tables, path.last.logs, 60.0) for path in (rest, whole)]
    assert ends[0] is not None
    assert ends[1] is not None
    assert ends[0].logs == pytest.approx(ends[1].logs, abs=1e-9)


def test_derivatives_agree_with_differences() -> None:
    rng = np.random.default_rng(1)
    tables = NormalFormModel([rng.random((2, 3, 4)) for _ in range(3)])
    logs = rng.normal(size=9)
    numeric = finite_differences(tables.values, logs)
    assert tables.jacobian(logs) == pytest.approx(numeric, abs=1e-6)


class Undefined:
    """A model whose values are undefined once play has moved away from the centroid."""

    sizes = (2,)

    def values(self, logs: FloatArray) -> FloatArray:
        return np.array([math.nan if logs[0] < -1 else 0.0, 1.0])

    def jacobian(self, logs: FloatArray) -> FloatArray:
        return np.zeros((2, 2))


def test_a_path_that_leads_no_farther_is_a_status() -> None:
    path = trace(Undefined(), lambda point: point.precision > 10)
    assert path.status == "stalled"
    assert path.last.precision < 1
    assert trace(Undefined(), lambda _: False, most_steps=2).status == "out of steps"


class Hidden:
    """A player who stops or enters in one of two ways, and one who sees only that it entered.

    Stopping is worth 1 more than the first way and 2 more than the second, so that entering
    becomes unlikelier than any float and its first way, relatively, certain.  The one who answers
    earns 1 if it guesses the way.
    """

    sizes = (3, 2)

    def values(self, logs: FloatArray) -> FloatArray:
        odds = np.exp(logs[2] - logs[1])
        return np.array([2.0, 1.0, 0.0, 1 / (1 + odds), odds / (1 + odds)])

    def jacobian(self, logs: FloatArray) -> FloatArray:
        return finite_differences(self.values, logs)


def test_beliefs_at_places_less_likely_than_any_float_are_followed() -> None:
    path = trace(Hidden(), lambda point: point.precision > 5000)
    assert path.status == "arrived"
    assert path.last.probabilities[1:3].tolist() == [0, 0]
    assert path.last.logs[1] - path.last.logs[0] == pytest.approx(-path.last.precision)
    assert path.last.logs[2] - path.last.logs[1] == pytest.approx(-path.last.precision)
    assert path.last.probabilities[3] == 1


# Its limit


def check(result: LogitResult, payoffs: Tables, shape: Sequence[int]) -> None:
    assert result.status == "equilibrium"
    assert worst_gain(payoffs, shape, result.profile) <= 1e-10
    for part, size in zip(result.profile, shape, strict=True):
        assert len(part) == size
        assert min(part) >= 0
        assert math.isclose(sum(part), 1, abs_tol=1e-14)


def test_limits_of_textbook_games() -> None:
    assert logit_equilibrium(PENNIES, (2, 2)).profile == ((HALF, HALF), (F(1, 10), F(9, 10)))
    assert logit_equilibrium(STAG_HUNT, (2, 2)).profile == ((0, 1), (0, 1))
    assert logit_equilibrium(CHICKEN, (2, 2)).profile == ((F(1, 3), F(2, 3)),) * 2
    q = (math.sqrt(601) - 13) / 24
    found = logit_equilibrium(NAU, (2, 2, 2))
    expected = [(9 * q - 1) / (7 * q + 2), q, (2 - 3 * q) / (q + 1)]
    assert [part[0] for part in found.profile] == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(
    ("shape", "high"),
    [((5, 5, 5), 99), ((4, 4, 4, 4), 99), ((12, 12), 99), ((3, 3, 3), 2), ((2, 2, 2, 2, 2), 3)],
)
def test_random_games_come_to_an_equilibrium(shape: tuple[int, ...], high: int) -> None:
    payoffs = random_game(Random(7), shape, high)
    check(logit_equilibrium(payoffs, shape), payoffs, shape)


def test_degenerate_games_come_to_an_equilibrium() -> None:
    rng = Random(8)
    for _ in range(25):
        shape = rng.choice([(2, 2), (2, 3), (2, 2, 2), (3, 2, 2)])
        payoffs = random_game(rng, shape, rng.choice([0, 1, 2]))
        check(logit_equilibrium(payoffs, shape), payoffs, shape)


def test_units_of_payoffs_do_not_matter() -> None:
    units = ((F(1, 10**12), F(1)), (F(10**12), F(-1)), (F(5), F(10**9)))
    for payoffs, shape in ((NAU, (2, 2, 2)), (WINDING, (3, 3)), (STAG_HUNT, (2, 2))):
        scaled = [[b * v + a for v in t] for t, (b, a) in zip(payoffs, units, strict=False)]
        one, other = logit_equilibrium(payoffs, shape), logit_equilibrium(scaled, shape)
        assert other.status == "equilibrium"
        check(other, payoffs, shape)
        for p, q in zip(one.profile, other.profile, strict=True):
            assert list(map(float, p)) == pytest.approx(list(map(float, q)), abs=1e-14)


def test_a_profile_with_regret_is_no_equilibrium_but_a_status() -> None:
    payoffs = random_game(Random(8), (2, 2, 2), 99)
    # Its only equilibrium is irrational, so floats leave a gain of rounding's size.
    strict = logit_equilibrium(payoffs, (2, 2, 2), tolerance=0.0)
    assert strict.status == "not converged"
    assert 0 < strict.regret < 1e-12
    assert logit_equilibrium(payoffs, (2, 2, 2)).status == "equilibrium"


def test_a_path_that_gets_stuck_is_not_the_end() -> None:
    found = logit_equilibrium(WINDING, (3, 3), most_steps=8)
    assert found.path.status == "out of steps"
    assert found.route == "supports"
    check(found, WINDING, (3, 3))
    listed = equilibria(WINDING, (3, 3))
    assert found.profile in listed
    large = random_game(Random(12), (9, 9), 99)
    stuck = logit_equilibrium(large, (9, 9), most_steps=3)
    assert stuck.status == "not converged"
    assert worst_gain(large, (9, 9), stuck.profile) > 1e-3


def test_the_regret_is_that_of_the_payoffs_as_given() -> None:
    payoffs = random_game(Random(9), (3, 3, 3), 10**6)
    found = logit_equilibrium(payoffs, (3, 3, 3))
    spread = max(float(max(table) - min(table)) for table in payoffs)
    assert float(found.regret) <= 1e-10 * spread
    assert float(found.regret) == pytest.approx(
        worst_gain(payoffs, (3, 3, 3), found.profile) * spread, abs=1e-6
    )


def test_payoffs_that_are_no_game_are_refused() -> None:
    with pytest.raises(ParameterError, match="player 1 has a payoff that is not finite"):
        logit_equilibrium([[1.0], [math.inf]], (1, 1))


# Selection


def equilibria(payoffs: Tables, shape: Sequence[int]) -> list[tuple[tuple[F | float, ...], ...]]:
    return [equilibrium.profile for equilibrium in solve_many(payoffs, shape).equilibria]


def test_in_the_stag_hunt_payoff_and_risk_part() -> None:
    listed = equilibria(STAG_HUNT, (2, 2))
    assert listed == [((1, 0), (1, 0)), ((0, 1), (0, 1)), ((F(2, 3), F(1, 3)),) * 2]
    picked = {rule: select(rule, listed, STAG_HUNT, (2, 2)) for rule in RULES}
    assert picked == {"payoff": 0, "risk": 1, "logit": 1, "mixed": 2, "first": 0}


def test_a_tie_in_risk_goes_to_the_mixed_equilibrium() -> None:
    # Harsanyi and Selten (1988): the battle of the sexes is symmetric.
    battle = game([2, 0, 0, 1], [1, 0, 0, 2])
    listed = equilibria(battle, (2, 2))
    assert listed[select("risk", listed, battle, (2, 2))] == (
        (F(2, 3), F(1, 3)),
        (F(1, 3), F(2, 3)),
    )
    with pytest.raises(UnsupportedGame, match="neither of two equilibria risk-dominates"):
        select("risk", listed[:2], battle, (2, 2))


def test_risk_dominance_compares_exactly() -> None:
    tiny = F(1, 10**30)
    listed = [((1, 0), (1, 0)), ((0, 1), (0, 1)), ((HALF, HALF), (HALF, HALF))]
    for sign, expected in ((1, 0), (-1, 1), (0, 2)):
        payoffs = [[1 + sign * tiny, F(0), F(0), F(1)], [F(1), F(0), F(0), F(1)]]
        assert select("risk", listed, payoffs, (2, 2)) == expected


def test_risk_dominance_ignores_units_and_what_the_other_does_to_a_player() -> None:
    rng = Random(10)
    for _ in range(30):
        a, b, c, d = (rng.randint(1, 9) for _ in range(4))
        payoffs = game([a, 0, 0, b], [c, 0, 0, d])
        listed = equilibria(payoffs, (2, 2))
        before = select("risk", listed, payoffs, (2, 2))
        assert before == (2 if a * c == b * d else int(a * c < b * d))
        shifts = [F(rng.randint(-9, 9)) for _ in range(4)]
        moved = [
            [7 * v + shifts[k % 2] for k, v in enumerate(payoffs[0])],
            [3 * v + shifts[2 + k // 2] for k, v in enumerate(payoffs[1])],
        ]
        assert select("risk", listed, moved, (2, 2)) == before


def test_in_symmetric_two_by_two_games_logit_selects_the_risk_dominant_equilibrium() -> None:
    rng = Random(11)
    for _ in range(20):
        a, b = rng.sample(range(1, 12), 2)
        off = rng.randint(-5, 0)
        payoffs = game([a, off, 0, b], [a, 0, off, b])
        listed = equilibria(payoffs, (2, 2))
        picked = select("risk", listed, payoffs, (2, 2))
        if picked < 2:
            assert select("logit", listed, payoffs, (2, 2)) == picked


def test_risk_looks_through_strictly_dominated_actions_and_idle_players() -> None:
    # The stag hunt with a third action that is worse than the first, and a player with one action.
    payoffs = game([4, 0, 9, 3, 2, 9, 3, -1, 8], [4, 3, 0, 0, 2, -9, 0, 0, -9], [0] * 9)
    listed = equilibria(payoffs, (3, 3, 1))
    assert len(listed) == 3
    assert listed[select("risk", listed, payoffs, (3, 3, 1))] == ((0, 1, 0), (0, 1, 0), (1,))


def test_risk_is_refused_elsewhere_with_a_way_out() -> None:
    payoffs = game([1, 0, 0, 0, 1, 0, 0, 0, 1], [1, 0, 0, 0, 1, 0, 0, 0, 1])
    listed = equilibria(payoffs, (3, 3))
    with pytest.raises(UnsupportedGame, match="the rule logit selects in games of any size"):
        select("risk", listed, payoffs, (3, 3))
    nothing = game([0] * 4, [0] * 4)
    with pytest.raises(UnsupportedGame, match="there is none; use the rule logit"):
        select("risk", equilibria(nothing, (2, 2)), nothing, (2, 2))
    with pytest.raises(UnsupportedGame, match="no rule of selection is called 'best'"):
        select("best", listed, payoffs, (3, 3))
    with pytest.raises(SolverError, match="no equilibrium to select from"):
        select("first", [], payoffs, (3, 3))


def test_mixed_prefers_the_symmetric_equilibrium_of_a_symmetric_game() -> None:
    assert symmetric(CHICKEN, (2, 2))
    assert not symmetric(PENNIES, (2, 2))
    assert not symmetric(game([0] * 6, [0] * 6), (2, 3))
    coordination = game(*[[1, 0, 0, 0, 0, 0, 0, 1]] * 3)
    assert symmetric(coordination, (2, 2, 2))
    lopsided = game([1, 0, 0, 0, 0, 0, 0, 1], *[[1, 0, 1, 0, 0, 0, 0, 1]] * 2)
    assert not symmetric(lopsided, (2, 2, 2))
    # Where the actions tie, a profile with more mixing that is not symmetric is passed over.
    nothing = game([0] * 4, [0] * 4)
    listed = [((1, 0), (1, 0)), ((1, 0), (HALF, HALF))]
    assert select("mixed", listed, nothing, (2, 2)) == 0
    assert select("mixed", [((1, 0), (0, 1)), ((1, 0), (HALF, HALF))], nothing, (2, 2)) == 1


def test_ties_go_to_the_equilibrium_listed_first() -> None:
    payoffs = game([1, 0, 0, 1], [1, 0, 0, 1])
    listed = equilibria(payoffs, (2, 2))
    for order in (listed, listed[::-1]):
        picked = order[select("payoff", order, payoffs, (2, 2))]
        assert picked == next(p for p in order if set(p[0]) == {0, 1})
    rounded = [[0.1 + 0.2, 0.0, 0.0, 0.3], [0.0] * 4]
    for order in (listed[:2], listed[1::-1]):
        assert select("payoff", order, rounded, (2, 2)) == 0
    exact = [[F(3, 10) + F(1, 10**20), F(0), F(0), F(3, 10)], [F(0)] * 4]
    assert select("payoff", listed[1::-1], exact, (2, 2)) == 1


def test_logit_selects_in_games_of_three_players() -> None:
    payoffs = game(*[[5, 0, 0, 0, 0, 0, 0, 4]] * 3)
    listed = equilibria(payoffs, (2, 2, 2))
    assert listed[select("logit", listed, payoffs, (2, 2, 2))] == ((1, 0),) * 3


def test_rules_without_a_path_need_no_numpy() -> None:
    script = (
        "import sys\n"
        "from gametheory_crisis.solvers.normal_form.selection import select\n"
        "listed = [((1, 0), (1, 0)), ((0, 1), (0, 1))]\n"
        "payoffs = [[4, 0, 3, 2], [4, 3, 0, 2]]\n"
        "rules = ('payoff', 'risk', 'first', 'mixed')\n"
        "print([select(rule, listed, payoffs, (2, 2)) for rule in rules])\n"
        "print('numpy' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == ["[0, 1, 0, 0]", "False"]


def test_the_centroid_is_a_path_point_in_the_callers_units() -> None:
    point = PathPoint(np.log(np.array([0.25, 0.75])), 2.0)
    assert point.probabilities == pytest.approx([0.25, 0.75])
