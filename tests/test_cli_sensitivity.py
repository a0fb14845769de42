"""``crisis sensitivity``: tables, JSON, files, pictures and errors."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import games
import pytest

import gametheory_crisis as gtc
from gametheory_crisis.analysis.sensitivity.run import SIZES
from gametheory_crisis.cli.sensitivity import _size
from gametheory_crisis.plots.tornado import draw_sensitivity, named

ROOT = Path(__file__).parents[1]
METHODS = ("sobol", "morris", "profiles")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A player takes a root, which is none below zero, or a sure thing."""
    data = {
        "players": ["A"],
        "parameters": {
            "x": {"value": 1, "range": [-1, 3]},
            "y": {"value": "1/2", "range": [0, 1]},
            "idle": {"value": 0, "range": [0, 1]},
        },
        "game": {
            "pick": {
                "player": "A",
                "actions": {
                    "risk": games.end("bold", A="sqrt(x)"),
                    "wait": games.end("sure", A="y"),
                },
            }
        },
    }
    path = tmp_path / "root.yaml"
    path.write_text(games.text_of(data))
    return path


def test_the_table_sorts_parameters_and_says_what_was_left_out(
    crisis: Callable[..., Any], model: Path
) -> None:
    words = ("--quantity", "payoff:A", "--quantity", "regime:sure", "--seed", "0", "-n", "256")
    result = crisis("sensitivity", model, *words)
    assert (result.code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[1] == "  vary    x -1 to 3, y 0 to 1, idle 0 to 1"
    assert re.fullmatch(
        r"  points  1,280 \(256 base rows, seed 0\), 2\d\.\d\d% unsolved "
        r"\(\d+ payoff not finite\)(; \d+ with several equilibria, of which the first counts)?",
        lines[2],
    )
    assert re.fullmatch(
        r"payoff:A: mean 1\.\d+, standard deviation 0\.\d+; \d+ of 256 base rows without a number "
        r"left out",
        lines[4],
    )
    assert [line.split()[0] for line in lines[6:8]] == ["x", "y"]
    assert lines[8] == "  idle: below 0.01"
    assert re.fullmatch(r"regime:sure: mean 0\.\d+, standard deviation 0\.\d+", lines[10])


@pytest.mark.parametrize("method", METHODS)
def test_the_json_object_is_that_of_the_library(
    crisis: Callable[..., Any], model: Path, method: str
) -> None:
    words = ("--method", method, "--over", "x=0:3", "--over", "y", "-n", 16, "--seed", 5, "--json")
    result = crisis("sensitivity", model, *words)
    assert (result.code, result.stderr) == (0, "")
    over = {"x": (0, 3), "y": (0, 1)}
    found = gtc.sensitivity(gtc.load(model), "all", over, method, 16, seed=5)
    assert result.json == json.loads(json.dumps(found.to_dict()))
    assert result.json["schema"] == "gametheory_crisis.sensitivity/1"
    assert result.json["over"]["x"] == {"from": 0.0, "to": 3.0, "distribution": "uniform"}
    assert result.json["parameters"] == {"idle": 0}


def test_profiles_vary_what_is_set_through_that_point(
    crisis: Callable[..., Any], model: Path
) -> None:
    words = ("--method", "profiles", "-p", "x=4/25", "-p", "y=1/5", "-n", 5)
    result = crisis("sensitivity", model, "--quantity", "payoff:A", *words)
    assert result.stdout.splitlines()[2:] == [
        "  through  x = 0.16, y = 0.2, idle = 0",
        "  points   18 (one parameter at a time), 5.56% unsolved (1 payoff not finite)",
        "",
        "payoff:A: 0.4 at the point",
        "     lowest  at   highest  at",
        "  x  0.2     0    1.73     3",
        "  y  0.4     0.2  1        1",
        "  idle: no effect",
    ]


def test_a_rule_of_selection_is_told(crisis: Callable[..., Any]) -> None:
    words = ("sensitivity", "stag_hunt", "-n", 16, "--seed", 0, "--select", "risk")
    assert "with several equilibria, of which that of 'risk' counts" in crisis(*words).stdout
    assert crisis(*words, "--json").json["select"] == "risk"


@pytest.mark.parametrize(
    ("method", "dimensions", "size"),
    [("sobol", 10, 64), ("morris", 10, 64), ("profiles", 10, 102), ("sobol", 100, 16)],
)
def test_a_slow_model_is_given_fewer_points_unless_they_are_asked_for(
    capsys: pytest.CaptureFixture[str], method: str, dimensions: int, size: int
) -> None:
    slow, quick = gtc.load("deadline_screening"), gtc.load("fearon_ultimatum")
    assert _size(slow, method, None, dimensions, None, False) == size
    told = capsys.readouterr().err
    assert ("fewer than for quick models" in told) == (size < SIZES[method])
    assert _size(slow, method, 4096, dimensions, None, True) == 4096
    assert _size(quick, method, None, dimensions, None, False) == SIZES[method]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("suffix", [".csv", ".json", ".svg"])
def test_files_hold_what_their_suffix_says(
    crisis: Callable[..., Any], model: Path, method: str, suffix: str
) -> None:
    path = model.with_name(f"out{suffix}")
    words = ("--method", method, "-n", 64, "--seed", 0, "-o", path)
    result = crisis("sensitivity", model, *words)
    assert (result.code, result.stderr) == (0, f"wrote {path}\n")
    text = path.read_text(encoding="utf-8")
    found = gtc.sensitivity(gtc.load(model), "all", method=method, n=64, seed=0)
    if suffix == ".csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        assert {row["quantity"] for row in rows} == set(found.quantities)
        points = sum(len(one.at) for one in getattr(found, "profiles", ()))
        assert len(rows) == len(found.quantities) * (points or 3)
        assert not any("nan" in row.values() for row in rows)
    elif suffix == ".json":
        assert json.loads(text) == json.loads(json.dumps(found.to_dict()))
    else:
        assert "payoff of A" in text
        assert all(f">{name}<" in text for name in ("x", "y"))


def test_the_same_seed_prints_the_same_and_a_seed_from_the_system_is_told(
    crisis: Callable[..., Any], model: Path
) -> None:
    drawn = crisis("sensitivity", model, "-n", 32)
    seed = re.search(r"seed (\d+)\)", drawn.stdout)
    assert seed is not None
    assert crisis("sensitivity", model, "-n", 32, "--seed", seed[1]).stdout == drawn.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--quantity payoff:B", "'payoff:B': no such player; payoff:A"),
        ("--quantity chance", "unknown quantity 'chance'; quantities: day, probability:OUTCOME"),
        ("--quantity regime --method morris", "'regime' is no number"),
        ("--method fast", "'fast' is not one of"),
        ("-n 3", "at least 16 base rows, not 3"),
        ("-n 0", "at least 16 base rows, not 0"),
        ("-n -4 --method profiles", "at least two points, not -4"),
        ("-n many", "'many' is not a valid integer"),
        ("-n 999999999999", "points are too many to keep"),
        ("--seed -1", "--seed"),
        ("--over q", "unknown parameter 'q'"),
        ("--over x=0:9", "'x' varies from 0 to 9, but its range is [-1, 3]"),
        ("--over x -p x=1", "'x' varies and is also set to a number"),
        ("-p x=1 -p y=0 -p idle=0", "nothing varies"),
        ("-p x=nan", "expected a number"),
        ("-o out.xls", "unknown suffix '.xls'; it may be .png, .svg, .pdf, .csv, .json"),
    ],
)
def test_wrong_input_is_one_line_on_stderr_and_exit_code_2(
    crisis: Callable[..., Any], model: Path, words: str, message: str
) -> None:
    result = crisis("sensitivity", model, *words.split())
    assert (result.code, result.stdout) == (2, "")
    assert result.stderr.startswith("crisis: error: ")
    assert result.stderr.count("\n") == 1
    assert message in result.stderr


