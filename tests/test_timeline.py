"""Laws of timelines: probabilities by day, hazards, closed forms, the command and its pictures."""

from __future__ import annotations

import csv
import itertools
import json
import re
from fractions import Fraction as F
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import games
import numpy as np
import pytest
from matplotlib.text import Text

import gametheory_crisis as gtc
from gametheory_crisis.analysis.timeline import Timeline, timeline
from gametheory_crisis.cli.timetable import MANY_PHASES, phases
from gametheory_crisis.errors import ParameterError
from gametheory_crisis.plots.timeline import draw_timelines, levels_of, spread
from gametheory_crisis.plots.timeline_stack import looks_of

ATTRITION = Path(__file__).with_name("good_models") / "attrition_with_collapse.yaml"
CASES = {
    "attrition": (ATTRITION, {"T": 12}, "mixed"),
    "sixty_days": ("sixty_day_ultimatum", {"c_iran": F(1, 10)}, None),
    "mediation": ("mediation_precondition", {}, None),
    "signals": ("crisis_signalling", {}, None),
    "one_stage": ("chicken", {}, "mixed"),
}


@cache
def solved(case: str) -> Timeline:
    path, values, select = CASES[case]
    return timeline(gtc.load(path), values, select=select)


def artificial(ends: dict[str, dict[int, float]], **other: object) -> Timeline:
    """A timeline made of probabilities by outcome and day."""
    last = max(day for by_day in ends.values() for day in by_day)
    table = np.zeros((len(ends), last + 1))
    for row, by_day in zip(table, ends.values(), strict=True):
        row[list(by_day)] = list(by_day.values())
    settings = {
        "model": "artificial",
        "parameters": {},
        "regime": "any",
        "equilibrium": 0,
        "equilibria": 1,
        "outcomes": tuple(ends),
        "days": np.arange(last + 1),
        "probability": table,
        "forever": 0.0,
        "undecided": 0.0,
        "expected_day": 1.0,
        "deadline": None,
    }
    return Timeline(**(settings | other))


def geometric(hazard: float, forever: float = 0.0, days: int = 200) -> Timeline:
    """Play that ends with the same hazard every day from day 1 on, cut off while some still goes
    on."""
    ends = {day: (1 - forever) * hazard * (1 - hazard) ** (day - 1) for day in range(1, days)}
    left = (1 - forever) * (1 - hazard) ** (days - 1)
    return artificial({"over": ends}, forever=forever, undecided=left)


# The numbers


@pytest.mark.parametrize("case", CASES)
def test_every_day_all_plays_have_ended_or_go_on(case):
    line = solved(case)
    assert line.cumulative.sum(axis=0) + line.surviving == pytest.approx(1.0, abs=1e-12)
    assert (np.diff(line.cumulative, axis=1) >= 0).all()
    assert (np.diff(line.surviving) <= 0).all()
    assert line.surviving[-1] == 0
    assert list(line.days) == list(range(len(line.days)))


@pytest.mark.parametrize("case", CASES)
def test_hazards_and_probabilities_tell_the_same(case):
    line = solved(case)
    assert ((line.hazard >= 0) & (line.hazard <= 1)).all()
    assert line.hazard[:, -1].sum() == pytest.approx(1.0)
    surviving = np.cumprod(1 - line.hazard.sum(axis=0))
    assert surviving == pytest.approx(line.surviving, abs=1e-12)
    reached = np.append(1.0, line.surviving[:-1])
    assert line.hazard * reached == pytest.approx(line.probability, abs=1e-15)


@pytest.mark.parametrize("case", CASES)
def test_the_timeline_adds_up_to_the_equilibrium(case):
    path, values, select = CASES[case]
    line, solution = solved(case), gtc.load(path).solve(values, select=select)
    found = solution.equilibria[0]
    assert line.total == pytest.approx(dict(found.outcomes))
    mean = float((line.probability.sum(axis=0) * line.days).sum())
    assert mean == pytest.approx(line.expected_day, abs=1e-9) == pytest.approx(found.expected_day)


@pytest.mark.parametrize(("T", "w"), [(2, -2), (12, -2), (30, F(-1, 4))])
def test_attrition_ends_at_a_steady_rate_and_with_a_burst_at_the_deadline(T, w):
    # Both stay: c a day, and w if a strike follows the last one. Quitting is a best reply to
    # quitting with q = c / (v + c), on the last day with q = -w / (v - w).
    v, c = 1.0, 0.05
    line = timeline(gtc.load(ATTRITION), T=T, w=w, h=0, select="mixed")
    quits, bursts = c / (v + c), -float(w) / (v - float(w))
    ending = line.hazard.sum(axis=0)
    assert ending[: T - 1] == pytest.approx(1 - (1 - quits) ** 2)
    assert ending[T - 1] == pytest.approx(1 - (1 - bursts) ** 2)
    assert line.total["strike"] == pytest.approx((1 - quits) ** (2 * (T - 1)) * (1 - bursts) ** 2)
    assert line.probability[line.outcomes.index("strike")].nonzero()[0].tolist() == [T]
    assert line.deadline == T


