"""Laws of Markov perfect equilibria in mixed strategies."""

from __future__ import annotations

from fractions import Fraction as F
from itertools import product
from math import inf, sqrt

import numpy as np
import pytest

import gametheory_crisis as gtc
from gametheory_crisis.games.stochastic import (
    Onward,
    StationaryProfile,
    StochasticGame,
    stochastic_arrays,
)
from gametheory_crisis.solvers.stochastic.mixed import (
    Found,
    cell_equilibria,
    logit_equilibrium,
    mixed_equilibria,
    one_equilibrium,
    stage_iteration,
    stationary_profile,
    support_equilibria,
)
from gametheory_crisis.solvers.stochastic.values import profile_values, regret
from tests.stochastic_games import (
    NOTHING,
    attrition,
    random_game,
    relabelled,
    uneven_game,
    with_payments,
)


def apart(one: StationaryProfile, other: StationaryProfile) -> float:
    return max(
        abs(float(p) - float(q))
        for s, t in zip(one, other, strict=True)
        for x, y in zip(s, t, strict=True)
        for p, q in zip(x, y, strict=True)
    )


def check(game: StochasticGame, found: Found) -> None:
    """It is a profile, its regret is small and as stated, and what is sure is exactly so."""
    for sizes, state in zip(game.sizes, found.profile, strict=True):
        for size, mix in zip(sizes, state, strict=True):
            assert len(mix) == size
            assert min(mix) >= 0.0
            assert abs(sum(mix) - 1.0) <= 1e-12
            assert max(mix) < 1.0 or sorted(mix) == [0.0] * (size - 1) + [1.0]
    gain = float(regret(game, found.profile))
    assert abs(gain - found.regret) <= 1e-10
    assert not found.converged or gain <= 1e-9


def symmetric(found: list[Found]) -> list[float]:
    """The probability of the second action in symmetric equilibria of one state."""
    return [
        float(one.profile[0][0][1])
        for one in found
        if abs(one.profile[0][0][1] - one.profile[0][1][1]) <= 1e-7
    ]


@pytest.mark.parametrize(
    ("states", "players", "actions", "games"),
    [(5, 2, 2, 8), (5, 2, 3, 8), (5, 3, 2, 6), (20, 2, 3, 2)],
)
def test_random_games_have_an_equilibrium_that_is_found(
    states: int, players: int, actions: int, games: int
) -> None:
    for seed in range(games):
        game = random_game(states, players, actions, seed)
        found = one_equilibrium(stochastic_arrays(game))
        assert found.converged
        check(game, found)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("states", "players", "actions", "games"),
    [(5, 2, 2, 150), (5, 2, 3, 150), (5, 3, 2, 100), (5, 3, 3, 40), (20, 2, 3, 40), (50, 2, 2, 20)],
)
def test_one_equilibrium_fails_in_less_than_one_game_of_a_hundred(
    states: int, players: int, actions: int, games: int
) -> None:
    games_of_size = [random_game(states, players, actions, seed) for seed in range(games)]
    found = [one_equilibrium(stochastic_arrays(game)) for game in games_of_size]
    settled = [
        one.converged and regret(game, one.profile) <= 1e-9
        for game, one in zip(games_of_size, found, strict=True)
    ]
    assert sum(not done for done in settled) <= games // 100


@pytest.mark.parametrize("seed", range(4))
def test_the_logit_branch_ends_in_an_equilibrium(seed: int) -> None:
    game = random_game(3, 2, 3, seed)
    found = logit_equilibrium(stochastic_arrays(game))
    assert found.converged
    assert found.method == "logit branch"
    check(game, found)


@pytest.mark.parametrize("seed", range(12))
def test_uneven_games_with_ends_and_degenerate_payoffs_are_solved(seed: int) -> None:
    sizes = ((2, 3, 1), (1, 1, 1), (1, 4, 1), (2, 2, 2))
    game = uneven_game(sizes, seed, (F(9, 10), F(1, 2), F(0)))
    found = mixed_equilibria(game, starts=3)
    assert found[0].converged
    for one in found:
        check(game, one)


