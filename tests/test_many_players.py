"""Laws of the equilibria of games with any number of players."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction as F
from itertools import chain, combinations, product
from random import Random

import numpy as np
import pytest

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.solvers.normal_form.few_mixing import vertices
from gametheory_crisis.solvers.normal_form.many_players import ManyResult, solve_many
from gametheory_crisis.solvers.normal_form.pure_profiles import pure_equilibria, undominated
from gametheory_crisis.solvers.normal_form.root_certificate import Equation, Equations
from gametheory_crisis.solvers.normal_form.subdivision import System, find_roots

Tables = list[list[F]]
ONE, HALF, ZERO = F(1), F(1, 2), F(0)


def tables(shape: Sequence[int], rows: Mapping[tuple[int, ...], Sequence[int]]) -> Tables:
    """Payoff tables from the payoffs at some profiles, 0 at the others."""
    nothing = (0,) * len(shape)
    profiles = list(product(*map(range, shape)))
    return [[F(rows.get(p, nothing)[i]) for p in profiles] for i in range(len(shape))]


def from_rule(shape: Sequence[int], rule: Callable[..., Sequence[int]]) -> Tables:
    return tables(shape, {p: rule(*p) for p in product(*map(range, shape))})


def random_game(rng: Random, shape: Sequence[int], low: int, high: int) -> Tables:
    return [[F(rng.randint(low, high)) for _ in range(math.prod(shape))] for _ in shape]


def profiles(result: ManyResult) -> list[tuple[tuple[F | float, ...], ...]]:
    return [equilibrium.profile for equilibrium in result.equilibria]


def first_actions(result: ManyResult) -> set[tuple[F | float, ...]]:
    """In a 2x2x2 game, per equilibrium the probability of each player's first action."""
    return {tuple(part[0] for part in profile) for profile in profiles(result)}


def gain(game: Tables, shape: Sequence[int], profile: Sequence[Sequence[F | float]]) -> float:
    """Regret by summing over all profiles of actions, which no solver does."""
    most = 0.0
    for i, table in enumerate(game):
        values = [0.0] * shape[i]
        for actions, payoff in zip(product(*map(range, shape)), table, strict=True):
            others = math.prod(float(profile[j][a]) for j, a in enumerate(actions) if j != i)
            values[actions[i]] += others * float(payoff)
        own = sum(float(p) * v for p, v in zip(profile[i], values, strict=True))
        most = max(most, max(values) - own)
    return most


# McKelvey and McLennan (1997), The maximal number of regular totally mixed Nash equilibria
MCKELVEY_MCLENNAN = tables(
    (2, 2, 2),
    {(0, 0, 0): (9, 8, 12), (1, 1, 0): (9, 8, 2), (0, 1, 1): (3, 4, 6), (1, 0, 1): (3, 4, 4)},
)
# Nau, Gomez Canovas and Hansen (2004), On the geometry of Nash equilibria and correlated equilibria
NAU = tables(
    (2, 2, 2),
    {
        (0, 0, 0): (3, 0, 2),
        (1, 0, 0): (0, 1, 0),
        (0, 1, 0): (0, 2, 0),
        (1, 1, 0): (1, 0, 0),
        (0, 0, 1): (1, 0, 0),
        (1, 0, 1): (0, 3, 0),
        (0, 1, 1): (0, 1, 0),
        (1, 1, 1): (2, 0, 3),
    },
)
MATCHING_PENNIES = from_rule(
    (2, 2, 2), lambda a, b, c: (1 if a == b else -1, 1 if b == c else -1, 1 if c != a else -1)
)
COORDINATION = from_rule((2, 2, 2), lambda a, b, c: (int(a == b == c),) * 3)


# Games whose equilibria are known


def test_the_game_of_mckelvey_and_mclennan_has_its_nine_equilibria() -> None:
    result = solve_many(MCKELVEY_MCLENNAN, (2, 2, 2))
    assert result.complete
    assert not result.notes
    assert all(equilibrium.exact and equilibrium.regret == 0 for equilibrium in result.equilibria)
    assert first_actions(result) == {
        (1, 1, 1),
        (0, 0, 1),
        (1, 0, 0),
        (0, 1, 0),
        (0, F(1, 3), F(1, 3)),
        (F(1, 4), 1, F(1, 4)),
        (HALF, HALF, 1),
        (F(1, 4), HALF, F(1, 3)),
        (HALF, F(1, 3), F(1, 4)),
    }
    assert len(result.equilibria) == 9


