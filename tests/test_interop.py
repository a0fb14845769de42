"""Games read from Gambit's files and written for others keep every number and every secret."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import itertools
import re
import time
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gametheory_crisis.errors import CrisisError, ModelError, NotFinite, UnsupportedGame
from gametheory_crisis.interop.gambit_files import gambit_model, read_gambit
from gametheory_crisis.interop.gambit_games import gambit_text, to_gambit
from gametheory_crisis.interop.nashpy_games import to_nashpy
from gametheory_crisis.interop.nfg_writer import nfg_text
from gametheory_crisis.interop.number_text import exact, number_text
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.model import Model

FILES = Path(__file__).parent / "gambit"
TREES = ("beer_quiche", "one_card_poker", "selten_horse", "three_cards")
HEAD = 'EFG 2 R "t" { "A" "B" }\n'
NORMAL = 'NFG 1 R "t" { "A" "B" }'


def read(text: str, folder: Path, suffix: str = "efg", **options) -> Model:
    path = folder / f"game.{suffix}"
    path.write_text(text, encoding="utf-8")
    return read_gambit(path, **options)


def model_of(text: str) -> Model:
    return Model(read_model(text.encode(), "m.yaml"), "m")


# An independent reader of trees: nested tuples in which the numbers of information sets and
# outcomes, chance moves without a choice, events of probability 0 and the place of payoffs on a
# path make no difference.


class Parser:
    """Takes the words of an ``.efg`` file one by one."""

    def __init__(self, text):
        self.words = re.findall(r'"(?:[^"\\]|\\.)*"|[{}]|[^\s,{}"]+', text)
        self.sets, self.outcomes = {}, {}

    def game(self):
        assert self.words[:2] == ["EFG", "2"]
        del self.words[:4]
        players = self.group()
        self.text()
        game = players, self.node([Fraction(0)] * len(players))
        assert not self.words
        return game

    def text(self):
        return self.words.pop(0) if self.words and self.words[0].startswith('"') else ""

    def group(self):
        end = self.words.index("}")
        inside = self.words[1:end]
        del self.words[: end + 1]
        return inside

    def node(self, paid):
        kind, _ = self.words.pop(0), self.text()
        owner = int(self.words.pop(0)) if kind == "p" else 0
        key = owner, self.words.pop(0) if kind != "t" else ""
        if kind != "t":
            self.text()
            if self.words[0] == "{":
                self.sets.setdefault(key, self.group())
        outcome = self.words.pop(0)
        self.text()
        if self.words and self.words[0] == "{":
            self.outcomes[outcome] = [Fraction(word) for word in self.group()]
        if outcome != "0":
            paid = [a + b for a, b in zip(paid, self.outcomes[outcome], strict=True)]
        if kind == "t":
            return "t", tuple(paid)
        actions = self.sets[key]
        if kind == "p":
            return "p", key, tuple((action, self.node(paid)) for action in actions)
        odds = zip(actions[::2], actions[1::2], strict=True)
        events = [(event, Fraction(share), self.node(paid)) for event, share in odds]
        return "c", tuple(event for event in events if event[1])


def plain(text: str):
    """The tree of a file, information sets numbered by their first node."""
    players, root = Parser(text).game()
    numbers: dict = {}

    def walk(node):
        match node:
            case ("c", ((_, _, after),)):
                return walk(after)
            case ("c", events):
                return "c", tuple((event, share, walk(after)) for event, share, after in events)
            case ("p", key, actions):
                number = numbers.setdefault(key, sum(known[0] == key[0] for known in numbers))
                return "p", key[0], number, tuple((name, walk(on)) for name, on in actions)
            case _:
                return node

    return players, walk(root)


def relabelled(node):
    """A tree without the names of its moves."""
    match node:
        case ("c", events):
            return "c", tuple((share, relabelled(after)) for _, share, after in events)
        case ("p", player, number, actions):
            return "p", player, number, tuple(relabelled(after) for _, after in actions)
        case _:
            return node


# Trees


@pytest.mark.parametrize("name", TREES)
def test_a_tree_comes_back_as_it_was(name):
    text = (FILES / f"{name}.efg").read_text(encoding="utf-8")
    model = read_gambit(FILES / f"{name}.efg")
    written = gambit_text(model)
    assert relabelled(plain(written)[1]) == relabelled(plain(text)[1])


@pytest.mark.parametrize("name", [*TREES, "forgetful"])
def test_importing_what_was_exported_changes_nothing_more(name, tmp_path):
    strategic = name == "forgetful"
    model = read_gambit(FILES / f"{name}.efg", strategic_form=strategic)
    once = gambit_text(model)
    again = read(once, tmp_path)
    assert again.graph.warnings == ()
    assert gambit_text(again) == once
    assert again.players == model.players
    assert set(again.outcomes) == set(model.outcomes)


@st.composite
def trees(draw, moves=60):
    """Text of a random game of perfect recall, with outcomes anywhere and unlikely labels."""
    num_players = draw(st.integers(1, 3))
    payoffs = st.fractions(-9, 9, max_denominator=7)
    lines, sizes, sets, outcomes = [], {}, defaultdict(dict), []

    def outcome(*, end):
        if not end and draw(st.integers(0, 3)):
            return "0"
        if outcomes and draw(st.booleans()):
            return str(draw(st.integers(1, len(outcomes))))
        outcomes.append([draw(payoffs) for _ in range(num_players)])
        return f'{len(outcomes)} "" {{ {" ".join(map(str, outcomes[-1]))} }}'

    def grow(depth, past):
        kind = draw(st.sampled_from("tcppp" if depth else "cppp")) if depth < 5 else "t"
        if kind == "t" or len(lines) > moves:
            lines.append(f't "" {outcome(end=True)}')
        elif kind == "c":
            weights = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3).filter(any))
            shares = [Fraction(weight, sum(weights)) for weight in weights]
            odds = " ".join(f'"e{k}" {share}' for k, share in enumerate(shares))
            lines.append(f'c "" {len(lines) + 1} "" {{ {odds} }} {outcome(end=False)}')
            for _ in shares:
                grow(depth + 1, past)
        else:
            i = draw(st.integers(0, num_players - 1))
            key = past.get(i), draw(st.integers(0, 2))
            number = sets[i].setdefault(key, len(sets[i]) + 1)
            size = sizes.setdefault((i, number), draw(st.integers(1, 3)))
            actions = " ".join(f'"a{k}"' for k in range(size))
            lines.append(f'p "" {i + 1} {number} "" {{ {actions} }} {outcome(end=False)}')
            for k in range(size):
                grow(depth + 1, {**past, i: (number, k)})

    grow(0, {})
    players = " ".join(f'"P{i}"' for i in range(num_players))
    return f'EFG 2 R "random" {{ {players} }}\n' + "\n".join(lines) + "\n"


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(text=trees())
def test_random_trees_keep_moves_numbers_and_information_sets(text, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trees")
    model = read(text, folder)
    once = gambit_text(model)
    assert plain(once) == plain(text)
    assert not any("tell them apart" in warning for warning in model.graph.warnings)
    assert plain(gambit_text(read(once, folder))) == plain(text)


def test_a_game_whose_moves_need_no_telling_reads_as_if_somebody_had_written_it():
    text = gambit_model(FILES / "beer_quiche.efg").text
    assert text.count("observed_by") == 1
    assert "tell_" not in text
    assert "chance: {weak: 0.1, strong: 0.9}\n    observed_by: [Sender]" in text
    poker = gambit_model(FILES / "three_cards.efg").text
    assert "tell_" in poker


def test_outcomes_on_the_way_add_up():
    model = read_gambit(FILES / "one_card_poker.efg")
    assert set(model.outcomes) == {
        "ante_and_raised_and_Alice_takes_all",
        "ante_and_raised_and_Alice_takes_the_ante",
        "ante_and_raised_and_Bob_takes_all",
        "ante_and_Bob_takes_the_ante",
    }
    table = to_nashpy(model).payoff_matrices
    # Raising always, against meeting always: 2 or -2 with equal chances.
    assert table[0].tolist() == [[0, 1], [0.5, 0], [-1.5, 0], [-1, -1]]
    assert (table[0] + table[1] == 0).all()


def test_numbers_are_exact(tmp_path):
    text = HEAD + 't "" 1 "" { 1e-3, -123456789012345678901234567890/7 }'
    payoffs = read(text, tmp_path).tree.game({}).payoffs
    assert payoffs == ((Fraction(1, 1000), Fraction(-123456789012345678901234567890, 7)),)
    chances = HEAD + 'c "" 1 "" { "x" 1/3 "y" .5 "z" 1/6 } 0' + ' t "" 1 "" { 1 2 }' + ' t "" 1' * 2
    game = read(chances, tmp_path).tree.game({})
    assert game.probability[1:] == (Fraction(1, 3), Fraction(1, 2), Fraction(1, 6))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(-7), "-7"),
        (Fraction(1, 8), "0.125"),
        (Fraction(-1, 1000), "-0.001"),
        (Fraction(5, 3), "5/3"),
        (Fraction(10) ** 40, "1e40"),
        (Fraction(1, 10**25), "1e-25"),
        (Fraction(-25, 10**25), "-25e-25"),
        (Fraction(12300), "12300"),
    ],
)
def test_numbers_are_written_so_that_they_read_as_themselves(number, text):
    assert number_text(number) == text
    assert Fraction(number_text(number)) == number


@given(st.fractions() | st.floats(allow_nan=False, allow_infinity=False))
def test_no_number_is_rounded(number):
    assert Fraction(number_text(exact(number))) == Fraction(str(number))


def test_what_is_no_number_is_not_written():
    with pytest.raises(NotFinite, match="inf"):
        exact(float("inf"))
    with pytest.raises(UnsupportedGame, match="thousands of digits"):
        number_text(Fraction(1, 3**10_000))


# Variants of the format


VARIANTS = {
    "commas": HEAD + '"" p "" 1 1 "" {"l", "r"} 0, t "" 1 "" {1, 2}, t "" 2 "" {3, 4}',
    "no commas, no comment": HEAD + 'p "" 1 1 { "l" "r" } 0 t "" 1 { 1 2 } t "" 2 { 3 4 }',
    "header D": HEAD.replace("R", "D") + 'p "" 1 1 "" { "l" "r" } 0 t "" 1 "" { 1 2 } '
    't "" 2 "" { 3 4 }',
    "outcome after its use": HEAD + 'p "" 1 1 { "l" "r" } 0 t "" 1 p "" 2 1 { "x" "y" } 0 '
    't "" 1 { 1 2 } t "" 2 { 3 4 }',
    "numbers": HEAD + 'p "" 1 7 "" { "l" "r" } 0 t "" 1 "" { 1.0 20e-1 } t "" 2 "" { +3 8/2 }',
    "one line break each": HEAD + 'p\n""\n1\n1\n""\n{\n"l"\n"r"\n}\n0\nt\n""\n1\n""\n{\n1\n2\n}\n'
    't\n""\n2\n""\n{\n3\n4\n}',
    "byte order mark": "\ufeff" + HEAD + 'p "" 1 1 { "l" "r" } 0 t "" 1 { 1 2 } t "" 2 { 3 4 }',
}


@pytest.mark.parametrize("text", VARIANTS.values(), ids=VARIANTS)
def test_all_ways_to_write_a_game_are_read(text, tmp_path):
    game = read(text, tmp_path).tree.game({})
    assert game.payoffs[-1] + game.payoffs[game.ends[0]] == (3, 4, 1, 2)
    assert game.information_sets[0].actions == ("l", "r")


# Mistakes


MOVE = 'p "" 1 1 "" { "l" "r" } 0\n'
BAD_TREES = [
    ("", r"1:1: expected 'EFG 2 R', found the end of the file"),
    ('NFG 1 R "t" { "A" } { 1 } 1', "1:1: expected 'EFG 2 R', found 'NFG'"),
    ('EFG 1 R "t" { "A" }', "1:5: only version 2"),
    ('EFG 2 X "t" { "A" }', "1:7: expected 'R' or 'D', found 'X'"),
    ("EFG 2 R t", "1:9: expected a text in quotes, found 't'"),
    ('EFG 2 R "t" { }', "1:13: a game needs at least one player"),
    ('EFG 2 R "t" { ' + '"a" ' * 51 + "}", "1:13: more than 50 players"),
    (HEAD, "2:1: expected 'c' or 'p' or 't', found the end"),
    (HEAD + "x", "2:1: expected 'c' or 'p' or 't', found 'x'"),
    (HEAD + 'p "" 3 1 { "l" } 0', "2:6: there is no player 3"),
    (HEAD + 'p "" 0 1 { "l" } 0', "2:6: there is no player 0"),
    (HEAD + 'p "" 1 1 0', "2:8: information set 1 is new here and needs its actions"),
    (HEAD + 'p "" 1 1 { } 0', "2:12: expected a text in quotes, found '}'"),
    (HEAD + MOVE + 't "" 1 { 1 2 }', "3:15: the file ends where 'r' should lead on"),
    (HEAD + MOVE + 't "" 1 { 1 2 }\n' * 3, "5:1: the tree is complete, and yet more follows"),
    (HEAD + MOVE + 't "" 1 { 1 2 }\nt "" 1 { 1 3 }', "4:6: outcome 1 had other payoffs before"),
    (HEAD + MOVE + 't "" 1 { 1 2 }\nt "" 2', "4:6: outcome 2 has payoffs nowhere"),
    (HEAD + 't "" 1 { 1 }', "2:8: 1 payoff for 2 players"),
    (HEAD + 't "" 0 { 1 2 }', "2:6: outcome 0 means none"),
    (HEAD + 't "" 1 { 1 x }', "2:12: expected a number, found 'x'"),
    (HEAD + 't "" 1 { 1 1/0 }', "2:12: division by zero"),
    (HEAD + 't "" 1 { 1 1e999 }', "2:12: '1e999' is beyond"),
    (HEAD + 't "" -1 { 1 1 }', "2:6: expected the number of an outcome, a whole number"),
    (HEAD + 't "unclosed', "2:3: this text in quotes has no end"),
    (HEAD + "t ;", r"2:3: a file of this format has no ';' here"),
    (HEAD + 'c "" 1 { "x" 1/2 "y" 1/3 } 0', "2:8: the probabilities sum to 0.833333333333, not"),
    (HEAD + 'c "" 1 { "x" 3/2 "y" -1/2 } 0', "2:14: a probability lies between 0 and 1"),
    (
        HEAD + MOVE + 'p "" 1 1 { "r" "l" } 0' + 't "" 1 { 1 2 }' * 3,
        "3:10: information set 1 had other actions before",
    ),
    (
        HEAD + 'c "" 1 { "x" 1/2 "y" 1/2 } 0\nc "" 1 { "x" 1/3 "y" 2/3 } 0',
        "3:8: chance move 1 had other probabilities before",
    ),
]


@pytest.mark.parametrize(("text", "message"), BAD_TREES)
def test_a_mistake_is_told_with_its_place(text, message, tmp_path):
    with pytest.raises(ModelError, match=rf"game\.efg:({message})") as caught:
        read(text, tmp_path)
    assert len(str(caught.value).splitlines()) == 1


BAD_TABLES = [
    ("EFG 2 R", "1:1: expected 'NFG 1 R', found 'EFG'"),
    (NORMAL + " { 2 2 } 1 2 3 4 5 6 7", "expected a number, found the end of the file"),
    (NORMAL + " { 2 2 } 1 2 3 4 5 6 7 8 9", "all 4 profiles have their payoffs; more follows"),
    (NORMAL + " { 2 } 1 2 3 4", "strategies of 1, but 2 players"),
    (NORMAL + " { 2 0 }", "a player needs at least one strategy"),
    (NORMAL + " { 200 200 }", "more than 20,000 profiles"),
    (NORMAL + ' { 1 1 } { { "o" 1 2 } } 2', "there is no outcome 2"),
    (NORMAL + ' { 1 1 } { { "o" 1 } } 1', "expected a number, found '}'"),
]


@pytest.mark.parametrize(("text", "message"), BAD_TABLES)
def test_a_mistake_in_a_table_is_told_with_its_place(text, message, tmp_path):
    with pytest.raises(ModelError, match=rf"game\.nfg:\d+:\d+: |{message}") as caught:
        read(text, tmp_path, "nfg")
    assert re.search(message, str(caught.value))


def test_files_that_are_not_there_or_nothing_known_are_problems_of_one_line(tmp_path):
    with pytest.raises(ModelError, match=r"nowhere\.efg: there is no such file"):
        read_gambit(tmp_path / "nowhere.efg")
    (tmp_path / "game.gbt").write_text("")
    with pytest.raises(ModelError, match=r"ends in \.efg or \.nfg"):
        read_gambit(tmp_path / "game.gbt")
    (tmp_path / "game.efg").write_bytes(HEAD.encode() + b't "\xff"')
    with pytest.raises(ModelError, match=r"game\.efg:2:4: the file is not UTF-8"):
        read_gambit(tmp_path / "game.efg")


def alternating(moves: int) -> str:
    lines = (f'p "" {1 + k % 2} {k + 1} {{ "on" "out" }} 0\n' for k in range(moves))
    ends = 't "" 1 { 1 2 }\n' + 't "" 1\n' * moves
    return HEAD + "".join(lines) + ends


HOSTILE = {
    "many nodes": (alternating(12_000), "more than 20,000 nodes"),
    "too many for a model": (alternating(2500), "too large for a model file"),
    "many bytes": (HEAD + " " * 1_000_000, "more than 1,000,000 bytes"),
    "never closed": (HEAD + 'c "" 1 { "x" 1 } 0\n' * 15_000, "the file ends where 'x'"),
    "many quotes": (HEAD + '"' * 900_000, "expected 'c' or 'p' or 't'"),
    "many escapes": (HEAD + '"' + "\\" * 900_000, "has no end"),
    "many brackets": ("{" * 900_000, "expected 'EFG 2 R'"),
    "many digits": (HEAD + 't "" 1 { ' + "9" * 900_000 + " 1 }", "expected a number such as"),
    "many actions": (
        HEAD + 'p "" 1 1 { ' + '"a" ' * 9000 + '} 0 t "" 1 { 1 2 }' + ' t "" 1' * 8999,
        "too large for a model file",
    ),
    "long sums": (
        HEAD
        + "".join(f'p "" 1 {k} {{ "x" }} {k} {{ 1/{k * k + k + 41} 1 }}\n' for k in range(1, 900))
        + 't "" 1',
        "digits",
    ),
}


@pytest.mark.parametrize(("text", "message"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_end_in_an_error_soon(text, message, tmp_path):
    begin = time.process_time()
    with pytest.raises((ModelError, UnsupportedGame), match=message) as caught:
        read(text, tmp_path)
    assert time.process_time() - begin < 3
    assert len(str(caught.value)) < 500


def test_a_tree_as_deep_as_a_model_holds_is_read(tmp_path):
    model = read(alternating(1500), tmp_path)
    assert (
        sum(name.startswith(("A_", "B_")) and "." not in name for name in model.graph.nodes) == 1500
    )


@settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(
    name=st.sampled_from(sorted(path.name for path in FILES.iterdir())),
    edits=st.lists(
        st.tuples(
            st.floats(0, 1, exclude_max=True),
            st.integers(0, 9),
            st.sampled_from(["", *'{}",-/', "1", "c", "p", "t", "\n", "é", "1e9", '""', "{ 1 2 }"]),
        ),
        min_size=1,
        max_size=3,
    ),
    strategic=st.booleans(),
)
def test_a_mutated_file_reads_or_is_an_error_of_ours(name, edits, strategic, tmp_path_factory):
    text = (FILES / name).read_text(encoding="utf-8")
    for where, cut, snippet in edits:
        position = int(where * len(text))
        text = text[:position] + snippet + text[position + cut :]
    folder = tmp_path_factory.mktemp("mutants", numbered=True)
    with contextlib.suppress(CrisisError):
        assert read(text, folder, name[-3:], strategic_form=strategic).graph.nodes


# Names


def test_labels_become_names_and_what_changed_is_told(tmp_path):
    text = (
        'EFG 2 R "Names" { "The state" "1" "" "The state" }\n'
        'p "" 1 1 { "go" "go" "" "yes, sir" "é" } 0\n'
        't "" 1 "lambda" { 1 2 3 4 }\n'
        't "" 2 "forever" { 2 2 3 4 }\n'
        't "" 3 "lambda" { 3 2 3 4 }\n'
        't "" 4 { 4 2 3 4 }\n'
        't "" 5 "++" { 5 2 3 4 }\n'
    )
    model = read(text, tmp_path)
    assert model.players == ("The_state", "_1", "player_3", "The_state_2")
    assert model.graph.players["The_state"] == "The state"
    (move,) = (node for node in model.graph.nodes.values() if hasattr(node, "actions"))
    assert [action.name for action in move.actions] == ["go", "go_2", "_3", "yes_sir", "e"]
    assert model.outcomes == ("lambda_2", "forever_2", "lambda_3", "outcome_4", "outcome_5")
    assert model.graph.outcomes["lambda_2"].label == "lambda"
    warnings = "\n".join(model.graph.warnings)
    for expected in (
        "an action at line 2 'yes, sir' is called yes_sir",
        "an action at line 2 'go' stands twice; the later one is called go_2",
        "player '1' is called _1",
        "player 'The state' stands twice; the later one is called The_state_2",
        "outcome 'forever' is called forever_2",
    ):
        assert expected in warnings


def test_words_of_yaml_and_python_name_actions_like_any_other(tmp_path):
    words = ("no", "true", "null", "in", "on", "1.5", "~")
    actions = " ".join(f'"{word}"' for word in words)
    text = HEAD + f'p "" 1 1 {{ {actions} }} 0 t "" 1 {{ 1 2 }}' + ' t "" 1' * 6
    (place,) = read(text, tmp_path).tree.game({}).information_sets
    assert place.actions == ("no", "true", "null", "in", "on", "_1_5", "_7")


def test_equal_labels_of_nodes_and_information_sets_are_told(tmp_path):
    text = HEAD + (
        'p "top" 1 1 "here" { "l" "r" } 0\n'
        'p "top" 2 1 "there" { "l" } 0 t "" 1 { 1 2 }\n'
        'p "" 2 2 "there" { "l" } 0 t "" 1\n'
    )
    model = read(text, tmp_path)
    assert [name for name in model.graph.nodes if "." not in name] == ["top", "top_2", "there"]
    assert model.graph.warnings == (
        "information set 'there' of B stands twice; numbers tell the nodes apart",
        "node 'top' stands twice; the later one is called top_2",
    )


def test_chances_that_nearly_sum_to_one_are_mended_and_told(tmp_path):
    text = HEAD + 'c "" 1 { "x" 0.3333333333 "y" 0.6666666666 } 0 t "" 1 { 1 2 } t "" 2 { 3 4 }'
    model = read(text, tmp_path)
    assert model.tree.game({}).probability[1:] == (
        Fraction("0.3333333333"),
        1 - Fraction("0.3333333333"),
    )
    assert model.graph.warnings == (
        "line 2: the probabilities sum to 0.9999999999, not to 1; the largest makes up for it",
    )


def test_a_title_that_is_missing_is_that_of_the_file(tmp_path):
    assert read(HEAD.replace('"t"', '""') + 't "" 1 { 1 2 }', tmp_path).graph.title == "game"
    odd = HEAD.replace('"t"', '"a \\"quoted\\" \\\\ title"') + 't "" 1 { 1 2 }'
    assert read(odd, tmp_path).graph.title == 'a "quoted" \\ title'


# Recall and strategic forms


def test_imperfect_recall_is_refused_with_player_and_information_set(tmp_path):
    with pytest.raises(
        UnsupportedGame, match=r"'Driver' has imperfect recall: at information set 1"
    ):
        read_gambit(FILES / "forgetful.efg")
    forgets_move = (
        HEAD
        + 'p "" 1 1 { "l" "r" } 0\n'
        + 'p "" 1 2 "again" { "l" "r" } 0 t "" 1 { 1 2 } t "" 2 { 3 4 }\n' * 2
    )
    with pytest.raises(UnsupportedGame, match=r"'A' .* set 2 \('again'\).*--strategic"):
        read(forgets_move, tmp_path)
    model = read(forgets_move, tmp_path, strategic_form=True)
    (stage,) = (node for node in model.graph.nodes.values() if hasattr(node, "results"))
    assert stage.actions["A"] == ("l_l", "l_r", "r_l", "r_r")


def test_the_absent_minded_driver_has_two_plans_and_never_gets_home():
    model = read_gambit(FILES / "forgetful.efg", strategic_form=True)
    assert set(model.outcomes) == {"the_bad_part_of_town", "a_motel"}
    (equilibrium,) = model.solve().equilibria
    assert equilibrium.payoffs == {"Driver": 1}


@pytest.mark.parametrize("name", TREES)
def test_the_strategic_form_of_a_tree_pays_what_the_tree_pays(name):
    tree = read_gambit(FILES / f"{name}.efg")
    stage = read_gambit(FILES / f"{name}.efg", strategic_form=True)
    of_tree, of_stage = gambit_text(tree, form="nfg"), gambit_text(stage, form="nfg")
    assert of_tree == of_stage


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(text=trees(moves=20))
def test_random_trees_and_their_strategic_forms_pay_the_same(text, tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans")
    tree = gambit_text(read(text, folder), form="nfg").splitlines()
    stage = gambit_text(read(text, folder, strategic_form=True), form="nfg").splitlines()
    assert stage[:2] == tree[:2]
    # Two listings of the same plans may differ in order.
    assert sorted(stage) == sorted(tree)


# Tables


def test_profiles_are_read_with_the_first_strategy_fastest():
    model = read_gambit(FILES / "coordination.nfg")
    (stage,) = (node for node in model.graph.nodes.values() if hasattr(node, "results"))
    game = model.tree.game({})
    assert stage.actions == {"A": ("_1", "_2"), "B": ("_1", "_2"), "C": ("_1", "_2", "_3")}
    paid = {game.outcomes[game.histories.outcome[h]]: game.payoffs[h] for h in game.ends}
    assert paid["_1_1_1"] == (1, Fraction(1, 3), Fraction(-1, 1000))
    assert paid["_2_1_1"] == (0, 0, Fraction(1, 2))
    assert paid["_2_2_1"] == (2, Fraction(9, 4), 2)
    assert paid["_2_2_3"] == (5, 5, 100)


def test_outcomes_of_a_table_may_serve_several_profiles_or_none(tmp_path):
    text = NORMAL + ' { { "u" "d" } { "l" "r" } } "why" { { "win" 1, 0 } { "" 0 1 } } 1 2 0 1'
    model = read(text, tmp_path, "nfg")
    assert model.outcomes == ("win", "outcome_2", "outcome_0")
    rows, columns = to_nashpy(model).payoff_matrices
    assert rows.tolist() == [[1, 0], [0, 1]]
    assert columns.tolist() == [[0, 0], [1, 0]]
    assert model.graph.doc == "why"


def test_imported_trees_are_solved_like_any_model():
    found = read_gambit(FILES / "beer_quiche.efg").solve()
    assert found.complete
    assert {each.kind: each.exact_payoffs for each in found.equilibria} == {
        "pooling on beer": {"Sender": Fraction(29, 10), "Receiver": Fraction(9, 10)},
        "pooling on quiche": {"Sender": Fraction(21, 10), "Receiver": Fraction(9, 10)},
    }
    horse = read_gambit(FILES / "selten_horse.efg").solve()
    assert [each.payoffs for each in horse.equilibria] == [{"A": 1, "B": 1, "C": 1}]


def test_the_dilemma_is_solved_like_any_model():
    model = read_gambit(FILES / "dilemma.nfg")
    (equilibrium,) = model.solve().equilibria
    assert equilibrium.outcomes["both_talk"] == 1
    assert equilibrium.exact


@given(
    shape=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    numbers=st.randoms(use_true_random=False),
)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_tables_come_back_with_names_and_numbers(shape, numbers, tmp_path_factory):
    profiles = list(itertools.product(*map(range, shape)))
    payoffs = [
        [Fraction(numbers.randint(-99, 99), numbers.randint(1, 9)) for _ in shape] for _ in profiles
    ]
    strategies = [[f"s{i}_{k}" for k in range(size)] for i, size in enumerate(shape)]
    players = [f"P{i}" for i in range(len(shape))]
    text = nfg_text(payoffs, strategies, players, "random", names=True)
    model = read(text, tmp_path_factory.mktemp("tables"), "nfg")
    assert gambit_text(model, form="nfg", names=True) == text


def test_a_table_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="payoffs of 2 profiles and 1 players"):
        nfg_text([[1.0]], [["a", "b"]], ["P"], "t")


# Writing


PARAMETERS = """\
format: 1
title: 'A "signal" in the \\ dark'
players: [Sender, Receiver]
parameters: {q: {value: 1/3, range: [0, 1]}, d: {value: 0.5, range: [0, 1]}}
private: {Sender: {type: {weak: q, strong: rest}, v: {weak: 0, strong: 1}}}
clock: {deadline: 3, expires: late, discount: d}
game:
  ask: {player: Sender, offer: {x: [0, 1]}, grid: 3, next: answer}
  answer:
    player: Receiver
    actions:
      accept: {outcome: deal, payoffs: {Sender: x + v, Receiver: 1 - x}}
      wait: {next: ask, days: 1}
  late: {outcome: nothing, payoffs: {Sender: exp(v), Receiver: 0}}