@pytest.mark.parametrize(
    ("v", "r", "harm", "discount"),
    [
        (v, r, h, d)
        for v in (1.0, 2.0)
        for r in (0.05, 0.3)
        for h in (0.5, 4.0)
        for d in (0.8, 0.99)
    ],
)
def test_brinkmanship_with_a_shared_prize_has_its_closed_form(
    v: float, r: float, harm: float, discount: float
) -> None:
    s = (1 - r) * discount
    lead = v + 2 * r * harm + s * v
    closed = (lead - sqrt(lead**2 - 8 * s * v * r * harm)) / (2 * s * v)
    game = attrition((-r * harm, -r * harm), (v / 2, v / 2), (v, v), goes_on=1 - r, factor=discount)
    found = mixed_equilibria(game, starts=4)
    quits = symmetric(found)
    if closed <= 1.0:
        assert min(abs(q - closed) for q in quits) <= 1e-10
    for one in found:
        check(game, one)


@pytest.mark.kernels
@pytest.mark.parametrize("harms", [(0.5, 0.5), (1.0, 3.0), (4.0, 0.25)])
def test_brinkmanship_without_a_shared_prize_favours_the_more_vulnerable(
    harms: tuple[float, float],
) -> None:
    v, r = (1.0, 2.0), 0.1
    quits = [r * d / (w + r * d) for w, d in zip(v, harms, strict=True)]
    game = attrition((-r * harms[0], -r * harms[1]), (0.0, 0.0), v, goes_on=1 - r, factor=0.95)
    # Each player's probability makes the other indifferent.
    closed = (((1 - quits[1], quits[1]), (1 - quits[0], quits[0])),)
    found = mixed_equilibria(game, starts=4)
    assert min(apart(one.profile, closed) for one in found) <= 1e-10
    assert len(found) == 3


@pytest.mark.parametrize("cost", [0.01, 0.3, 1.0, 2.5])
@pytest.mark.parametrize("discount", [0.0, 0.5, 0.9, 0.999])
def test_attrition_is_conceded_at_the_ratio_of_cost_to_cost_and_prize(
    cost: float, discount: float
) -> None:
    # Quitting is worth 0, so going on is worth 0 too and the discount factor does not matter.
    game = attrition((-cost, -cost), (0.0, 0.0), (1.0, 1.0), goes_on=1.0, factor=discount)
    quits = symmetric(mixed_equilibria(game, starts=4))
    assert min(abs(q - cost / (1.0 + cost)) for q in quits) <= 1e-10


@pytest.mark.parametrize("seed", range(4))
def test_one_state_without_a_future_is_its_stage(seed: int) -> None:
    table = np.random.default_rng(seed).integers(0, 1000, (9, 2))
    rows = tuple(Onward((F(int(x)), F(int(y))), {(0, 1): F(1)}, {}) for x, y in table)
    game = StochasticGame((F(0), F(0)), ((3, 3),), (rows,), NOTHING)
    known = gtc.nash(*(table[:, i].reshape(3, 3).tolist() for i in (0, 1)))
    found = mixed_equilibria(game, starts=4)
    assert len(found) == len(known)
    for one in found:
        check(game, one)
        assert min(apart(one.profile, (other.exact_strategies,)) for other in known) <= 1e-9


def shapley_values(game: StochasticGame) -> list[float]:
    """The values of a zero-sum game, by iterating Shapley's operator."""
    from scipy.optimize import linprog

    values = [0.0] * len(game.sizes)
    for _ in range(400):
        after = []
        for (rows, columns), state in zip(game.sizes, game.onward, strict=True):
            stage = np.array(
                [
                    float(row.pays[0])
                    + sum(
                        float(p) * game.factors[0] ** days * values[t]
                        for (t, days), p in row.moves.items()
                    )
                    for row in state
                ]
            ).reshape(rows, columns)
            done = linprog(
                [0.0] * rows + [-1.0],
                A_ub=np.hstack([-stage.T, np.ones((columns, 1))]),
                b_ub=[0.0] * columns,
                A_eq=[[1.0] * rows + [0.0]],
                b_eq=[1.0],
                bounds=[(0, None)] * rows + [(None, None)],
            )
            after.append(float(-done.fun))
        change = max(abs(a - b) for a, b in zip(after, values, strict=True))
        values = after
        if change < 1e-10:
            break
    return values