def test_the_only_equilibrium_of_rational_payoffs_may_be_irrational() -> None:
    result = solve_many(NAU, (2, 2, 2))
    q = (math.sqrt(601) - 13) / 24
    expected = ((9 * q - 1) / (7 * q + 2), q, (2 - 3 * q) / (q + 1))
    (found,) = result.equilibria
    assert result.complete
    assert not found.exact
    assert [part[0] for part in found.profile] == pytest.approx(expected, abs=2e-16)
    assert gain(NAU, (2, 2, 2), found.profile) < 1e-15


def test_three_player_matching_pennies_is_played_by_halves() -> None:
    result = solve_many(MATCHING_PENNIES, (2, 2, 2))
    assert profiles(result) == [((HALF, HALF),) * 3]
    assert result.complete


def test_three_players_who_coordinate_have_three_equilibria() -> None:
    result = solve_many(COORDINATION, (2, 2, 2))
    assert result.complete
    assert first_actions(result) == {(1, 1, 1), (0, 0, 0), (HALF, HALF, HALF)}


def test_the_volunteers_dilemma_has_its_closed_form() -> None:
    # Diekmann (1985): everybody gains 2 if somebody volunteers at cost 1; nobody does with
    # probability 1/2 among the n - 1 others.
    for n in (3, 4):
        shape = (2,) * n
        game = from_rule(shape, lambda *a: [2 * (0 in a) - (own == 0) for own in a])
        result = solve_many(game, shape)
        assert result.complete
        mixed = [p for p in profiles(result) if all(0 < part[0] < 1 for part in p)]
        (symmetric,) = [p for p in mixed if len(set(p)) == 1]
        assert float(symmetric[0][1]) == pytest.approx(0.5 ** (1 / (n - 1)), abs=1e-15)
        assert sum(set(map(tuple, p)) <= {(0, 1), (1, 0)} for p in profiles(result)) == n


def test_a_rational_root_of_a_quadratic_is_recognised() -> None:
    half = solve_many(
        from_rule((2, 2, 2), lambda *a: [4 * (0 in a) - (own == 0) for own in a]), (2, 2, 2)
    )
    symmetric = [e for e in half.equilibria if len(set(e.profile)) == 1]
    assert [e.profile[0] for e in symmetric] == [(HALF, HALF)]
    assert symmetric[0].exact


# Degenerate games


def test_lines_of_equilibria_that_cross_are_not_settled_and_said_to_be() -> None:
    # All three are indifferent where (y - 1/2) (z - 1/2) = 0, and so on.
    game = from_rule((2, 2, 2), lambda *a: ((-1) ** sum(a),) * 3)
    result = solve_many(game, (2, 2, 2))
    assert not result.complete
    assert ((0, 1),) * 3 in result.unsettled
    assert "{1, 2} x {1, 2} x {1, 2}" in " ".join(result.notes)


def test_a_double_root_is_not_settled_and_said_to_be() -> None:
    # The first is indifferent where y = 1 - z, the second where x = z, the third where x y = 1/4:
    # z (1 - z) = 1/4 has the double root 1/2.
    game = from_rule(
        (2, 2, 2),
        lambda a, b, c: (
            4 * (a == 0) * (1 - (b == 0) - (c == 0)),
            4 * (b == 0) * ((a == 0) - (c == 0)),
            (c == 0) * (4 * (a == b == 0) - 1),
        ),
    )
    result = solve_many(game, (2, 2, 2))
    assert not result.complete
    assert result.unsettled == (((0, 1),) * 3,)


def test_where_nothing_matters_everything_is_an_equilibrium() -> None:
    result = solve_many([[ZERO] * 8] * 3, (2, 2, 2))
    assert len(result.equilibria) == 8
    assert result.complete
    assert ((0, 1),) * 3 in result.continua
    assert "continuum" in result.notes[0]


def with_third_action(game: Tables, rule: Callable[[F, F], F]) -> Tables:
    """A 2x2x2 game whose first player gets a third action, its payoffs made from the others'."""
    first, *others = game
    return [[*first, *map(rule, first[:4], first[4:])], *([*t, *t[:4]] for t in others)]