"""


def test_a_model_at_a_point_is_written_with_its_types_grids_and_days():
    model = model_of(PARAMETERS.replace("exp(v)", "v / 7"))
    text = gambit_text(model, {"q": Fraction(1, 7), "d": Fraction(2, 3)})
    assert text.startswith("""EFG 2 R "A 'signal' in the / dark" { "Sender" "Receiver" }\n""")
    players, root = plain(text)
    assert root[0] == "c"
    assert [event[:2] for event in root[1]] == [
        ('"weak"', Fraction(1, 7)),
        ('"strong"', Fraction(6, 7)),
    ]
    offer = root[1][0][2]
    assert [name for name, _ in offer[3]] == ['"0"', '"0.5"', '"1"']
    labels = re.findall(r'^p "" 2 (\d+) ("[^"]*")', text, flags=re.MULTILINE)
    assert len(set(labels)) == len({number for number, _ in labels}) == len({n for _, n in labels})
    # The last day's grid, refused: a strong sender's 1/7 three days later.
    assert Fraction(1, 7) * Fraction(2, 3) ** 3 in ends(root, player=0)
    assert len(players) == 2


def ends(node, *, player):
    match node:
        case ("c", events):
            return {pay for *_, after in events for pay in ends(after, player=player)}
        case ("p", _, _, actions):
            return {pay for _, after in actions for pay in ends(after, player=player)}
        case ("t", payoffs):
            return {payoffs[player]}


def test_an_event_of_probability_zero_is_not_written():
    text = gambit_text(model_of(PARAMETERS.replace("exp(v)", "v")), {"q": 0})
    assert "\nc " not in text
    assert plain(text)[1][:2] == ("p", 1)


def test_irrational_games_are_written_as_their_decimals():
    text = gambit_text(model_of(PARAMETERS), {"d": 1})
    assert "2.718281828459045" in text
    shares = plain(text)[1][1]
    assert sum(share for _, share, _ in shares) == 1


def test_labels_are_unique_where_readers_need_it(tmp_path):
    text = """\
