"""Good files: what they say is what the graph holds."""

from __future__ import annotations

import json
import re
import time
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from gametheory_crisis.errors import ModelError
from gametheory_crisis.language import source
from gametheory_crisis.language.graph import Chance, Decision, Graph, Offer, Simultaneous, Terminal
from gametheory_crisis.language.reader import read_file, read_model
from gametheory_crisis.language.rendering import render
from gametheory_crisis.language.schema import json_schema
from gametheory_crisis.language.starter import starter

GOOD = sorted((Path(__file__).parent / "good_models").glob("*.yaml"))
BAD_SHAPES = {
    "no players": "format: 1\ntitle: t\ngame: {a: {outcome: b, payoffs: {A: 1}}}",
    "wrong format": "format: 2\ntitle: t\nplayers: [A]\ngame: {a: {outcome: b, payoffs: {A: 1}}}",
    "mixed keys": "format: 1\ntitle: t\nplayers: [A]\n"
    "game: {a: {outcome: b, payoffs: {A: 1}, next: a, days: 1}}",
    "zero days": "format: 1\ntitle: t\nplayers: [A]\n"
    "game: {a: {player: A, actions: {b: {next: a, days: 0}}}}",
    "unknown key": "format: 1\ntitle: t\nplayers: [A]\nparamters: {a: 1}\n"
    "game: {a: {outcome: b, payoffs: {A: 1}}}",
    "not a name": "format: 1\ntitle: t\nplayers: [A]\ngame: {9a: {outcome: b, payoffs: {A: 1}}}",
}


def read(text: str) -> Graph:
    return read_model(text.encode(), "model.yaml")


def game(body: str, **sections: str) -> Graph:
    """A model of players A and B whose `game` is ``body``."""
    head = {"format": "1", "title": "t", "players": "[A, B]"} | sections
    lines = [f"{name}: {text}" for name, text in head.items()]
    return read("\n".join([*lines, "game:", *(f"  {line}" for line in body.strip().splitlines())]))


def text_of(graph: Graph, handle: int) -> str:
    return render(graph.expressions, handle)


def as_json(value: source.Value) -> object:
    """A value as an editor hands it to a JSON Schema: plain scalars resolved as in YAML 1.2."""
    match value:
        case source.Mapping():
            return {key: as_json(item) for key, item in value.entries.items()}
        case source.List():
            return [as_json(item) for item in value.items]
    if value.plain and value.text in ("true", "false"):
        return value.text == "true"
    if value.plain and re.fullmatch(r"[-+]?[0-9]+", value.text):
        return int(value.text)
    if value.plain and re.fullmatch(r"[-+]?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?", value.text):
        return float(value.text)
    return value.text


END = "end: {outcome: done, payoffs: {A: 0, B: 0}}"


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_models_read_without_a_warning(path):
    assert read_file(path).warnings == ()


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_the_schema_accepts_good_models(path):
    root, mistakes = source.compose(path.read_bytes(), path.name)
    assert mistakes == []
    jsonschema.validate(as_json(root), json_schema(), jsonschema.Draft202012Validator)


@pytest.mark.parametrize("text", BAD_SHAPES.values(), ids=BAD_SHAPES)
def test_the_schema_and_the_reader_refuse_the_same_bad_shapes(text):
    root, _ = source.compose(text.encode(), "bad.yaml")
    assert not jsonschema.Draft202012Validator(json_schema()).is_valid(as_json(root))
    with pytest.raises(ModelError):
        read(text)


def test_the_published_schema_is_the_schema_of_the_reader():
    published = files("gametheory_crisis.language").joinpath("model_schema.json")
    assert json.loads(published.read_text(encoding="utf-8")) == json_schema()
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("title", ["My crisis", 'a: "b" {c} # d', "", "two\nlines", "\u00e9 \x00"])
def test_the_starter_file_reads_clean(title):
    graph = read(starter(title))
    assert graph.warnings == ()
    assert graph.title == (" ".join(title.replace("\x00", " ").split()) or "A crisis")