def test_an_action_that_ties_at_an_irrational_equilibrium_is_noted() -> None:
    # Half the first and half the second action: as good as both wherever they are equally good.
    game = with_third_action(NAU, lambda x, y: (x + y) / 2)
    result = solve_many(game, (3, 2, 2))
    assert not result.complete
    assert any("pays the same to all digits" in note for note in result.notes)
    assert profiles(solve_many(NAU, (2, 2, 2)))[0][1:] in [p[1:] for p in profiles(result)]


def test_a_twin_of_an_action_ties_for_certain() -> None:
    result = solve_many(with_third_action(NAU, lambda x, _: x), (3, 2, 2))
    assert not any("pays the same to all digits" in note for note in result.notes)
    ((_, q, r),) = profiles(solve_many(NAU, (2, 2, 2)))
    assert [p[1:] for p in profiles(result)] == [(q, r)] * 2
    assert result.unsettled == (((0, 1, 2), (0, 1), (0, 1)),)


def test_a_segment_of_equilibria_is_listed_by_its_ends() -> None:
    # The third player is indifferent; the first prefers 0 while the third plays 0 often enough.
    def payoffs(a: int, b: int, c: int) -> tuple[int, int, int]:
        return ((3 if c == 0 else 0) if a == 0 else 1, 1 - b, 0)

    result = solve_many(from_rule((2, 2, 2), payoffs), (2, 2, 2))
    assert result.complete
    assert {(p[0], p[2]) for p in profiles(result)} == {
        ((1, 0), (1, 0)),
        ((1, 0), (F(1, 3), F(2, 3))),
        ((0, 1), (F(1, 3), F(2, 3))),
        ((0, 1), (0, 1)),
    }
    assert set(result.continua) == {
        ((0,), (0,), (0, 1)),
        ((1,), (0,), (0, 1)),
        ((0, 1), (0,), (0, 1)),
    }


def test_a_point_where_two_players_conditions_just_touch_is_isolated_and_exact() -> None:
    # The mixer is always indifferent; one other player wants p >= 1/2, another p <= 1/2.
    def payoffs(a: int, b: int, c: int) -> tuple[int, int, int]:
        return (
            0 if b == c == 0 else (1 if a == 0 else -1),
            0 if b == 0 else 1 - 2 * (a == 0),
            0 if c == 0 else 2 * (a == 0) - 1,
        )

    result = solve_many(from_rule((2, 2, 2), payoffs), (2, 2, 2))
    assert ((HALF, HALF), (1, 0), (1, 0)) in profiles(result)
    assert ((0, 1), (0,), (0,)) not in result.continua


def test_a_region_bounded_by_a_curve_is_not_settled_and_said_to_be() -> None:
    # Two players never care; the third plays 0 unless both are likely enough to play 0 as well.
    game = from_rule((2, 2, 2), lambda a, b, c: (0, 0, (1 if a == b == 0 else -1) * c))
    result = solve_many(game, (2, 2, 2))
    assert not result.complete
    assert ((0, 1), (0, 1), (0,)) in result.unsettled
    assert ((0, 1), (0, 1), (1,)) in result.unsettled
    assert ((0, 1), (1,), (0,)) in result.continua


def test_games_with_too_many_supports_have_their_pure_equilibria_listed_and_a_note() -> None:
    shape = (6, 6, 6)
    result = solve_many(from_rule(shape, lambda *a: [int(len(set(a)) == 1)] * 3), shape)
    assert len(result.equilibria) == 6 + 6 * 5 * 4  # one for all, or all different
    assert not result.complete
    assert "there are 250047 supports" in result.notes[0]


def extreme_bimatrix(A: list[list[F]], B: list[list[F]]) -> set[tuple[tuple[F, ...], ...]]:
    """All extreme equilibria, from all vertices of the two best-reply polytopes."""
    m, n = len(A), len(A[0])

    def corners(size: int, rows: list[list[F]]) -> list[list[F]]:
        """Vertices of {(p, v): rows p <= v} as probabilities."""
        found = []
        for tight in range(1, len(rows) + 1):
            for chosen in combinations(range(len(rows)), tight):
                first = rows[chosen[0]]
                zero = [[x - y for x, y in zip(rows[k], first, strict=True)] for k in chosen[1:]]
                others = [[x - y for x, y in zip(row, first, strict=True)] for row in rows]
                found += [p for p in vertices(size, zero, others) or [] if p not in found]
        return found

    columns = [[B[i][j] for i in range(m)] for j in range(n)]
    return {
        (tuple(p), tuple(q))
        for p in corners(m, columns)
        for q in corners(n, A)
        if gain([[*chain(*A)], [*chain(*B)]], (m, n), (p, q)) < 1e-12
    }


