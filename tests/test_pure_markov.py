"""Pure Markov perfect equilibria: all that there are, and what no equilibrium can play."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction as F
from itertools import product
from math import inf, isnan, nan
from typing import Any

import naive_stochastic as naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gametheory_crisis.errors import SolverError
from gametheory_crisis.games.stochastic import (
    Onward,
    StationaryProfile,
    StochasticGame,
    stochastic_arrays,
)
from gametheory_crisis.kernels.stochastic_pure import (
    COMPLETE,
    DOUBTFUL,
    MAX_CANDIDATES,
    NO_VALUE,
    TOO_MANY,
    pure_candidates,
)
from gametheory_crisis.kernels.stochastic_pure_cells import solve_cells
from gametheory_crisis.solvers.stochastic.elimination import surviving_actions
from gametheory_crisis.solvers.stochastic.pure import (
    TIE,
    pure_equilibria,
    pure_profile,
    rounding,
)
from gametheory_crisis.solvers.stochastic.value_bounds import WEIGHT_BITS, LowerBound
from gametheory_crisis.solvers.stochastic.values import profile_values, regret

HALF = (F(1, 2), F(1, 2))
Kind = tuple[list[tuple[int, ...]], dict[str, Any]]

KINDS: dict[str, Kind] = {
    "two simultaneous states": ([(2, 2), (2, 2)], {}),
    "alternating": ([(2, 1), (1, 2), (2, 1), (1, 2)], {}),
    "one state": ([(3, 3)], {"factors": (F(0), F(2, 3))}),
    "days and idle states": (
        [(2, 2), (1, 1), (1, 2)],
        {"factors": (F(1, 2), F(3, 4)), "fan": 2, "longest": 3},
    ),
    "undiscounted with a leak": (
        [(1, 1), (2, 1), (1, 1), (1, 2)],
        {"factors": (F(1), F(3, 4)), "leak": F(1, 3), "fan": 3},
    ),
    "three players": (
        [(2, 2, 2), (1, 2, 2)],
        {"factors": (F(1, 2), F(1), F(0)), "leak": F(1, 4), "fan": 2},
    ),
    "four players": ([(2, 1, 2, 1), (1, 2, 1, 2)], {"factors": (F(1, 2),) * 4}),
    "one player": ([(3,), (2,), (3,)], {"factors": (F(9, 10),), "fan": 2}),
    "nobody moves": ([(1, 1), (1, 1)], {}),
}
PAYS = {"ties": (-1, 0, 1), "generic": range(-50, 50)}


def game_of(kind: str, seed: int, pays: str = "ties") -> StochasticGame:
    sizes, options = KINDS[kind]
    return naive.random_game(seed, sizes, **{"factors": HALF, **options}, pays=PAYS[pays])


def listed(game: StochasticGame) -> list[StationaryProfile]:
    return [pure_profile(game, rows) for rows in naive.equilibria(game)]


def candidates(game: StochasticGame, room: int = MAX_CANDIDATES) -> tuple[set[Any], int]:
    arrays = stochastic_arrays(game)
    rows, status, _ = pure_candidates(
        arrays.sizes,
        arrays.row,
        arrays.pays,
        arrays.entry,
        arrays.target,
        arrays.weight,
        rounding(game),
        room,
    )
    return {tuple(row) for row in (rows - arrays.row[:-1]).tolist()}, status


def in_floats(game: StochasticGame) -> StochasticGame:
    def follow(onward: Onward) -> Onward:
        return Onward(
            tuple(map(float, onward.pays)),
            {key: float(share) for key, share in onward.moves.items()},
            {key: float(share) for key, share in onward.ends.items()},
        )

    return StochasticGame(
        factors=tuple(map(float, game.factors)),
        sizes=game.sizes,
        onward=tuple(tuple(map(follow, rows)) for rows in game.onward),
        start=follow(game.start),
    )


def dilemma(
    factor: F, follow: Callable[[int, int], int], states: int, pay: Sequence[F] = (F(3), F(2), F(1))
) -> StochasticGame:
    """A repeated prisoner's dilemma; ``follow(state, row)`` is the next day's state.

    ``pay`` : temptation, reward and punishment; the sucker gets 0. Row 0 is cooperation.
    """
    temptation, reward, punishment = pay
    pays = [(reward, reward), (F(0), temptation), (temptation, F(0)), (punishment, punishment)]
    return StochasticGame(
        factors=(factor, factor),
        sizes=((2, 2),) * states,
        onward=tuple(
            tuple(naive.onward(pays[row], {(follow(state, row), 1): F(1)}) for row in range(4))
            for state in range(states)
        ),
        start=naive.onward((F(0), F(0)), {(0, 0): F(1)}),
    )


def breach(state: int, row: int) -> int:
    return 1 if state == 1 or row else 0


def memory(state: int, row: int) -> int:
    return row


# All that there are


@pytest.mark.parametrize("pays", PAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_equilibria_of_random_games_are_those_of_the_twin(kind: str, pays: str) -> None:
    for seed in range(12):
        game = game_of(kind, seed, pays)
        result = pure_equilibria(game)
        assert list(result.profiles) == listed(game), seed
        assert result.complete
        assert all(regret(game, profile) == 0 for profile in result.profiles)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_equilibria_of_many_random_games_are_those_of_the_twin(kind: str) -> None:
    for seed in range(100, 200):
        game = game_of(kind, seed)
        assert list(pure_equilibria(game).profiles) == listed(game), seed


@pytest.mark.kernels
@pytest.mark.parametrize("kind", KINDS)
def test_the_kernel_proposes_every_equilibrium_and_little_else(kind: str) -> None:
    true, proposed = 0, 0
    for seed in range(12):
        game = game_of(kind, seed)
        rows, status = candidates(game)
        equilibria = set(naive.equilibria(game))
        assert status == COMPLETE
        assert rows >= equilibria, seed
        true += len(equilibria)
        proposed += len(rows)
    assert proposed == true  # in such small numbers floats and rationals agree


@pytest.mark.kernels
def test_no_equilibrium_is_lost_where_play_is_all_but_undiscounted() -> None:
    patient = (1 - F(1, 10**7), 1 - F(1, 10**9))
    for seed in range(8):
        game = naive.random_game(seed, [(2, 2), (1, 2), (2, 1)], patient, fan=2)
        rows, status = candidates(game)
        assert status == COMPLETE
        assert rows >= set(naive.equilibria(game)), seed


def test_a_profile_that_errs_where_play_never_comes_is_no_equilibrium() -> None:
    def over(pay: int) -> Onward:
        return naive.onward((F(pay),), {})

    game = StochasticGame(
        factors=(F(1, 2),),
        sizes=((2,), (2,)),
        onward=((over(1), over(0)), (over(0), over(1))),
        start=naive.onward((F(0),), {(0, 0): F(1)}),
    )
    assert pure_equilibria(game).profiles == (pure_profile(game, (0, 1)),)


@given(st.integers(0, 10**6), st.sampled_from(sorted(KINDS)))
def test_units_of_payoff_do_not_matter(seed: int, kind: str) -> None:
    game = game_of(kind, seed)
    units = [F(seed % 7 + 1, 10**6), F(10**9), F(3), F(1, 3)]

    def scaled(onward: Onward) -> Onward:
        return replace(onward, pays=tuple(u * p for u, p in zip(units, onward.pays, strict=False)))

    other = replace(game, onward=tuple(tuple(map(scaled, rows)) for rows in game.onward))
    assert pure_equilibria(other).profiles == pure_equilibria(game).profiles
    rational = set(pure_equilibria(game).profiles)
    assert set(pure_equilibria(in_floats(other)).profiles) == rational


@given(st.integers(0, 10**6), st.permutations(range(4)))
def test_the_states_names_do_not_matter(seed: int, order: list[int]) -> None:
    game = game_of("alternating", seed)

    def renamed(onward: Onward) -> Onward:
        moves = {(order.index(s), days): share for (s, days), share in onward.moves.items()}
        return replace(onward, moves=moves)

    other = replace(
        game,
        sizes=tuple(game.sizes[s] for s in order),
        onward=tuple(tuple(map(renamed, game.onward[s])) for s in order),
    )
    expected = {tuple(p[s] for s in order) for p in pure_equilibria(game).profiles}
    assert set(pure_equilibria(other).profiles) == expected


# Cooperation that punishment sustains


@pytest.mark.parametrize(
    "pay", [(F(3), F(2), F(1)), (F(5), F(3), F(1)), (F(10), F(9), F(7))], ids=str
)
def test_grim_trigger_is_found_from_the_critical_discount_factor_on(pay: Sequence[F]) -> None:
    temptation, reward, punishment = pay
    edge = (temptation - reward) / (temptation - punishment)
    tiny = F(1, 10**30)
    grim = (0, 3)
    for factor, sustained in (
        (edge, True),
        (edge - tiny, False),
        (edge + tiny, True),
        ((edge + 1) / 2, True),
        (edge / 2, False),
    ):
        game = dilemma(factor, breach, 2, pay)
        profiles = pure_equilibria(game).profiles
        assert (pure_profile(game, grim) in profiles) == sustained
        assert pure_profile(game, (3, 3)) in profiles


def test_with_memory_of_the_last_profile_grim_trigger_is_one_of_several() -> None:
    for factor in (F(1, 2), F(9, 10)):
        game = dilemma(factor, memory, 4)
        assert game.num_profiles == 256
        profiles = list(pure_equilibria(game).profiles)
        assert profiles == listed(game)
        assert pure_profile(game, (0, 3, 3, 3)) in profiles
    assert len(pure_equilibria(dilemma(F(2, 5), memory, 4)).profiles) == 1


# Floats


def test_in_floats_the_equilibria_are_those_of_the_rationals() -> None:
    several = 0
    for kind in KINDS:
        for seed in range(6):
            game = game_of(kind, seed)
            profiles = pure_equilibria(game).profiles
            assert pure_equilibria(in_floats(game)).profiles == profiles
            several += len(profiles) > 1
    assert several > 5


def test_in_floats_a_tie_is_relative_to_what_the_choices_of_that_player_are_worth() -> None:
    def one_choice(gap: float) -> StochasticGame:
        ends = [naive.onward((1e9, 1e-3 * (1 + gap * k)), {}) for k in range(2)]
        return StochasticGame((0.5, 0.5), ((1, 2),), (tuple(ends),), ends[0])

    assert len(pure_equilibria(one_choice(TIE / 2)).profiles) == 2
    assert len(pure_equilibria(one_choice(TIE * 2)).profiles) == 1


def test_whole_numbers_are_exact() -> None:
    end = naive.onward((1,), {})
    on = naive.onward((2,), {(0, 1): 1})
    game = StochasticGame((F(1, 3),), ((2,),), ((end, on),), end)
    assert pure_equilibria(game).profiles == (pure_profile(game, (1,)),)
    whole = StochasticGame((1,), ((1,),), ((end,),), end)
    (value,) = profile_values(whole, (((1,),),))[0]
    assert isinstance(value, F)
    assert value == 1


# Limits


def test_a_game_of_too_many_profiles_is_not_searched() -> None:
    game = game_of("alternating", 0)
    assert game.num_profiles == 16
    result = pure_equilibria(game, most_profiles=15)
    assert (result.profiles, result.exhaustive, result.truncated) == ((), False, False)
    assert pure_equilibria(game, most_profiles=16).exhaustive


def test_where_too_many_profiles_tie_the_result_says_so() -> None:
    game = naive.random_game(0, [(2,)] * 13, (F(1, 2),), pays=(0,))
    result = pure_equilibria(game)
    assert result.truncated
    assert result.exhaustive
    assert not result.complete
    assert len(set(result.profiles)) == MAX_CANDIDATES


@pytest.mark.kernels
def test_candidates_beyond_the_room_are_not_written() -> None:
    game = naive.random_game(0, [(2, 1), (1, 2)], HALF, pays=(0,))
    rows, status = candidates(game, 3)
    assert (len(rows), status) == (3, TOO_MANY)
    assert candidates(game, 4)[1] == COMPLETE


@pytest.mark.parametrize("states", [1, 6])
def test_play_that_neither_ends_nor_is_discounted_has_no_value(states: int) -> None:
    game = naive.random_game(0, [(2,)] * states, (F(1),))
    with pytest.raises(SolverError, match="neither ends nor is discounted"):
        pure_equilibria(game)


@pytest.mark.parametrize("bad", [nan, inf])
def test_a_payoff_that_is_not_finite_is_refused(bad: float) -> None:
    end = naive.onward((bad,), {})
    game = StochasticGame((F(1, 2),), ((1,),), ((end,),), end)
    with pytest.raises(SolverError, match="not finite"):
        pure_equilibria(game)
    with pytest.raises(SolverError, match="not finite"):
        surviving_actions(game)


# Many cells


class Cells:
    """Games that differ in payments alone, and what the kernel says of them."""

    def __init__(self, games: Sequence[StochasticGame], listed: int = 64) -> None:
        self.games = games
        arrays = [stochastic_arrays(game) for game in games]
        first = arrays[0]
        num, states, players = len(games), len(first.sizes), first.pays.shape[1]
        self.structure = first.sizes, first.row, first.entry, first.target
        self.first_row = first.row
        self.numbers = (
            np.array([each.pays for each in arrays]),
            np.array([each.weight for each in arrays]),
        )
        self.start = (
            np.ones((num, players)),
            np.arange(states),
            np.full((num, states, players), 1 / states),
        )
        self.status = np.zeros(num, dtype=np.int8)
        self.count = np.zeros(num, dtype=np.int64)
        self.profile = np.zeros((num, listed, states), dtype=np.int64)
        self.payoff = np.zeros((num, listed, players))

    def solve(self, begin: int, end: int) -> None:
        out = self.status, self.count, self.profile, self.payoff
        solve_cells(self.structure, self.numbers, self.start, 1e-15, begin, end, out)

    def profiles(self, cell: int) -> tuple[StationaryProfile, ...]:
        rows = self.profile[cell, : self.count[cell]] - self.first_row[:-1]
        return tuple(pure_profile(self.games[cell], row) for row in rows.tolist())


def same_structure(kind: str, num: int) -> list[StochasticGame]:
    """Games that move alike, with random payments."""
    games = [game_of(kind, seed) for seed in range(num)]
    first = games[0]
    return [
        replace(
            first,
            onward=tuple(
                tuple(
                    replace(onward, pays=other.pays)
                    for onward, other in zip(rows, others, strict=True)
                )
                for rows, others in zip(first.onward, game.onward, strict=True)
            ),
        )
        for game in games
    ]


@pytest.mark.kernels
@pytest.mark.parametrize("kind", KINDS)
def test_cells_have_the_equilibria_and_payoffs_of_their_games(kind: str) -> None:
    cells = Cells(same_structure(kind, 10))
    cells.solve(0, 10)
    assert (cells.status == COMPLETE).all()
    for cell, game in enumerate(cells.games):
        found = pure_equilibria(game).profiles
        assert cells.profiles(cell) == found
        for k, profile in enumerate(found):
            values = np.array(profile_values(game, profile), dtype=float)
            assert cells.payoff[cell, k] == pytest.approx(1 + values.mean(axis=0), abs=1e-12)
        assert (cells.profile[cell, len(found) :] == -1).all()
        assert np.isnan(cells.payoff[cell, len(found) :]).all()


@pytest.mark.kernels
def test_threads_share_out_the_cells_without_a_trace() -> None:
    games = same_structure("two simultaneous states", 12)
    whole, parts = Cells(games), Cells(games)
    whole.solve(0, 12)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(parts.solve, [0, 5, 6], [5, 6, 12]))
    for name in ("status", "count", "profile", "payoff"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name), equal_nan=True)


@pytest.mark.kernels
def test_a_cell_on_the_edge_is_doubtful_and_a_tie_up_to_rounding_is_a_tie() -> None:
    gaps = {0.0: 2, 1e-13: 2, 1e-9: None, 1e-8: None, 1e-6: 1}
    games = []
    for gap in gaps:
        ends = [naive.onward((1 + gap * k,), {}) for k in range(2)]
        games.append(StochasticGame((0.5,), ((2,),), (tuple(ends),), ends[0]))
    cells = Cells(games)
    cells.solve(0, len(games))
    for cell, count in enumerate(gaps.values()):
        assert cells.status[cell] == (DOUBTFUL if count is None else COMPLETE)
        assert count is None or cells.count[cell] == count


@pytest.mark.kernels
def test_a_cell_without_a_value_stores_no_numbers_and_spares_its_neighbours() -> None:
    games = same_structure("alternating", 4)
    cells, alone = Cells(games), Cells(games)
    cells.numbers[0][1, 0, 0] = nan
    cells.numbers[1][2, :, 1] = 1.0
    cells.solve(0, 4)
    alone.solve(0, 4)
    assert cells.status.tolist() == [COMPLETE, NO_VALUE, NO_VALUE, COMPLETE]
    for cell in (1, 2):
        assert cells.count[cell] == 0
        assert (cells.profile[cell] == -1).all()
        assert np.isnan(cells.payoff[cell]).all()
    assert np.array_equal(cells.profile[3], alone.profile[3])


@pytest.mark.kernels
def test_a_cell_counts_all_and_lists_the_first_in_the_order_of_the_file() -> None:
    games = [naive.random_game(0, [(2, 1), (1, 2), (2, 1)], HALF, pays=(0,))]
    few, all_of_them = Cells(games, 3), Cells(games)
    few.solve(0, 1)
    all_of_them.solve(0, 1)
    assert few.count[0] == all_of_them.count[0] == 8
    assert np.array_equal(few.profile[0], all_of_them.profile[0, :3])
    assert all_of_them.profile[0, :8].tolist() == sorted(all_of_them.profile[0, :8].tolist())


# What no equilibrium plays


def test_a_repeated_dilemma_has_one_equilibrium_where_the_future_counts_for_little() -> None:
    factor = F(1, 4)
    result = surviving_actions(dilemma(factor, lambda *_: 0, 1))
    assert result.unique
    assert result.profile == (((F(0), F(1)), (F(0), F(1))),)
    for low, high in result.bounds[0]:
        assert low <= 1 / (1 - factor) <= high
        assert high - low < F(1, 10**9)


@pytest.mark.parametrize("factor", [F(1, 2), F(9, 10)])
def test_the_only_markov_equilibrium_is_not_called_unique_where_history_sustains_others(
    factor: F,
) -> None:
    game = dilemma(factor, lambda *_: 0, 1)
    assert len(pure_equilibria(game).profiles) == 1
    result = surviving_actions(game)
    assert not result.unique
    assert result.actions == (((0, 1), (0, 1)),)


def worth_within_bounds(game: StochasticGame, profile: StationaryProfile) -> bool:
    values = profile_values(game, profile)
    return all(
        low <= value <= high
        for bounds, row in zip(surviving_actions(game).bounds, values, strict=True)
        for (low, high), value in zip(bounds, row, strict=True)
    )


def survives(game: StochasticGame, profile: StationaryProfile) -> bool:
    left = surviving_actions(game).actions
    return all(
        share == 0 or action in actions
        for mixes, state in zip(profile, left, strict=True)
        for shares, actions in zip(mixes, state, strict=True)
        for action, share in enumerate(shares)
    )


@given(st.integers(0, 10**6), st.sampled_from(sorted(KINDS)), st.sampled_from(sorted(PAYS)))
def test_no_equilibrium_plays_what_is_removed(seed: int, kind: str, pays: str) -> None:
    game = game_of(kind, seed, pays)
    profiles = pure_equilibria(game).profiles
    assert all(survives(game, profile) for profile in profiles)
    assert all(worth_within_bounds(game, profile) for profile in profiles)
    result = surviving_actions(game)
    if result.unique:
        assert profiles == (result.profile,)
        assert survives(in_floats(game), profiles[0])


def sustained_by_reversion(stage: StochasticGame) -> set[int]:
    """Rows of a repeated stage from which nobody deviates if a stage equilibrium follows for ever.

    Friedman (1971), A non-cooperative equilibrium for supergames.
    """
    ((rows, columns),), (factor, _) = stage.sizes, stage.factors
    pays = [onward.pays for onward in stage.onward[0]]
    others = [
        [[r * columns + row % columns for r in range(rows)] for row in range(rows * columns)],
        [[row // columns * columns + c for c in range(columns)] for row in range(rows * columns)],
    ]
    best = [[max(pays[o][i] for o in others[i][row]) for row in range(len(pays))] for i in (0, 1)]
    nash = [r for r in range(len(pays)) if all(best[i][r] == pays[r][i] for i in (0, 1))]
    return {
        row
        for row in range(len(pays))
        for after in nash
        if all(
            pays[row][i] >= (1 - factor) * best[i][row] + factor * pays[after][i] for i in (0, 1)
        )
    }


@given(st.integers(0, 10**6), st.fractions(0, F(9, 10), max_denominator=20))
def test_what_reversion_to_a_stage_equilibrium_sustains_survives(seed: int, factor: F) -> None:
    game = naive.random_game(seed, [(2, 3)], (factor, factor), pays=range(6))
    left = surviving_actions(game).actions[0]
    for row in sustained_by_reversion(game):
        assert row // 3 in left[0]
        assert row % 3 in left[1]


def test_something_is_removed_from_most_random_games() -> None:
    unique = [surviving_actions(game_of(k, s, "generic")).unique for k in KINDS for s in range(5)]
    assert sum(unique) > len(unique) / 3


def test_a_mixed_equilibrium_survives() -> None:
    win, lose = (
        naive.onward((F(1), F(-1)), {(0, 1): F(1)}),
        naive.onward((F(-1), F(1)), {(0, 1): F(1)}),
    )
    game = StochasticGame(HALF, ((2, 2),), ((win, lose, lose, win),), win)
    even = (((F(1, 2), F(1, 2)), (F(1, 2), F(1, 2))),)
    assert regret(game, even) == 0
    assert survives(game, even)
    assert worth_within_bounds(game, even)


def chain(length: int) -> StochasticGame:
    """One mover after the other, each of whom ends play or passes it on; at the end it ends."""
    over = [naive.onward((F(37 * s % 101), F(53 * s % 101)), {}) for s in range(length + 1)]
    passed = [naive.onward((F(0), F(0)), {(s + 1, 0): F(1)}) for s in range(length - 1)]
    return StochasticGame(
        factors=(F(1), F(1)),
        sizes=tuple((2, 1) if s % 2 else (1, 2) for s in range(length)),
        onward=tuple(
            (over[s], passed[s] if s < length - 1 else naive.onward((F(1, 2), F(1, 2)), {}))
            for s in range(length)
        ),
        start=naive.onward((F(0), F(0)), {(0, 0): F(1)}),
    )


@pytest.mark.parametrize("length", [1, 8, 100])
def test_a_game_of_perfect_information_without_ties_or_cycles_is_solved(length: int) -> None:
    game = chain(length)
    result = surviving_actions(game)
    assert result.profile is not None
    assert regret(game, result.profile) == 0
    if length <= 8:
        assert pure_equilibria(game).profiles == (result.profile,)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_bound_is_rounded_outward_and_checked_in_whole_numbers(sign: int) -> None:
    game = naive.random_game(5, [(2,), (2,)], (F(2, 3),), pays=[F(1, 3), F(-2, 7)], fan=2)
    policies = list(naive.strategies_of(game, 0))
    worst = min(([sign * v for v in naive.values(game, [p], 0)] for p in policies), key=sum)
    everything = [[[0, 1]], [[0, 1]]]
    bound = LowerBound(game, 0, sign)
    assert bound.holds([int(value / bound.unit) - 100 for value in worst], everything)
    assert not bound.holds([int(value / bound.unit) + 100 for value in worst], everything)
    bound.tighten(everything)
    assert bound.values is not None
    for state, row in product(range(2), range(2)):
        follows = game.onward[state][row]
        exact = sign * follows.pays[0] / bound.unit
        for (target, days), share in follows.moves.items():
            exact += share * F(2, 3) ** days * bound.values[target]
        assert exact - 4 < F(bound.worth(state, row), 2**WEIGHT_BITS) < exact


def test_weights_that_floats_cannot_tell_apart_tie() -> None:
    def onward(share: Any) -> Onward:
        return naive.onward((0,), {(1, 1): share})

    end = naive.onward((1,), {})
    for half, ties in ((F(1, 2), False), (0.5, True)):
        rows = (onward(half), onward(half * (1 + F(2) ** -42)))
        game = StochasticGame((F(1, 2),), ((2,), (1,)), (rows, (end,)), end)
        assert surviving_actions(game).unique != ties


@pytest.mark.parametrize("gap", [0, F(1, 10**15), -F(1, 10**15)])
def test_ties_stay_and_so_does_what_floats_cannot_tell_from_them(gap: F) -> None:
    ends = [naive.onward((1 + gap * k,), {}) for k in range(2)]
    game = StochasticGame((F(1, 2),), ((2,),), (tuple(ends),), ends[0])
    result = surviving_actions(game)
    assert result.unique == (gap != 0)
    assert surviving_actions(in_floats(game)).actions == (((0, 1),),)


def test_nothing_is_proven_where_play_may_go_on_for_ever() -> None:
    game = naive.random_game(0, [(2,), (3,)], (F(1),))
    result = surviving_actions(game)
    assert result.actions == (((0, 1),), ((0, 1, 2),))
    assert not result.unique
    assert result.bounds == (((-inf, inf),), ((-inf, inf),))


def test_one_player_alone_is_held_to_the_best_policy() -> None:
    for seed in range(10):
        game = naive.random_game(seed, [(3,), (3,), (2,)], (F(9, 10),), pays=range(-99, 99), fan=2)
        result = surviving_actions(game)
        profiles = pure_equilibria(game).profiles
        policies = naive.strategies_of(game, 0)
        best = max(policies, key=lambda policy: sum(naive.values(game, [policy], 0)))
        assert result.profile == pure_profile(game, best)
        assert profiles == (result.profile,)
        assert not any(isnan(bound) for pair in result.bounds[0] for bound in pair)