@pytest.mark.parametrize("seed", range(3))
def test_zero_sum_games_have_the_value_of_shapley(seed: int) -> None:
    game = random_game(3, 2, 2, seed, discount=0.7)
    game = with_payments(game, lambda i, pay, onward: pay if i == 0 else 0.0)
    onward = tuple(
        tuple(Onward((row.pays[0], -row.pays[0]), row.moves, row.ends) for row in state)
        for state in game.onward
    )
    game = StochasticGame(game.factors, game.sizes, onward, NOTHING)
    known = shapley_values(game)
    for one in mixed_equilibria(game, starts=3):
        check(game, one)
        values = profile_values(game, one.profile)
        assert max(abs(v[0] - w) for v, w in zip(values, known, strict=True)) <= 1e-8


@pytest.mark.parametrize("seed", range(4))
def test_positive_affine_payoffs_leave_the_equilibrium(seed: int) -> None:
    game = random_game(3, 2, 2, seed)
    # A payment of 7 a day, whatever is done, as a change of the day's own payment.
    other = with_payments(game, lambda i, pay, onward: (3.0, 0.01)[i] * pay + 7.0 * (1.0 - onward))
    for solve in (one_equilibrium, logit_equilibrium):
        one, two = solve(stochastic_arrays(game)), solve(stochastic_arrays(other))
        assert one.converged
        assert two.converged
        assert apart(one.profile, two.profile) <= 1e-8


@pytest.mark.parametrize("seed", range(3))
def test_relabelling_players_relabels_the_end_of_the_logit_branch(seed: int) -> None:
    game = random_game(2, 3, 2, seed)
    order = (2, 0, 1)
    one = logit_equilibrium(stochastic_arrays(game))
    two = logit_equilibrium(stochastic_arrays(relabelled(game, order)))
    assert one.converged
    assert two.converged
    expected = tuple(tuple(state[i] for i in order) for state in one.profile)
    assert apart(two.profile, expected) <= 1e-8


@pytest.mark.parametrize("seed", range(4))
def test_a_single_player_plays_the_best_of_all_policies(seed: int) -> None:
    game = random_game(4, 1, 3, seed)
    best = [-inf] * 4
    for policy in product(range(3), repeat=4):
        profile = tuple(
            (tuple(1.0 if a == chosen else 0.0 for a in range(3)),) for chosen in policy
        )
        values = profile_values(game, profile)
        best = [max(b, float(v[0])) for b, v in zip(best, values, strict=True)]
    for one in mixed_equilibria(game, starts=2):
        check(game, one)
        values = profile_values(game, one.profile)
        assert max(abs(v[0] - b) for v, b in zip(values, best, strict=True)) <= 1e-9


def test_where_nobody_chooses_the_only_profile_is_the_equilibrium() -> None:
    rows = ((Onward((F(1), F(2)), {(0, 1): F(1)}, {}),),)
    game = StochasticGame((F(1, 2), F(1, 2)), ((1, 1),), rows, NOTHING)
    (found,) = mixed_equilibria(game)
    assert found.profile == (((1.0,), (1.0,)),)
    assert found.regret == 0.0
    assert found.converged