def test_two_player_games_have_the_extreme_equilibria_of_the_polytopes() -> None:
    rng = Random(4)
    for _ in range(60):
        shape = rng.choice([(2, 2), (2, 3), (3, 3)])
        game = random_game(rng, shape, 0, rng.choice([1, 2, 9]))
        A, B = ([t[k : k + shape[1]] for k in range(0, len(t), shape[1])] for t in game)
        result = solve_many(game, shape)
        assert result.complete
        assert len(profiles(result)) == len(set(profiles(result)))
        assert set(profiles(result)) == extreme_bimatrix(A, B)


# Laws


def test_random_games_have_an_odd_number_of_equilibria_without_regret() -> None:
    rng = Random(1)
    for shape in ((2, 2, 2),) * 12 + ((2, 3, 2), (2, 2, 3), (2, 2, 2, 2), (2, 2, 2, 2)):
        game = random_game(rng, shape, -10_000, 10_000)
        result = solve_many(game, shape)
        assert result.complete
        assert len(result.equilibria) % 2 == 1
        assert all(gain(game, shape, profile) < 1e-10 for profile in profiles(result))


def quadratic_equilibria(game: Tables) -> set[tuple[float, ...]]:
    """Completely mixed equilibria of a 2x2x2 game, by elimination to a quadratic."""
    T = [np.array([float(v) for v in table]).reshape(2, 2, 2) for table in game]
    # Player i is indifferent where a + b u + c v + d u v = 0 in the others' first probabilities.
    rows = []
    for i, table in enumerate(T):
        d = np.moveaxis(table, i, 0)
        d = (d[0] - d[1]).astype(object)  # a numpy scalar times a poly1d is an array
        rows.append(
            (d[1, 1], d[0, 1] - d[1, 1], d[1, 0] - d[1, 1], d.sum() - 2 * (d[0, 1] + d[1, 0]))
        )
    (a1, b1, c1, d1), (a2, b2, c2, d2), (a3, b3, c3, d3) = rows
    # z from y by the first, x from y by the third, into the second.
    y = np.poly1d([1.0, 0.0])
    z_top, z_bottom = -(a1 + b1 * y), c1 + d1 * y
    x_top, x_bottom = -(a3 + c3 * y), b3 + d3 * y
    condition = (
        a2 * z_bottom * x_bottom
        + b2 * x_top * z_bottom
        + c2 * z_top * x_bottom
        + d2 * x_top * z_top
    )
    found = set()
    for root in np.atleast_1d(condition.roots):
        if abs(root.imag) < 1e-12:
            point = (x_top(root) / x_bottom(root), root, z_top(root) / z_bottom(root))
            if all(0 < value.real < 1 for value in point):
                found.add(tuple(round(float(value.real), 9) for value in point))
    return found


def test_completely_mixed_equilibria_agree_with_elimination_to_a_quadratic() -> None:
    rng, several = Random(2), 0
    for _ in range(60):
        game = random_game(rng, (2, 2, 2), -99, 99)
        result = solve_many(game, (2, 2, 2))
        mixed = {
            tuple(round(float(part[0]), 9) for part in profile)
            for profile in profiles(result)
            if all(0 < part[0] < 1 for part in profile)
        }
        assert mixed == quadratic_equilibria(game)
        several += bool(mixed)
    assert several > 5


