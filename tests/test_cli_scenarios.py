"""``crisis scenarios``: what it prints, writes and draws, and what it refuses."""

from __future__ import annotations

import itertools
import json
import shlex
from functools import cache

import games
import pytest
from matplotlib.text import Text

from gametheory_crisis.analysis.scenarios.discovery import scenarios
from gametheory_crisis.cli.scenarios import _sample_size
from gametheory_crisis.model import load
from gametheory_crisis.plots.scenarios import draw_scenarios

MODEL = "sixty_day_ultimatum"
PLANE = ("--over", "c_iran=0:0.6", "--over", "threat=0:0.6")
FEW = (*PLANE, "-n", "512")
SPANS = {"c_iran": (0, 0.6), "threat": (0, 0.6)}


@cache
def drawn(*over: str):
    """A result with boxes in some parameters, of which more than two may matter."""
    spans = dict.fromkeys(over, (0.0, 1.0)) or SPANS
    return scenarios(load(MODEL), over=spans, seed=0, n=1024)


# On stdout


def test_rules_are_told_in_plain_words(crisis):
    result = crisis("scenarios", MODEL, "--regime", "strike", *PLANE)
    assert result.code == 0
    assert result.stdout == (
        "The sixty-day ultimatum: 4,096 points over c_iran, threat, and 4,096 fresh ones\n"
        "\n"
        "strike: c_iran < 0.157 and threat > 0.15; covers 100 %, pure to 99.8 %\n"
        "  on fresh points: covers 100 %, pure to 99.7 %\n"
        "    c_iran < 0.157  without it pure to 26 %  by chance 0      on fresh points 0\n"
        "    threat > 0.15   without it pure to 75 %  by chance 4e-99  on fresh points 2e-97\n"
        "\n"
        "tree of at most 3 questions, right at 99.9 %, at 99.9 % of fresh points\n"
        "  strike: c_iran < 0.157 and threat > 0.15; covers 100 %, pure to 99.8 %\n"
    )


def test_json_says_the_same_as_the_library(crisis):
    result = crisis("scenarios", MODEL, *FEW, "--method", "both", "--seed", "3", "--json")
    wanted = scenarios(load(MODEL), over=SPANS, n=512, seed=3, method="both").to_dict()
    assert result.json == json.loads(json.dumps(wanted))
    assert result.json["schema"] == "gametheory_crisis.scenarios/1"
    assert result.json["parameters"]["p"] == 0.7
    trajectory = result.json["regimes"]["deal"]["boxes"][0]["trajectory"]
    lengths = {len(trajectory[name]) for name in ("coverage", "density", "mass", "restricted")}
    assert len(lengths) == 1
    assert 0 < trajectory["chosen"] < lengths.pop()


def test_each_method_alone_leaves_the_other_out(crisis):
    boxes = crisis("scenarios", MODEL, *FEW, "--method", "prim", "--json").json
    tree = crisis("scenarios", MODEL, *FEW, "--method", "tree", "--json").json
    assert boxes["tree"] is None
    assert tree["regimes"] == {}
    assert {rule["regime"] for rule in tree["tree"]["rules"]} == {"deal", "strike", "stalemate"}


def test_a_point_off_the_defaults_changes_the_rule(crisis):
    result = crisis("scenarios", MODEL, *PLANE, "-p", "c_isr=1/4", "--regime", "stalemate")
    assert "stalemate: threat < 0.25; covers 100 %, pure to 100 %" in result.stdout


def test_several_boxes_have_a_line_each(crisis):
    over = ("--over", "threat,c_isr,c_iran,face")
    result = crisis("scenarios", MODEL, *over, "--regime", "strike", "--method", "prim")
    first, *rest = result.stdout.split("\n\n")[1].splitlines()
    assert first.startswith("strike: 2 boxes; their union covers")
    assert sum("; covers" in line for line in rest) == 2
    assert sum(line.startswith("  box ") for line in rest) == 2


def test_rules_bent_to_their_points_are_remarked_on(crisis):
    words = ("scenarios", MODEL, "--regime", "strike", "--method", "prim")
    loud, quiet = crisis(*words), crisis(*words, "-q")
    assert "strike: the rules fit fresh points worse than their own; try a larger -n" in loud.stderr
    assert "less pure than the 80 % asked for" in loud.stdout
    assert quiet.stderr == ""
    assert quiet.stdout == loud.stdout


def test_a_regime_that_prevails_without_limits_is_said_to(crisis):
    words = ("scenarios", MODEL, "--regime", "deal", "--method", "prim")
    assert "no limit is needed for the 80 % asked for" in crisis(*words).stdout


def test_a_rule_of_selection_is_passed_on(crisis):
    words = ("scenarios", "stag_hunt", "-n", "64", "--method", "tree", "--json")
    first, risk = crisis(*words).json, crisis(*words, "--select", "risk").json
    assert (first["select"], risk["select"]) == (None, "risk")
    assert first["tree"] != risk["tree"]