def test_a_collapse_has_the_hazard_that_the_file_gives_it():
    line = timeline(gtc.load(ATTRITION), T=20, h=F(3, 100), select="mixed")
    rows = [line.outcomes.index(name) for name in ("one_collapses", "two_collapses")]
    assert line.hazard[rows, 1:20].sum(axis=0) == pytest.approx(0.03)
    assert line.hazard[rows, 0].sum() == line.hazard[rows, 20].sum() == 0


def test_a_cheap_war_comes_on_the_last_day_and_not_before():
    line = timeline(gtc.load("sixty_day_ultimatum"), c_iran=F(1, 10))
    assert line.eventful.tolist() == [60] == [line.deadline]
    assert line.total == {"deal": 0.0, "strike": 1.0, "stalemate": 0.0}
    assert line.surviving[:60].tolist() == [1.0] * 60


def test_what_never_ends_is_in_no_day_but_in_every_survivor():
    line = geometric(0.1, forever=0.25)
    assert line.surviving[-1] == pytest.approx(0.25 + 0.75 * 0.9**199)
    assert line.hazard[0, 1] == pytest.approx(0.75 * 0.1)
    assert line.surviving + line.cumulative[0] == pytest.approx(1.0)


def test_a_hazard_stays_exact_where_few_plays_are_left():
    # Survivors as one minus what is over would have no digit left after 350 days.
    line = artificial({"over": {day: 0.1 * 0.9**day for day in range(400)}}, undecided=0.9**400)
    assert line.hazard[0] == pytest.approx(0.1, rel=1e-12)


def test_the_choice_of_an_equilibrium_is_from_those_that_solve_lists():
    model = gtc.load("chicken")
    solution = model.solve()
    for k, found in enumerate(solution.equilibria):
        assert timeline(model, equilibrium=k).total == pytest.approx(dict(found.outcomes))
    with pytest.raises(ParameterError, match="no equilibrium 3, counted from 0: 3 equilibria"):
        timeline(model, equilibrium=3)
    with pytest.raises(ParameterError, match="no equilibrium -1"):
        timeline(model, equilibrium=-1)


def test_the_forms_of_a_timeline_agree():
    line = solved("mediation")
    document, data = line.to_dict(), line.to_xarray()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["days"] == line.eventful.tolist() == list(range(1, 20))
    for name in line.outcomes:
        row = data.sel(outcome=name)
        for kind in ("probability", "cumulative", "hazard"):
            assert row[kind].sel(day=document["days"]).values.tolist() == document[kind][name]
    assert data.attrs["deadline"] == document["deadline"] == 20
    assert repr(line).startswith("<Timeline of mediation_precondition: deadline_deal, days 0 to 19")


def test_importing_the_library_loads_no_numpy_for_a_timeline(python):
    code = "import sys, gametheory_crisis as g; assert 'timeline' in g.__all__; "
    assert python("-c", code + "sys.exit('numpy' in sys.modules)").code == 0


# The table


def test_days_that_are_alike_are_one_line():
    assert [(p.first, p.last) for p in phases(solved("attrition"))] == [
        (0, 0),
        (1, 10),
        (11, 11),
        (12, 12),
    ]
    assert [(p.first, p.last) for p in phases(geometric(0.01, days=2700))] == [(0, 0), (1, 2699)]


def test_phases_cover_every_day_once_and_are_not_many():
    shares = np.linspace(1, 3, 5000)
    line = artificial({"over": dict(enumerate(shares / shares.sum()))}, deadline=1234)
    found = phases(line)
    assert [p.first for p in found] == [0, *(p.last + 1 for p in found[:-1])]
    assert found[-1].last == 4999
    assert len(found) <= 2 * MANY_PHASES + 3
    assert any(p.first == p.last == 1234 for p in found)


def test_the_command_prints_a_table(crisis):
    result = crisis("timeline", ATTRITION, "--select", "mixed", "-p", "T=12")
    assert result.code == 0
    table = [line.split() for line in result.stdout.splitlines()]
    assert [row[-1] for row in table if row[:3] == ["1", "to", "10"]] == ["0.102041"]
    assert [row[-3:] for row in table if row[:2] == ["12", "(deadline)"]] == [["1", "0", "1"]]
    assert ["deadline", "day", "12"] in table
    assert not result.stderr


