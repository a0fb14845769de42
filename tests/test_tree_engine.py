"""From a file with hidden moves or private types to certified equilibria, and their display."""

from __future__ import annotations

import json
import pickle
from fractions import Fraction as F

import games
import pytest

import gametheory_crisis as gtc
from gametheory_crisis.certificate import certify
from gametheory_crisis.engines.certified import certified
from gametheory_crisis.errors import ParameterError, SolverError, UnsupportedGame
from gametheory_crisis.solvers.values import Value

METHODS = ("tree", "nash", "subgame_perfect", "sequential")

RACE = """
format: 1
title: A hidden step before a deadline
players: [A, B]
parameters: {T: {value: 2, range: [1, 60], integer: true}, gain: 1}
clock: {deadline: T, expires: over, discount: 0.9}
game:
  step:
    player: A
    observed_by: []
    actions: {arm: reply, talk: reply}
  reply:
    player: B
    actions:
      strike: {outcome: strike, payoffs: {A: -gain, B: 0.1}}
      wait: {next: step, days: 1, pays: {A: 0.1}}
  over: {outcome: over, payoffs: {A: 0.5, B: 0.5}}
"""


@pytest.fixture(scope="module")
def breakfast() -> gtc.Model:
    return gtc.load("beer_quiche")


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_certified_equilibria(breakfast: gtc.Model, method: str) -> None:
    solution = breakfast.solve(method=method)
    assert solution.method == method
    assert solution.equilibria
    for found in solution.equilibria:
        assert found.regret == 0
        assert sum(found.outcomes.values()) == pytest.approx(1)


def test_a_refinement_removes_an_equilibrium_and_says_whose_message_would_be_believed(
    breakfast: gtc.Model,
) -> None:
    whole = breakfast.solve()
    assert [found.kind for found in whole.equilibria] == ["pooling on quiche", "pooling on beer"]
    for criterion in ("intuitive", "d1", "D1", "divinity"):
        refined = breakfast.solve(refine=criterion)
        assert [found.kind for found in refined.equilibria] == ["pooling on beer"]
        (removed,) = refined.refined_away
        assert removed.kind == "pooling on quiche"
        assert "beer" in removed.refined_away
        assert "strong" in removed.refined_away


@pytest.mark.parametrize(("rule", "kind"), [("first", "quiche"), ("payoff", "beer")])
def test_a_rule_selects_one_equilibrium_of_a_tree(
    breakfast: gtc.Model, rule: str, kind: str
) -> None:
    solution = breakfast.solve(select=rule)
    assert [found.kind for found in solution.equilibria] == [f"pooling on {kind}"]
    assert not solution.complete


def test_the_logit_path_of_a_tree_ends_at_one_of_its_equilibria(breakfast: gtc.Model) -> None:
    (chosen,) = breakfast.solve(select="logit").equilibria
    assert chosen.kind in {found.kind for found in breakfast.solve().equilibria}


def test_the_json_form_tells_types_what_was_seen_and_every_belief_that_serves(
    breakfast: gtc.Model,
) -> None:
    first = json.loads(json.dumps(breakfast.solve().to_dict()))["equilibria"][0]
    strong, weak = first["strategies"]["breakfast"]
    assert (strong["type"], strong["seen"], weak["type"]) == ("strong", [], "weak")
    off_path = first["strategies"]["after_beer"][0]
    assert off_path["seen"] == ["Newcomer: beer"]
    assert off_path["reached"] == 0
    assert off_path["ranges"]["challenge"] == [0.5, 1.0]
    belief = first["beliefs"]["after_beer"][0]
    words = ["type of Newcomer: strong, Newcomer: beer", "type of Newcomer: weak, Newcomer: beer"]
    assert [history for history, _ in belief["belief"]] == words
    assert sorted(belief["supporting"]) == [[0.0, 1.0], [0.5, 0.5]]


def test_solutions_of_trees_pickle(breakfast: gtc.Model) -> None:
    solution = breakfast.solve()
    assert pickle.loads(pickle.dumps(solution)).to_dict() == solution.to_dict()


def test_an_exact_solution_is_rational_throughout(breakfast: gtc.Model) -> None:
    (found,) = breakfast.solve(p=F(1, 3), exact=True).equilibria
    assert (found.regret, found.exact) == (0, True)
    weak = found.strategies["breakfast"][1]
    assert weak.exact_play == {"quiche": F(1, 2), "beer": F(1, 2)}


def test_a_tree_is_unrolled_anew_for_each_deadline() -> None:
    model = games.build(RACE)
    for days in (1, 2, 3):
        (found, *_) = model.solve(T=days).equilibria
        assert found.outcomes["over"] == 1
        assert found.expected_day == days
        assert found.payoffs["B"] == pytest.approx(0.5 * 0.9**days)