def test_a_slow_model_has_fewer_points_unless_they_are_asked_for(capsys):
    slow, quick = load("deadline_screening"), load(MODEL)
    assert _sample_size(slow, None, None, False) == 512
    assert "1,024 points, fewer than for quick models" in capsys.readouterr().err
    assert _sample_size(slow, 4096, None, True) == 4096
    assert _sample_size(quick, None, None, False) == 4096


# Files


@pytest.mark.parametrize("suffix", [".png", ".json", ".txt"])
def test_files_by_suffix(crisis, tmp_path, suffix):
    path = tmp_path / f"rules{suffix}"
    result = crisis("scenarios", MODEL, *FEW, "-o", path)
    assert result.code == 0
    assert f"wrote {path}" in result.stderr
    begins = {".png": b"\x89PNG", ".json": b"{", ".txt": b"The"}
    assert path.read_bytes().startswith(begins[suffix])
    assert (result.stdout == "") == (suffix in (".json", ".txt"))


def test_a_picture_is_the_same_every_time(crisis, tmp_path):
    paths = [tmp_path / name for name in ("one.svg", "two.svg")]
    for path in paths:
        crisis("scenarios", MODEL, "--over", "threat", "-n", "64", "-o", path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


# Pictures


def boxes_of(figure) -> list:
    """The room of every text on a page, legends and ticks included."""
    renderer = figure.canvas.get_renderer()
    figure.draw_without_rendering()
    texts = [text for text in figure.findobj(Text) if text.get_text().strip()]
    shown = [text for text in texts if text.get_visible()]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in shown]


@pytest.mark.parametrize("over", [("threat",), ("threat", "c_isr", "c_iran", "face")])
def test_no_words_of_a_picture_overlap_or_leave_the_page(over):
    figure = draw_scenarios(load(MODEL).graph, drawn(*over))
    placed = boxes_of(figure)
    width, height = figure.canvas.get_width_height()
    for text, box in placed:
        assert box.x0 >= 0, text
        assert box.x1 <= width, text
        assert box.y0 >= 0, text
        assert box.y1 <= height, text
    for (one, first), (other, second) in itertools.combinations(placed, 2):
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        down = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert min(across, down) <= 1.0, f"{one!r} over {other!r}"


def test_large_numbers_stand_at_their_ticks_without_a_factor_elsewhere():
    ends = {"value": 1, "range": [0, 2_000_000]}
    model = games.lone_payoff("large - 1000000", {"large": ends, "other": ends})
    figure = draw_scenarios(model.graph, scenarios(model, seed=0, n=64))
    words = {text for text, _ in boxes_of(figure)}
    assert "2e+06" in words
    assert "1e6" not in words


def test_a_box_is_drawn_where_its_limits_are():
    found = drawn()
    figure = draw_scenarios(load(MODEL).graph, found)
    panels = [axes for axes in figure.axes if axes.get_xlabel() and len(axes.patches) == 2]
    assert len(panels) == len(found.scenarios)
    for axes, scenario in zip(panels, found.scenarios, strict=True):
        limits = {one.parameter: one for one in scenario.boxes[0].restrictions}
        edge = axes.patches[-1].get_bbox()
        sides = {"c_iran": (edge.x0, edge.x1), "threat": (edge.y0, edge.y1)}
        for name, one in limits.items():
            for end, side in zip((one.low, one.high), sides[name], strict=True):
                assert end is None or end == pytest.approx(side, abs=1e-12)


# Errors


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--regime war", "unknown regime 'war'"),
        ("--over c_irn", "did you mean 'c_iran'?"),
        ("--over threat=0:2", "its range is [0, 1]"),
        ("--over threat -p threat=0.1", "'threat' varies and is also set to a number"),
        ("--method forest", "'forest' is not one of 'prim', 'tree', 'both'"),
        ("--method tree -o tree.png", "a picture shows boxes"),
        ("--density 0", "--density"),
        ("--density nan", "density = nan is not above 0"),
        ("--boxes 0", "--boxes"),
        ("--depth 11", "--depth"),
        ("-n 19", "-n"),
        ("-n many", "-n"),
        ("--seed -1", "--seed"),
        ("-o rules.csv", "unknown suffix '.csv'"),
    ],
)
def test_wrong_words_are_answered_in_a_line(crisis, words, message):
    result = crisis("scenarios", MODEL, *shlex.split(words))
    assert result.code == 2
    assert result.stdout == ""
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_the_command_and_the_library_start_without_heavy_imports(python):
    loaded = "import sys, gametheory_crisis, gametheory_crisis.cli.scenarios as _; "
    result = python("-c", f"{loaded}print({{'numpy', 'sklearn', 'scipy'}} & set(sys.modules))")
    assert result.stdout.strip() == "set()"