def test_where_no_point_has_a_solution_the_computation_failed(
    crisis: Callable[..., Any], model: Path
) -> None:
    model.write_text(model.read_text().replace('"sqrt(x)"', '"sqrt(x - 9)"'))
    result = crisis("sensitivity", model, "-n", 16)
    assert (result.code, result.stdout) == (1, "")
    assert result.stderr == (
        "crisis: error: none of the 80 points has a solution: 80 payoff not finite\n"
    )


# Pictures


def test_a_picture_without_anything_to_show_says_so() -> None:
    model = games.lone_payoff("1/4", {"x": {"value": 0, "range": [0, 1]}})
    found = gtc.sensitivity(model, n=16, seed=0)
    words = {
        text.get_text() for axes in draw_sensitivity(model.graph, found).axes for text in axes.texts
    }
    assert "payoff:A: no indices, constant" in words


@pytest.mark.parametrize("method", METHODS)
def test_no_two_texts_of_a_picture_overlap(method: str) -> None:
    names = [f"a_rather_long_name_of_parameter_{k}" for k in range(15)]
    formula = " + ".join(f"{k} * {name}" for k, name in enumerate(names))
    ends = {"value": "1/2", "range": [0, 1]}
    model = games.lone_payoff(formula, dict.fromkeys(names, ends))
    found = gtc.sensitivity(model, ["payoff:A", "regimes"], method=method, n=16, seed=0)
    figure = draw_sensitivity(model.graph, found)
    figure.canvas.draw()
    boxes = [
        (text.get_text(), text.get_window_extent())
        for axes in figure.axes
        for text in axes.texts
        if text.get_text()
    ]
    edge = figure.bbox
    for k, (words, box) in enumerate(boxes):
        assert box.x0 >= edge.x0, words
        assert box.x1 <= edge.x1, words
        for other, its in boxes[k + 1 :]:
            assert not box.overlaps(its), (words, other)


def test_quantities_are_named_in_words() -> None:
    texts = ("payoff:A", "probability:war", "regime:war", "regime", "unsolved", "day")
    assert [named(text) for text in texts] == [
        "payoff of A",
        "probability of war",
        "whether the regime is war",
        "which regime prevails",
        "whether a point has no solution",
        "expected day of the end",
    ]


# The document


def examples() -> list[tuple[str, list[str]]]:
    """Commands of the document and the lines that follow each."""
    text = (ROOT / "docs" / "sensitivity.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```\n\$ (crisis (?:[^\n]*\\\n)*[^\n]*)\n(.*?)```", text, flags=re.DOTALL)
    return [(command.replace("\\\n", " "), output.splitlines()) for command, output in blocks]


def test_the_examples_of_the_document_print_what_it_shows(crisis: Callable[..., Any]) -> None:
    assert len(examples()) == 2
    for command, expected in examples():
        printed = crisis(*shlex.split(command)[1:]).stdout.splitlines()
        assert len(printed) == len(expected)
        for line, other in zip(printed, expected, strict=True):
            words, numbers = _parted(line)
            assert words == _parted(other)[0]
            assert numbers == pytest.approx(_parted(other)[1], abs=0.03)


def _parted(line: str) -> tuple[list[str], list[float]]:
    """The words of a line, and its numbers."""
    pattern = r"-?\d+(?:\.\d+)?"
    return re.sub(pattern, "", line).split(), [float(x) for x in re.findall(pattern, line)]