format: 1
title: t
players: [A]
game:
  a: {player: A, actions: {x: {outcome: o, payoffs: {A: 1}}, y: {outcome: o, payoffs: {A: 2}}}}
"""
    written = gambit_text(model_of(text))
    assert 't "" 1 "o" { 1 }' in written
    assert 't "" 2 "o_2" { 2 }' in written
    assert not re.search(r"^[cp] .* [1-9]\d*$", written, flags=re.MULTILINE)


def test_a_continuous_offer_is_refused_with_what_to_change():
    with pytest.raises(UnsupportedGame, match=r"'ask' is continuous; give it a grid \(grid: 21\)"):
        gambit_text(model_of(PARAMETERS.replace("grid: 3, ", "")))


# Other programs


def test_nashpy_takes_the_payoffs():
    game = to_nashpy(read_gambit(FILES / "dilemma.nfg"))
    rows, columns = game.payoff_matrices
    assert rows.tolist() == [[-1, -5], [0, -3]]
    assert columns.tolist() == [[-1, 0], [-5, -3]]
    assert rows.dtype == columns.dtype == np.float64
    (equilibrium,) = game.support_enumeration()
    assert [own.tolist() for own in equilibrium] == [[0, 1], [0, 1]]
    with pytest.raises(UnsupportedGame, match="two players; this model has 3"):
        to_nashpy(read_gambit(FILES / "selten_horse.efg"))


def test_without_pygambit_the_way_out_is_told():
    model = read_gambit(FILES / "beer_quiche.efg")
    if importlib.util.find_spec("pygambit") is None:
        with pytest.raises(UnsupportedGame, match="pygambit is not installed; `crisis export"):
            to_gambit(model)
    else:
        game = to_gambit(model)
        assert [player.label for player in game.players] == ["Sender", "Receiver"]
        assert len(game.outcomes) == 8


@pytest.mark.parametrize("name", TREES)
def test_gambit_reads_what_is_written(name):
    pygambit = pytest.importorskip("pygambit")
    text = gambit_text(read_gambit(FILES / f"{name}.efg"))
    game = pygambit.read_efg(io.StringIO(text))
    original = pygambit.read_efg(io.StringIO((FILES / f"{name}.efg").read_text(encoding="utf-8")))
    assert len(game.infosets) == len(original.infosets)


@pytest.mark.parametrize("name", [*TREES, "dilemma", "coordination"])
def test_openspiel_reads_what_is_written(name):
    pyspiel = pytest.importorskip("pyspiel")
    (path,) = FILES.glob(f"{name}.*")
    model = read_gambit(path)
    game = pyspiel.load_efg_game(gambit_text(model))
    payoffs = [float(pay) for row in model.tree.game({}).payoffs for pay in row]
    assert game.num_players() == len(model.players)
    assert (game.min_utility(), game.max_utility()) == (min(payoffs), max(payoffs))
    table = pyspiel.load_nfg_game(gambit_text(model, form="nfg"))
    assert table.num_players() == len(model.players)


# Commands


def test_the_commands_import_and_export(crisis, tmp_path):
    model, game = tmp_path / "kuhn.yaml", tmp_path / "again.efg"
    done = crisis("import", FILES / "three_cards.efg", "-o", model)
    assert (done.code, done.stdout) == (0, "")
    assert "crisis: warning: player 'Player 1' is called Player_1" in done.stderr
    assert crisis("export", model, "-o", game, "-q").code == 0
    original = (FILES / "three_cards.efg").read_text(encoding="utf-8")
    assert relabelled(plain(game.read_text())[1]) == relabelled(plain(original)[1])
    printed = crisis("import", FILES / "three_cards.efg", "-q")
    assert printed.stdout == model.read_text()
    assert printed.stderr == ""


def test_the_commands_answer_in_json(crisis, tmp_path):
    document = crisis("import", FILES / "dilemma.nfg", "--json").json
    assert document["schema"] == "gametheory_crisis.import/1"
    assert document["players"] == ["Row", "Column"]
    path = tmp_path / "dilemma.yaml"
    path.write_text(document["model"])
    signal = tmp_path / "signal.yaml"
    signal.write_text(PARAMETERS)
    at_point = crisis("export", signal, "-p", "q=1/4", "-p", "d=1/2", "--json").json
    assert at_point["parameters"] == {"q": 0.25, "d": 0.5}
    assert '"weak" 0.25 "strong" 0.75' in at_point["game"]
    out = crisis("export", path, "--json").json
    assert out["schema"] == "gametheory_crisis.export/1"
    assert (out["format"], out["parameters"]) == ("efg", {})
    assert plain(out["game"])[0] == ['"Row"', '"Column"']


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("import", "nowhere.efg"), "there is no such file"),
        (("import", "{bad}"), "bad.efg:1:1: expected 'EFG 2 R'"),
        (("import", str(FILES / "forgetful.efg")), "imperfect recall"),
        (("import", str(FILES / "forgetful.efg"), "-o", "x.efg"), "it may be .yaml, .yml"),
        (("export", "sixty_day_ultimatum"), "grid: 21"),
        (("export", "sixty_day_ultimatum", "-o", "x.yaml"), "it may be .efg, .nfg"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_two(crisis, words, message, tmp_path):
    bad = tmp_path / "bad.efg"
    bad.write_text("nonsense")
    done = crisis(*(word.format(bad=bad) for word in words))
    assert (done.code, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


# The document


def test_the_example_of_the_document_does_what_it_says(crisis, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (FILES.parents[1] / "docs" / "gambit.md").read_text(encoding="utf-8")
    (game,) = re.findall(r"```\n(EFG.*?)```", text, flags=re.DOTALL)
    (commands,) = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    (beginning,) = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    (tmp_path / "breakfast.efg").write_text(game)
    for line in commands.splitlines():
        assert crisis(*line.split()[1:]).code == 0
    assert (tmp_path / "breakfast.yaml").read_text().startswith(beginning)
    assert plain((tmp_path / "again.efg").read_text()) == plain(game)
    assert (tmp_path / "table.nfg").read_text().startswith('NFG 1 R "Breakfast"')
