"""The law of ``crisis flip``: what it prints, what it writes, what it refuses."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import games
import pytest

import gametheory_crisis as gtc
from gametheory_crisis.analysis.flip.results import Flips
from gametheory_crisis.plots import style
from gametheory_crisis.plots.map_paint import Palette
from gametheory_crisis.plots.margins import PALE, _looks, draw_margins

MODEL = {
    "players": {"A": "may fight"},
    "parameters": {
        "anger": {"value": 0.2, "range": [0, 1]},
        "cost": {"value": 0.5, "range": [0, 1]},
        "idle": {"value": 3, "range": [0, 9]},
        "fixed": 7,
    },
    "game": {
        "move": {
            "player": "A",
            "actions": {
                "fight": games.end("war", A="anger - cost"),
                "wait": games.end("peace", A=0),
            },
        }
    },
    "outcomes": {"war": {"label": "it comes to war"}, "peace": {}},
}


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("models") / "quarrel.yaml"
    path.write_text(games.text_of(MODEL))
    return path


@pytest.fixture(scope="module")
def found(model) -> Flips:
    return gtc.flip(gtc.load(model))


def test_the_table_lists_parameters_by_nearness_and_the_nearest_point(crisis, model):
    result = crisis("flip", model)
    assert (result.code, result.stderr) == (0, "")
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["anger", "0.2", "0.5", "+0.3", "+30", "%", "war"] in lines
    assert ["cost", "0.5", "0.2", "-0.3", "-30", "%", "war"] in lines
    assert "  idle: peace from 0 to 9" in result.stdout
    assert "together: war at a distance of 0.212132 range widths" in result.stdout
    assert re.search(r"anger +0\.2 +0\.35 +\+0\.15 +\+15 %", result.stdout)


def test_json_is_what_the_library_gives_and_files_hold_the_same(crisis, model, found, tmp_path):
    result = crisis("flip", model, "--json", "-o", tmp_path / "flip.csv", "-q")
    assert (result.code, result.json) == (0, found.to_dict())
    assert result.json["schema"] == "gametheory_crisis.flip/1"
    with (tmp_path / "flip.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["search"], row["parameter"]) for row in rows] == [
        ("alone", "anger"),
        ("alone", "cost"),
        ("together", "anger"),
        ("together", "cost"),
        ("together", "idle"),
    ]
    assert float(rows[0]["at"]) == pytest.approx(0.5, abs=1e-12)
    assert (rows[0]["nearest"], rows[0]["becomes"]) == ("1", "war")


def test_values_ends_and_seed_are_taken_and_json_files_written(crisis, model, tmp_path):
    target = tmp_path / "flip.json"
    words = ("-p", "cost=1/4", "--over", "anger=0:0.5", "--seed", "3", "-o", target)
    result = crisis("flip", model, *words)
    assert (result.code, result.stdout) == (0, "")
    assert result.stderr.strip() == f"wrote {target}"
    document = crisis("flip", model, *words[:-2], "--json").json
    assert json.loads(target.read_text()) == document
    assert document["alone"][0]["range"] == [0, 0.5]
    assert document["alone"][0]["crossings"][0]["value"] == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--over", "angr"), "did you mean 'anger'?"),
        (("--over", "fixed"), "'fixed' has no range in the file"),
        (("--over", "anger=0:2"), "its range is [0, 1]"),
        (("--over", "anger=0.5:1"), "anger = 0.2 is outside the interval from 0.5 to 1"),
        (("--over", "anger=beta(2, 3, 0, 1)"), "write anger=lo:hi; distances need no distribution"),
        (("-p", "anger=2"), "outside its range [0, 1]"),
        (("--seed", "-1"), "--seed"),
        (("--select", "best"), "'best' is not one of"),
        (("--select", "risk"), "does not apply to sweeps of this model; take payoff or first"),
        (("-o", "flip.txt"), "unknown suffix '.txt'"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(crisis, model, words, message):
    result = crisis("flip", model, *words)
    assert (result.code, result.stdout) == (2, "")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_picture_is_drawn_with_every_parameter_and_what_it_becomes(crisis, model, tmp_path):
    target = tmp_path / "margins.svg"
    assert crisis("flip", model, "--over", "anger,idle", "-o", target, "-q").code == 0
    drawn = target.read_text()
    for words in (
        "anger",
        "idle",
        "it comes to war",
        "no flip in this range",
        "+30 % of the range",
    ):
        assert words in drawn


def test_regimes_have_the_colours_of_maps_whichever_stands_at_the_point(model):
    loaded = gtc.load(model)
    peace, war = (gtc.flip(loaded, anger=anger, over=["anger"]) for anger in (0.2, 0.9))
    colours = [{str(k): v.colour for k, v in _looks(loaded.graph, f).items()} for f in (peace, war)]
    assert colours[0] == colours[1]
    first = Palette.of(loaded.regimes, loaded.graph.outcomes, loaded.regimes).colours[0]
    assert colours[0][loaded.regimes[0]] == style.mix(first, style.PAPER, PALE)


def test_texts_of_the_picture_do_not_overlap(model, found):
    figure = draw_margins(gtc.load(model).graph, found)
    renderer = figure.canvas.get_renderer()
    boxes = [
        text.get_window_extent(renderer)
        for axes in figure.axes
        for text in axes.texts
        if text.get_text()
    ]
    width, height = figure.bbox.width, figure.bbox.height
    assert min(min(box.x0, box.y0) for box in boxes) >= 0
    assert max(box.x1 for box in boxes) <= width
    assert max(box.y1 for box in boxes) <= height
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])