@pytest.mark.kernels
@pytest.mark.parametrize("discount", [F(3, 5), F(9, 10)])
def test_players_mix_in_one_state_to_keep_each_other_indifferent_in_another(discount: F) -> None:
    # The first goes on only if the second will end play with a gift; the second hands back only if
    # the first will go on: no stage is ever mixed for its own sake.
    zero = F(0)
    rows = (
        (Onward((F(-1), zero), {(1, 1): F(1)}, {}), Onward((zero, F(-2)), {}, {})),
        (Onward((zero, F(1)), {(0, 1): F(1)}, {}), Onward((F(3), zero), {}, {})),
    )
    game = StochasticGame((discount, discount), ((2, 1), (1, 2)), rows, NOTHING)
    stops, ends = 1 / (2 * discount), 1 / (3 * discount)
    closed = (((1 - stops, stops), (F(1),)), ((F(1),), (1 - ends, ends)))
    assert regret(game, closed) == 0
    (found,) = mixed_equilibria(game)
    assert apart(found.profile, closed) <= 1e-10
    assert logit_equilibrium(stochastic_arrays(game)).converged


@pytest.mark.parametrize("seed", range(6))
def test_actions_that_come_twice_do_no_harm(seed: int) -> None:
    game = random_game(3, 2, 2, seed)
    doubled = StochasticGame(
        game.factors,
        ((3, 3),) * 3,
        tuple(
            tuple(state[2 * min(a, 1) + min(b, 1)] for a, b in product(range(3), repeat=2))
            for state in game.onward
        ),
        NOTHING,
    )
    arrays = stochastic_arrays(doubled)
    for found in (one_equilibrium(arrays), *stage_iteration(arrays, starts=3)):
        assert found.converged
        check(doubled, found)


def test_where_nothing_matters_every_profile_is_an_equilibrium() -> None:
    rows = tuple(Onward((F(1), F(1)), {(0, 1): F(1)}, {}) for _ in range(6))
    game = StochasticGame((F(1, 2), F(1, 2)), ((2, 3),), (rows,), NOTHING)
    for found in mixed_equilibria(game, starts=3):
        assert found.converged
        check(game, found)


@pytest.mark.kernels
def test_too_few_steps_are_a_status_with_the_best_point() -> None:
    game = random_game(5, 2, 3, 0)
    found = logit_equilibrium(stochastic_arrays(game), max_steps=2)
    assert not found.converged
    assert 1e-6 < found.regret < inf
    check(game, found)


@pytest.mark.kernels
def test_a_game_without_values_is_a_status() -> None:
    rows = tuple(Onward((F(x), F(1)), {(0, 1): F(1)}, {}) for x in (1, 2, 3, 4))
    game = StochasticGame((F(1), F(1)), ((2, 2),), (rows,), NOTHING)
    (found,) = mixed_equilibria(game)
    assert not found.converged
    assert found.regret == inf


def test_supports_of_larger_games_are_not_tried() -> None:
    arrays = stochastic_arrays(random_game(3, 2, 3, 0))
    assert support_equilibria(arrays, most=7**6 - 1) == ([], False)
    small = stochastic_arrays(random_game(1, 2, 2, 0))
    found, all_tried = support_equilibria(small, most=9)
    assert all_tried
    assert len(found) % 2 == 1


def test_equal_seeds_find_equal_equilibria() -> None:
    arrays = stochastic_arrays(random_game(5, 2, 2, 1))
    assert stage_iteration(arrays, starts=6, seed=4) == stage_iteration(arrays, starts=6, seed=4)


def test_a_cell_of_a_sweep_is_solved_as_if_alone() -> None:
    games = [random_game(3, 2, 2, seed) for seed in range(5)]
    alone = [stochastic_arrays(game) for game in games]
    pays, weight = np.stack([a.pays for a in alone]), np.stack([a.weight for a in alone])
    weight[3] = np.nan
    cells = cell_equilibria(alone[0], pays, weight)
    assert cells.converged.tolist() == [True, True, True, False, True]
    for k in (0, 1, 2, 4):
        one = one_equilibrium(alone[k])
        assert stationary_profile(alone[k], cells.profiles[k]) == one.profile
        assert cells.regrets[k] == one.regret