def test_the_ultimatum_is_read_as_it_is_written():
    graph = read_file(GOOD[[path.stem for path in GOOD].index("sixty_day_ultimatum")])
    assert list(graph.nodes) == [
        "demand", "answer", "answer.accept", "deadline", "deadline.restrain",
        "day_61", "day_61.strike", "day_61.hold",
    ]  # fmt: skip
    assert graph.start == "demand"
    assert graph.players["Israel"] == "strikes if the clock runs out unrestrained"
    period = graph.parameters["T"]
    assert (period.value, period.range, period.integer, period.unit) == (60, (1, 180), True, "days")
    assert graph.parameters["d"].value == Fraction(999, 1000)
    demand, answer = graph.nodes["demand"], graph.nodes["answer"]
    assert isinstance(demand, Offer)
    assert (demand.player, demand.variable, demand.edge.target) == ("US", "x", "answer")
    assert isinstance(answer, Decision)
    assert answer.actions[1].edge.days == 1
    strike = graph.nodes["day_61.strike"]
    assert isinstance(strike, Terminal)
    assert text_of(graph, strike.payoffs["Iran"]) == "1 - p - c_iran"
    assert text_of(graph, graph.clock.deadline) == "T"
    assert graph.clock.expires == "deadline"
    assert {text_of(graph, handle) for handle in graph.clock.discount.values()} == {"d"}
    assert list(graph.outcomes) == ["deal", "strike", "stalemate"]
    assert graph.outcomes["deal"].colour == "#2a9d8f"
    assert [(regime.name, regime.condition) for regime in graph.regimes] == [
        ("deal", None), ("strike", None), ("stalemate", None),
    ]  # fmt: skip
    assert (graph.map_axes[0].parameter, graph.map_axes[1].high) == ("c_iran", Fraction(3, 5))
    assert graph.claims[0].outcome == "deal"
    assert graph.claims[0].day == 0
    assert graph.claims[1].at == {"threat": Fraction(1, 10)}
    assert graph.claims[1].line == graph.claims[0].line + 1
    assert len(graph.digest) == 64


def test_inline_nodes_are_called_by_their_paths():
    graph = game(
        """
first:
  player: A
  actions:
    up: {next: {chance: {luck: 1/2, none: rest}, next: {luck: end, none: {next: end, days: 2}}}}
    down: {player: B, offer: {y: [0, 1]}, next: {player: A, actions: {yes: end, no: both}}}
both:
  simultaneous: {A: [stay, quit], B: [stay, quit]}
  results:
    - {when: [stay, stay], next: end}
    - {when: [stay, quit], outcome: b_quits, payoffs: {A: 1, B: 0}}
    - {when: [quit, "*"], outcome: a_quits, payoffs: {A: 0, B: 1}}
end: {outcome: done, payoffs: {A: 0, B: 0}}
""",
        clock="{deadline: 3, expires: {outcome: over, payoffs: {A: 0, B: 0}}, "
        "breakdown: {hazard: 0.1, to: {outcome: broken, payoffs: {A: 0, B: 0}}}}",
    )
    assert list(graph.nodes) == [
        "first", "first.up", "first.down", "first.down.next", "both", "both.(stay, quit)",
        "both.(quit, *)", "end", "expires", "breakdown.to",
    ]  # fmt: skip
    both = graph.nodes["both"]
    assert isinstance(both, Simultaneous)
    assert {profile: edge.target for profile, edge in both.results.items()} == {
        ("stay", "stay"): "end",
        ("stay", "quit"): "both.(stay, quit)",
        ("quit", "stay"): "both.(quit, *)",
        ("quit", "quit"): "both.(quit, *)",
    }
    luck = graph.nodes["first.up"]
    assert isinstance(luck, Chance)
    assert [event.edge.days for event in luck.events] == [0, 2]


def test_rest_is_one_minus_the_others():
    graph = game(
        f"luck: {{chance: {{a: q, b: rest, c: 1/4}}, next: {{a: end, b: end, c: end}}}}\n{END}",
        parameters="{q: 0.5}",
    )
    node = graph.nodes["luck"]
    assert isinstance(node, Chance)
    assert text_of(graph, node.events[1].probability) == "1 - (q + 0.25)"