def newton_hunt(
    game: Tables, shape: Sequence[int], rng: np.random.Generator
) -> list[list[np.ndarray]]:
    """Completely mixed equilibria that Newton's method finds from random profiles."""
    T = [np.array([float(v) for v in table]).reshape(shape) for table in game]

    def residual(free: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        ends = np.cumsum([size - 1 for size in shape])[:-1]
        parts = [np.concatenate([[1 - f.sum()], f]) for f in np.split(free, ends)]
        rows = []
        for i, table in enumerate(T):
            for axis in reversed(range(len(shape))):
                if axis != i:
                    table = np.tensordot(table, parts[axis], axes=([axis], [0]))
            rows.append(table[1:] - table[0])
        return np.concatenate(rows), parts

    found = []
    for _ in range(12):
        free = np.concatenate([rng.dirichlet(np.ones(size))[1:] for size in shape])
        for _ in range(25):
            here, _ = residual(free)
            slopes = np.stack(
                [(residual(free + 1e-6 * e)[0] - here) / 1e-6 for e in np.eye(len(free))], axis=1
            )
            free = free - np.linalg.lstsq(slopes, here, rcond=None)[0]
        here, parts = residual(free)
        if np.abs(here).max() < 1e-8 and min(part.min() for part in parts) > 1e-6:
            found.append(parts)
    return found


@pytest.mark.slow
def test_random_searches_find_no_equilibrium_that_is_not_listed() -> None:
    rng, random, seen = Random(3), np.random.default_rng(3), 0
    for shape in ((2, 3, 2), (3, 2, 2), (2, 2, 2, 2), (3, 3, 3)) * 3:
        game = random_game(rng, shape, -50, 50)
        result = solve_many(game, shape)
        assert result.complete
        listed = [[np.array(part, float) for part in profile] for profile in profiles(result)]
        for parts in newton_hunt(game, shape, random):
            seen += 1
            assert any(
                all(np.allclose(p, q, atol=1e-6) for p, q in zip(parts, known, strict=True))
                for known in listed
            )
    assert seen


def test_relabelled_players_and_actions_relabel_the_equilibria() -> None:
    rng, shape = Random(5), (2, 3, 2)
    for high in (2, 99):
        game = random_game(rng, shape, 0, high)
        order, turned = (2, 0, 1), (2, 2, 3)
        index = {p: k for k, p in enumerate(product(*map(range, shape)))}
        # Player k of the new game is player order[k] of the old one, its actions reversed.
        moved = [[ZERO] * len(index) for _ in shape]
        for k, actions in enumerate(product(*map(range, turned))):
            old = [0] * 3
            for place, player in enumerate(order):
                old[player] = turned[place] - 1 - actions[place]
            for place, player in enumerate(order):
                moved[place][k] = game[player][index[tuple(old)]]
        expected = {
            tuple(tuple(map(float, p[player][::-1])) for player in order)
            for p in profiles(solve_many(game, shape))
        }
        found = {
            tuple(tuple(map(float, part)) for part in p)
            for p in profiles(solve_many(moved, turned))
        }
        assert len(found) == len(expected)
        for one in found:
            assert min(math.dist(sum(one, ()), sum(other, ())) for other in expected) < 1e-12


def test_payoffs_in_other_units_leave_the_equilibria_unchanged() -> None:
    units = ((F(1, 10**12), F(7)), (F(10**12), F(-3)), (F(3), F(10**15)))
    for game in (MCKELVEY_MCLENNAN, COORDINATION, MATCHING_PENNIES):
        changed = [[b * v + a for v in table] for table, (b, a) in zip(game, units, strict=True)]
        assert profiles(solve_many(changed, (2, 2, 2))) == profiles(solve_many(game, (2, 2, 2)))


def test_regret_is_not_lost_in_large_payoffs() -> None:
    moved = [[v + 10**9 for v in table] for table in NAU]
    (found,) = solve_many(moved, (2, 2, 2)).equilibria
    assert 0 < found.regret < 1e-15


def test_strictly_dominated_actions_change_nothing() -> None:
    shape = (3, 2, 2)
    rows = {
        p: [MCKELVEY_MCLENNAN[i][k] for i in range(3)]
        for k, p in enumerate(product(*map(range, (2, 2, 2))))
    }
    for b, c in product((0, 1), repeat=2):
        rows[2, b, c] = [F(-1), F(50 * b), F(7 * c)]
    game = tables(shape, rows)  # type: ignore[arg-type]
    assert undominated(game, shape) == ((0, 1), (0, 1), (0, 1))
    result = solve_many(game, shape)
    assert result.complete
    assert {tuple(p[0] for p in q) for q in profiles(result)} == first_actions(
        solve_many(MCKELVEY_MCLENNAN, (2, 2, 2))
    )


def test_pure_equilibria_are_compared_exactly() -> None:
    tiny = F(1, 10**40)
    game = [[F(1), F(1) + tiny, ZERO, ZERO], [ZERO, tiny, ZERO, ZERO]]
    assert pure_equilibria(game, (2, 2)) == [(0, 1)]
    assert len(solve_many(game, (2, 2)).equilibria) == 1


def test_floats_that_tie_but_for_rounding_tie_unless_exactness_is_asked_for() -> None:
    game = [[0.1 + 0.2, 0.0, 0.3, 1.0], [1.0, 0.0, 0.0, 1.0]]
    loose, exact = (solve_many(game, (2, 2), exact=flag) for flag in (False, True))
    assert ((1.0, 0.0), (1.0, 0.0)) in profiles(loose)
    assert len(loose.equilibria) == 3
    assert not any(equilibrium.exact for equilibrium in loose.equilibria)
    assert loose.continua
    assert not exact.continua
    assert all(equilibrium.regret == 0 for equilibrium in exact.equilibria)


def test_the_same_call_gives_the_same_result_and_leaves_the_payoffs_alone() -> None:
    game = random_game(Random(6), (2, 2, 2), 0, 9)
    before = [list(table) for table in game]
    assert solve_many(game, (2, 2, 2)) == solve_many(game, (2, 2, 2))
    assert game == before


def test_effort_that_runs_out_leaves_supports_unsettled() -> None:
    result = solve_many(MCKELVEY_MCLENNAN, (2, 2, 2), most_cells=0)
    assert not result.complete
    assert result.unsettled == (((0, 1),) * 3,)
    assert len(result.equilibria) == 7


def test_progress_counts_the_supports() -> None:
    told: list[tuple[int, int]] = []
    solve_many(COORDINATION, (2, 2, 2), progress=lambda done, total: told.append((done, total)))
    assert told == [(k, 19) for k in range(20)]


@pytest.mark.parametrize(
    ("payoffs", "shape", "message"),
    [
        ([[1, 2], [3]], (1, 2), "player 1 has 1 payoffs where there are 2"),
        ([[1, 2]], (1, 2), "1 tables of payoffs for 2 players"),
        ([[1.0, math.nan], [0, 0]], (1, 2), "player 0 has a payoff that is not finite"),
    ],
)
def test_payoffs_that_are_no_game_are_refused(
    payoffs: list[list[float]], shape: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        solve_many(payoffs, shape)


# The two halves of the search


def line(value: F) -> tuple[F, ...]:
    """A function of one player's two probabilities that vanishes where the first is ``value``."""
    return (ONE - value, -value)


def test_a_root_is_enclosed_and_recognised_as_a_rational() -> None:
    third, fifth = F(1, 3), F(2, 5)
    equations = Equations((2, 2), [Equation(0, line(third)), Equation(1, line(fifth))])
    root = equations.enclose([[0.4 + 1e-14, 0.6], [1 / 3, 2 / 3]])
    assert root is not None
    assert root.error > 0
    exact = equations.refine(root)
    assert exact.error == 0
    assert exact.point == ((fifth, F(3, 5)), (third, F(2, 3)))


def test_no_root_is_proven_where_there_is_none() -> None:
    equations = Equations((2, 2), [Equation(0, line(F(1, 3))), Equation(1, line(F(2, 5)))])
    assert equations.enclose([[0.4, 0.6], [0.35, 0.65]]) is None
    flat = Equations((2, 2), [Equation(0, (ZERO, ZERO)), Equation(1, line(F(2, 5)))])
    assert flat.enclose([[0.4, 0.6], [0.35, 0.65]]) is None


def test_subdivision_tells_two_close_roots_apart() -> None:
    # x y = 1/4 - e**2 and z = x, 1 - y = z: roots at 1/2 - e and 1/2 + e.
    e = F(1, 1000)
    game = Equations(
        (2, 2, 2),
        [
            Equation(2, (F(3, 4) + e * e, e * e - F(1, 4), e * e - F(1, 4), e * e - F(1, 4))),
            Equation(1, (ZERO, ONE, -ONE, ZERO)),
            Equation(0, (ONE, ZERO, ZERO, -ONE)),
        ],
    )
    shape = {2: (2, 2, 1), 1: (2, 1, 2), 0: (1, 2, 2)}
    parts = [
        np.broadcast_to(np.array([float(v) for v in q.table]).reshape(shape[q.player]), (2, 2, 2))
        for q in game.equations
    ]
    none = np.zeros((0, 2, 2, 2))
    roots = []

    def certify(point: list[np.ndarray]) -> int | None:
        root = game.enclose([part.tolist() for part in point])
        if root is None:
            return None
        for k, known in enumerate(roots):
            if known.same(root) or root.same(known):
                return k
        roots.append(root)
        return len(roots) - 1

    found = find_roots(System((2, 2, 2), np.stack(parts), none, none), certify, most_cells=20_000)
    assert found.settled
    firsts = sorted(float(roots[k].point[0][0]) for k in found.found)
    assert firsts == pytest.approx([0.499, 0.501], abs=1e-12)