def test_a_model_without_days_has_one_line_and_says_so(crisis):
    result = crisis("timeline", "chicken")
    assert result.code == 0
    assert "none pass in this model: all moves are made on day 0" in result.stdout
    assert result.stdout.splitlines()[-1].split() == ["0", "1", "1", "0", "1"]


def test_json_is_the_librarys_document(crisis):
    result = crisis("timeline", "mediation_precondition", "-p", "h=1/10", "--json")
    line = timeline(gtc.load("mediation_precondition"), h=F(1, 10))
    assert result.json == line.to_dict()
    assert result.json["schema"] == "gametheory_crisis.timeline/1"


def test_a_comparison_is_the_timelines_one_by_one(crisis):
    result = crisis("timeline", "mediation_precondition", "--compare", "h=1/10, 0.2", "--json")
    model = gtc.load("mediation_precondition")
    lines = [timeline(model, h=h) for h in (F(1, 10), F(1, 5))]
    assert result.json["parameter"] == "h"
    assert result.json["timelines"] == [line.to_dict() for line in lines]
    text = crisis("timeline", "mediation_precondition", "--compare", "h=1/10,0.2").stdout
    assert text.index("h = 0.1\n") < text.index("h = 0.2\n")


def test_csv_has_a_row_for_every_day(crisis, tmp_path):
    path = tmp_path / "days.csv"
    words = ("--compare", "T=3,5", "-o", path, "-q")
    assert crisis("timeline", "mediation_precondition", *words).code == 0
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    line = timeline(gtc.load("mediation_precondition"), T=5)
    assert [(row["T"], row["day"]) for row in rows][-2:] == [("5.0", "3"), ("5.0", "4")]
    assert len(rows) == 3 + 5
    last = [float(row["cumulative:settlement"]) for row in rows[3:]]
    assert last == line.cumulative[line.outcomes.index("settlement")].tolist()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("no_such_model", 2, "no file and no shipped model"),
        ("chicken --compare x", 2, "write NAME=v1,v2,v3"),
        ("chicken --compare x=1", 2, "unknown parameter 'x'"),
        ("sixty_day_ultimatum --compare T=1,2,3,4,5,6,7", 2, "7 values; at most 6"),
        ("sixty_day_ultimatum --compare T=5,5.0", 2, "a value stands twice"),
        ("sixty_day_ultimatum --compare T=0,5", 2, "outside its range"),
        ("sixty_day_ultimatum --compare T=5 -p T=6", 2, "'T' is compared and also set with -p"),
        ("sixty_day_ultimatum --compare T=5,many", 2, "expected a number"),
        ("chicken --equilibrium 4", 2, "there is no equilibrium 4: only 3 were found"),
        ("chicken --equilibrium 0", 2, "--equilibrium"),
        ("chicken --select best", 2, "--select"),
        ("chicken -o days.xls", 2, "unknown suffix '.xls'; it may be .png, .svg, .pdf, .csv"),
    ],
)
def test_a_mistake_is_one_line_and_an_exit_code(crisis, words, code, message):
    result = crisis("timeline", *words.split())
    assert (result.code, result.stdout) == (code, "")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


# The picture


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_pictures_are_written_and_the_same_twice(crisis, tmp_path, suffix):
    contents = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}{suffix}"
        assert crisis("timeline", ATTRITION, "--select", "mixed", "-q", "-o", path).code == 0
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]


def texts_of(figure):
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    found = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    inside = figure.bbox.padded(-1.0)
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in found]
    return [(words, box) for words, box in boxes if inside.overlaps(box)]


@pytest.mark.parametrize("case", CASES)
def test_no_words_lie_on_others_and_none_leave_the_page(case):
    line, graph = solved(case), gtc.load(CASES[case][0]).graph
    figure = draw_timelines(graph, [line])
    boxes = texts_of(figure)
    assert {words for words, _ in boxes} >= {"day", "ended by then"}
    for k, (words, box) in enumerate(boxes):
        assert figure.bbox.padded(1.0).containsx(box.x0), words
        assert figure.bbox.padded(1.0).containsx(box.x1), words
        for other, beside in boxes[:k]:
            assert not box.padded(-1.0).overlaps(beside.padded(-1.0)), (words, other)


@pytest.mark.parametrize("count", [2, 3, 4, 6])
def test_comparisons_have_a_stack_for_every_value(count):
    model = gtc.load("mediation_precondition")
    lines = [timeline(model, T=T) for T in range(2, 2 + count)]
    figure = draw_timelines(model.graph, lines, "T")
    titles = {words for words, _ in texts_of(figure)}
    assert {f"T = {T}" for T in range(2, 2 + count)} <= titles
    assert len(figure.axes) == 1 + count
    assert len({axes.get_xlim() for axes in figure.axes[1:]}) == 1