def test_a_tree_that_would_be_too_large_is_refused_before_it_grows() -> None:
    model = games.build(RACE)
    for _ in range(2):
        with pytest.raises(UnsupportedGame, match="histories"):
            model.solve(T=60)
    cells = model.solve_batch([[60, 1], [2, 1], [60, 2]])
    assert cells.status[0].tolist()[::2] == [4, 4]
    assert cells.regime[0, 1] >= 0


def test_the_public_game_is_the_same_as_a_tree() -> None:
    model = games.build(RACE.replace("    observed_by: []\n", ""))
    assert model.engine == "recursion"
    public, tree = model.solve(T=2), model.solve(T=2, method="subgame_perfect")
    assert public.equilibria[0].payoffs == pytest.approx(tree.equilibria[0].payoffs)


def test_unknown_options_are_named(breakfast: gtc.Model) -> None:
    with pytest.raises(ParameterError, match="unknown refinement 'd2'; refinements: intuitive"):
        breakfast.solve(refine="d2")
    with pytest.raises(ParameterError, match="unknown method 'lp'; methods: recursion, tree"):
        breakfast.solve(method="lp")
    with pytest.raises(UnsupportedGame, match="solved by 'tree', not by 'recursion'"):
        breakfast.solve(method="recursion")
    with pytest.raises(UnsupportedGame, match="no embedded kernel"):
        breakfast.kernel()
    with pytest.raises(UnsupportedGame, match="private information"):
        gtc.load("prisoners_dilemma").solve(refine="intuitive")


def test_a_model_is_handed_to_nashpy_and_comes_back_with_its_equilibria() -> None:
    game = gtc.load("chicken").to_nashpy()
    rows, columns = game.payoff_matrices
    found = gtc.nash(rows, columns)
    assert len(found) == len(gtc.load("chicken").solve().equilibria) == 3


IDLE_WORD = """
format: 1
title: A word that costs nothing
players: [S, R]
parameters: {q: {value: 1/4, range: [0, 1]}}
private:
  S: {type: {strong: q, weak: 1 - q}, v: {strong: 0, weak: 1}}
game:
  speak:
    player: S
    actions: {stop: {outcome: out, payoffs: {S: 1, R: 2}}, go: reply}
  reply:
    player: R
    actions:
      yield: {outcome: gain, payoffs: {S: 1, R: 3}}
      fight: {outcome: war, payoffs: {S: 0, R: v}}
"""


def test_the_ends_of_a_continuum_along_which_outcomes_vary_are_all_listed() -> None:
    model = games.build(IDLE_WORD)
    solution = model.solve()
    assert solution.complete
    shares = sorted(found.outcomes["gain"] for found in solution.equilibria)
    assert shares == [0, 0.25, 0.75, 1]
    assert all("an end of a continuum" in found.kind for found in solution.equilibria)
    cells = model.solve_batch([[0.25], [0.5], [0.9]])
    assert cells.status[0].tolist() == [3, 3, 3]
    assert (cells.regimes_mask[0] == 0b011).all()


def test_public_ties_have_the_same_outcomes_as_a_tree() -> None:
    model = games.build(
        {
            "players": ["A", "B"],
            "game": {
                "n": {
                    "player": "A",
                    "actions": {
                        "out": games.end("out", A=1, B=1),
                        "in": {
                            "player": "B",
                            "actions": {
                                "yes": games.end("yes", A=1, B=1),
                                "no": games.end("no", A=0, B=0),
                            },
                        },
                    },
                }
            },
        }
    )
    for method in ("recursion", "tree"):
        outcomes = {found.regime for found in model.solve(method=method).equilibria}
        assert outcomes == {"out", "yes"}, method


def test_among_rationals_nothing_is_allowed_for_rounding() -> None:
    model = gtc.load("prisoners_dilemma")
    (found,) = model.solve(exact=True).equilibria
    certificate = certify(model.graph, model.point(), found.strategies)
    assert certificate.exact
    payoffs = tuple(certificate.payoffs[player] for player in model.players)
    value = Value(payoffs, {list(found.outcomes.values()).index(1): F(1)}, F(0))
    arguments = (found.regime, found.strategies, certificate)
    assert certified(value, *arguments, F(0), model.outcomes).regret == 0
    nearly = Value((payoffs[0] + F(1, 10**15), *payoffs[1:]), value.outcomes, value.day)
    with pytest.raises(SolverError, match="the certificate finds a payoff"):
        certified(nearly, *arguments, F(0), model.outcomes)
    with pytest.raises(SolverError, match="the certificate finds a regret"):
        certified(value, *arguments, F(1, 10**15), model.outcomes)