def test_a_grid_is_spread_equally_with_both_ends():
    graph = game(f"ask: {{player: A, offer: {{x: [1, 3]}}, grid: 5, next: end}}\n{END}")
    node = graph.nodes["ask"]
    assert isinstance(node, Offer)
    values = [graph.expressions.constant(handle) for handle in node.grid or ()]
    assert values == [1, Fraction(3, 2), 2, Fraction(5, 2), 3]


def test_words_of_yaml_are_names_like_any_other():
    graph = game(
        "no: {player: A, actions: {true: null, in: continue, off: null}}\n"
        "null: {outcome: yes, payoffs: {A: 1e-3, B: 7/10}}\n"
        "continue: {outcome: lambda, payoffs: {A: 0, B: 0}}"
    )
    assert list(graph.nodes) == ["no", "null", "continue"]
    end = graph.nodes["null"]
    assert isinstance(end, Terminal)
    assert [graph.expressions.constant(handle) for handle in end.payoffs.values()] == [
        Fraction(1, 1000),
        Fraction(7, 10),
    ]


def test_private_numbers_and_their_priors_are_read():
    graph = game(
        "end: {outcome: done, payoffs: {A: c + e, B: u + v}}",
        parameters="{q: 0.3}",
        private='{A: {type: {hard: q, soft: rest}, c: {soft: 2, hard: q / 2}, e: "normal(0, 1)"}, '
        'B: {u: "uniform(0, q)", v: {draw: "beta(1, 2, 0, 1)", points: 20}}}',
    )
    known = graph.private["A"]
    assert known.types == ("hard", "soft")
    assert [text_of(graph, handle) for handle in known.prior or ()] == ["q", "1 - q"]
    assert [text_of(graph, handle) for handle in known.numbers["c"]] == ["q / 2", "2"]
    assert graph.private["B"].draws["u"].points is None
    draw = graph.private["B"].draws["v"]
    assert (draw.distribution, len(draw.arguments), draw.points) == ("beta", 4, 20)


def test_a_discount_left_out_is_one():
    graph = game(END, parameters="{d: 0.9}", clock="{discount: {B: d}}")
    assert [text_of(graph, handle) for handle in graph.clock.discount.values()] == ["1", "d"]


def test_regimes_read_outcomes_as_probabilities():
    graph = game(END, regimes="{sure: done >= 1/2, late: day > 3}")
    assert graph.expressions.free_symbols(graph.regimes[0].condition) == {"outcome:done"}
    assert graph.expressions.free_symbols(graph.regimes[1].condition) == {"day"}


def test_definitions_stand_in_any_order():
    graph = game(
        "end: {outcome: done, payoffs: {A: a, B: 0}}",
        parameters="{q: 2}",
        define="{a: b + 1, b: q * c, c: 3}",
    )
    assert text_of(graph, graph.definitions["a"]) == "3 * q + 1"


def test_what_nothing_reads_is_a_warning():
    graph = game(END, parameters="{r: 1}", define="{a: 2, b: 3}", state="{s: [0, 1]}")
    assert [warning.split()[0] for warning in graph.warnings] == ["'r'", "'s'", "'a'", "'b'"]


def test_a_start_may_be_named():
    body = f"{END}\nbegin: {{player: A, actions: {{go: end}}}}"
    assert game(body, start="begin").start == "begin"


def test_a_long_model_reads_at_once():
    nodes = [
        f"n{k}: {{player: {'AB'[k % 2]}, actions: {{stop: {{outcome: s{k}, payoffs: "
        f"{{A: p * {k} - c, B: 'max(1 - p, c) ** 2'}}}}, go: n{k + 1}}}}}"
        for k in range(40)
    ]
    body = "\n".join([*nodes, "n40: {outcome: last, payoffs: {A: p, B: c}}"])
    game(body, parameters="{p: 0.5, c: 0.1}")
    begin = time.process_time()
    game(body, parameters="{p: 0.5, c: 0.1}")
    assert time.process_time() - begin < 1  # it takes hundredths; more would be another order