def test_every_outcome_that_may_happen_is_named_with_its_share():
    line = solved("attrition")
    graph = gtc.load(ATTRITION).graph
    said = [" ".join(level.words) for level in levels_of(line, looks_of(graph, [line]))]
    assert len(said) == len(line.outcomes)
    for words, name in zip(said, reversed(line.outcomes), strict=True):
        assert words.endswith(f"% {name}")


def test_outcomes_never_share_a_colour_with_a_hatch():
    names = [f"o{k}" for k in range(14)]
    outcomes = {name: SimpleNamespace(colour=None, label="") for name in names}
    outcomes["o0"].colour = outcomes["o1"].colour = "#ffffff"
    line = artificial({name: {0: 1 / 14} for name in names})
    looks = looks_of(SimpleNamespace(outcomes=outcomes), [line])
    assert len({(look.colour, look.hatch) for look in looks.values()}) == 14


def test_a_play_that_lasts_is_drawn_as_far_as_much_happens():
    model = games.build(
        {
            "players": ["One"],
            "game": {
                "only": {
                    "player": "One",
                    "actions": {"end": {"outcome": "over", "payoffs": {"One": 0}}},
                }
            },
        }
    )
    figure = draw_timelines(model.graph, [geometric(0.1, forever=0.25, days=270)])
    words = [words for words, _ in texts_of(figure)]
    assert "25 % never ends" in " / ".join(" ".join(w.split()) for w in words)
    assert 55 < figure.axes[1].get_xlim()[1] < 70


def test_labels_are_spread_without_overlap_and_near_where_they_belong():
    assert spread([10.0, 50.0], [10, 10], 0, 100) == [10.0, 50.0]
    assert spread([1.0, 2.0, 3.0], [10, 10, 10], 0, 100) == [5.0, 15.0, 25.0]
    assert spread([97.0, 98.0, 99.0], [10, 10, 10], 0, 100) == [75.0, 85.0, 95.0]
    rng = np.random.default_rng(0)
    for _ in range(100):
        wanted = np.sort(rng.uniform(0, 100, 6)).tolist()
        sizes = rng.uniform(5, 16, 6).tolist()
        placed = spread(wanted, sizes, 0, 100)
        edges = [(p - s / 2, p + s / 2) for p, s in zip(placed, sizes, strict=True)]
        assert edges[0][0] >= -1e-9
        assert edges[-1][1] <= 100 + 1e-9
        assert all(a[1] <= b[0] + 1e-9 for a, b in itertools.pairwise(edges))


# Play without end


def test_play_that_only_a_breakdown_ends_has_its_hazard_for_ever():
    model = games.build(
        {
            "players": ["A", "B"],
            "parameters": {"h": 0.05},
            "clock": {"discount": 0.9, "breakdown": {"hazard": "h", "to": "over"}},
            "game": {
                "round": {
                    "player": "A",
                    "actions": {"wait": {"next": "round", "days": 1, "pays": {"A": 1}}},
                },
                "over": {"outcome": "calm", "payoffs": {"A": 0, "B": 0}},
            },
        }
    )
    line = timeline(model, method="enumerate")
    assert line.hazard[0, 0] == 0
    assert line.hazard[0, 1:] == pytest.approx(0.05, rel=1e-3)
    assert line.hazard[0, 1:300] == pytest.approx(0.05, rel=1e-7)
    assert line.expected_day == pytest.approx(20)
    assert line.forever == 0
    assert 0 < line.undecided < 1e-11
    assert [(p.first, p.last) for p in phases(line)] == [(0, 0), (1, line.days[-1])]


# The document


DOCUMENT = Path(__file__).parents[1] / "docs" / "timeline.md"


def test_the_output_that_the_document_shows_is_what_the_command_prints(crisis):
    shown = re.findall(r"```\n\$ crisis (.*?)\n(.*?)```", DOCUMENT.read_text(), flags=re.DOTALL)
    assert len(shown) == 1
    words, text = shown[0]
    assert crisis(*words.partition(" -o ")[0].split()).stdout == text


def test_the_examples_of_the_document_run():
    examples = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), flags=re.DOTALL)
    assert len(examples) == 2
    found: dict[str, object] = {}
    for example in examples:
        exec(compile(example, DOCUMENT.name, "exec"), found)
    line, sample = found["line"], found["sample"]
    assert line.total["settlement"] == pytest.approx(0.135, abs=5e-4)
    assert len(sample) == 10_000
