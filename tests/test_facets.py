"""Laws of maps of several panels, of what their legends say, and of filled maps."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

import gametheory_crisis as gtc
from gametheory_crisis.cli.map_panels import solve_panels
from gametheory_crisis.errors import ParameterError
from gametheory_crisis.model import Model
from gametheory_crisis.plots.map_facets import COLUMNS, MOST_PANELS
from gametheory_crisis.plots.map_plan import plan_map
from gametheory_crisis.plots.map_words import values_of
from gametheory_crisis.plots.regime_map import draw_facets, draw_map
from gametheory_crisis.sweeps.sweep import Sweep, run_sweep

AXES = {"empty": np.linspace(-2, 0.4, 5), "hare": np.linspace(0.5, 6, 7)}
STAGS = (2, 4, 6)


@pytest.fixture(scope="module")
def hunt() -> Model:
    return gtc.load("stag_hunt")


@pytest.fixture(scope="module")
def sweeps(hunt: Model) -> list[Sweep]:
    return [run_sweep(hunt, AXES, {"stag": stag}) for stag in STAGS]


@pytest.fixture(scope="module")
def three_panels(hunt: Model, sweeps: list[Sweep]) -> Figure:
    return draw_facets(hunt, sweeps)


def said(figure: Figure) -> list[str]:
    """All text on the page itself."""
    return [text.get_text() for text in figure.axes[0].texts]


def panels(figure: Figure) -> list[Any]:
    """The axes that hold a panel."""
    return [
        axes for axes in figure.axes[1:] if axes.images and axes.images[0].get_array().ndim == 3
    ]


def boxes_of_text(figure: Figure) -> list[tuple[str, Bbox]]:
    """Where every visible piece of text stands, in pixels; names of regions left out."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    found = list(figure.axes[0].texts)
    for axes in figure.axes[1:]:
        found += [*axes.get_xticklabels(), *axes.get_yticklabels(), axes.xaxis.label]
        found.append(axes.yaxis.label)
    return [
        (text.get_text(), text.get_window_extent(renderer))
        for text in found
        if text.get_visible() and text.get_text().strip()
    ]


def overlaps(one: Bbox, other: Bbox) -> bool:
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    down = min(one.y1, other.y1) - max(one.y0, other.y0)
    return across > 1 and down > 1


@pytest.mark.parametrize(("number", "quantity"), [(1, "regime"), (7, "payoff:One")])
def test_panels_stand_apart_and_no_text_lies_on_another(
    hunt: Model, sweeps: list[Sweep], number: int, quantity: str
) -> None:
    wide = {"empty": AXES["empty"] * 12345.6, "hare": np.geomspace(1e-4, 1e4, 7)}
    several = [
        replace(sweeps[0], axes=wide, values=sweeps[0].values | {"stag": 1000 + k / 3})
        for k in range(number)
    ]
    figure = draw_facets(hunt, several, quantity, facet="stag", note="a remark " * 12)
    places = [axes.get_window_extent() for axes in panels(figure)]
    assert len(places) == number
    assert len({round(place.x0) for place in places}) == COLUMNS[number - 1]
    for one, other in combinations(places, 2):
        assert not overlaps(one, other)
    page = figure.bbox
    written = boxes_of_text(figure)
    for text, box in written:
        inside = (page.x0 <= box.x0, box.x1 <= page.x1, page.y0 <= box.y0, box.y1 <= page.y1)
        assert all(inside), text
    for (one, here), (other, there) in combinations(written, 2):
        assert not overlaps(here, there), (one, other)


def test_a_panel_is_painted_like_a_map_of_its_own(hunt: Model, sweeps: list[Sweep]) -> None:
    alone = [replace(sweeps[1], values=sweeps[1].values)]
    (single,) = panels(draw_facets(hunt, alone, facet="stag"))
    (map_,) = panels(draw_map(hunt, sweeps[1]))
    np.testing.assert_array_equal(single.images[0].get_array(), map_.images[0].get_array())


def test_every_panel_says_its_value_and_the_heading_says_the_others(three_panels: Figure) -> None:
    texts = said(three_panels)
    assert [text for text in texts if text.startswith("stag =")] == [
        "stag = 2",
        "stag = 4",
        "stag = 6",
    ]
    assert "spoil = 0" in texts


def test_values_of_panels_are_told_apart(hunt: Model) -> None:
    assert values_of(hunt.graph, "stag", [2, 4.5]) == ["stag = 2", "stag = 4.5"]
    near = values_of(hunt.graph, "stag", [1 / 3, 1 / 3 + 1e-6, 2])
    assert near == ["stag = 0.333333", "stag = 0.333334", "stag = 2"]
    days = gtc.load("sixty_day_ultimatum").graph
    assert values_of(days, "T", [99999, 100000]) == ["T = 99999 days", "T = 100000 days"]
    next_to_it = float(np.nextafter(0.1, 1))
    assert len(set(values_of(hunt.graph, "stag", [0.1, next_to_it]))) == 2


def test_only_outer_panels_have_numbers_at_their_axes(hunt: Model, sweeps: list[Sweep]) -> None:
    four = [*sweeps, replace(sweeps[0], values=sweeps[0].values | {"stag": 5.0})]
    figure = draw_facets(hunt, four)
    figure.draw_without_rendering()

    def numbered(labels: Any) -> bool:
        return any(label.get_text() for label in labels)

    drawn = panels(figure)
    assert [numbered(axes.get_yticklabels()) for axes in drawn] == [True, False, True, False]
    assert [numbered(axes.get_xticklabels()) for axes in drawn] == [False, False, True, True]


def test_the_defaults_are_marked_in_the_panel_that_has_them(three_panels: Figure) -> None:
    marked = [bool(axes.lines) for axes in panels(three_panels)]
    assert marked == [False, True, False]


def test_panels_share_one_scale_of_colours(hunt: Model, sweeps: list[Sweep]) -> None:
    figure = draw_facets(hunt, sweeps, "payoff:One")
    (bar,) = [axes for axes in figure.axes if axes.get_ylabel() == "payoff of One"]
    numbers = np.stack([sweep.payoff[0] for sweep in sweeps])
    assert bar.get_ylim() == pytest.approx((numbers.min(), numbers.max()))


def test_shares_of_the_legend_are_of_all_panels(hunt: Model, sweeps: list[Sweep]) -> None:
    cooperation = np.mean([sweep.regime == 0 for sweep in sweeps])
    entries = plan_map(hunt.graph, sweeps, "regime", None, "", facet="stag").entries
    assert [entry.share for entry in entries if entry.text == "cooperation"] == [cooperation]


@pytest.mark.parametrize(
    ("change", "facet", "message"),
    [
        (
            {"values": {"stag": 1.0, "spoil": 0.5}},
            "stag",
            "one parameter changes, here spoil, stag",
        ),
        ({"values": {"stag": 1.0, "spoil": 0.5}}, None, "one parameter changes, here spoil, stag"),
        ({"axes": {"empty": AXES["empty"], "hare": AXES["hare"] + 1}}, None, "different ones"),
        ({}, None, "name the facet"),
        ({}, "hare", "'hare' is no parameter that the sweeps hold fixed"),
    ],
)
def test_sweeps_that_are_no_panels_of_one_picture_are_refused(
    hunt: Model, sweeps: list[Sweep], change: dict[str, Any], facet: str | None, message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        draw_facets(hunt, [sweeps[0], replace(sweeps[0], **change)], facet=facet)


@pytest.mark.parametrize("number", [0, MOST_PANELS + 1])
def test_a_picture_has_neither_no_panels_nor_too_many(
    hunt: Model, sweeps: list[Sweep], number: int
) -> None:
    with pytest.raises(ParameterError, match=f"{number} panels; a picture has 1 to 12"):
        draw_facets(hunt, [sweeps[0]] * number, facet="stag")


@pytest.mark.parametrize(
    ("quantity", "select", "remark"),
    [
        ("payoff:One", None, "numbers are of the equilibrium listed first"),
        ("payoff:One", "risk", "numbers are of the risk-dominant equilibrium"),
        ("regime", "mixed", "shares of regimes are of the equilibrium that mixes most"),
        ("regime", None, ""),
    ],
)
def test_the_legend_says_which_of_several_equilibria_is_meant(
    hunt: Model, sweeps: list[Sweep], quantity: str, select: str | None, remark: str
) -> None:
    plan = plan_map(hunt.graph, [sweeps[0]], quantity, select, "")
    words = " ".join(entry.text for entry in plan.entries)
    assert ("of cells have several equilibria" in words) == bool(remark)
    assert remark in words


def test_a_cell_of_which_a_rule_selects_none_says_so(hunt: Model, sweeps: list[Sweep]) -> None:
    status, regime = sweeps[1].status.copy(), sweeps[1].regime.copy()
    status[0, 0], regime[0, 0] = 4, -1
    changed = replace(sweeps[1], status=status, regime=regime)
    entries = plan_map(hunt.graph, [changed], "regime", "risk", "").entries
    assert "the rule selects no equilibrium" in [entry.text for entry in entries]


# The command line


def summary(hunt: Model, **options: Any) -> dict[str, Any]:
    """What a map says of itself, undrawn."""
    grid = {"hare": np.linspace(0.5, 6, 12), "empty": AXES["empty"]}
    values, facet = options.pop("values", {}), options.pop("facet", None)
    given: dict[str, Any] = {"select": None, "adaptive": False, "progress": None, **options}
    solved = solve_panels(hunt, grid, values, facet, **given)
    return solved.summary("regime", Path("map.png"))


def test_panels_have_the_shares_of_maps_of_their_own(hunt: Model) -> None:
    stags = (Fraction(2), Fraction(9, 2))
    found = summary(hunt, facet=("stag", stags))
    assert found["facet"] == "stag"
    assert "stag" not in found["parameters"]
    assert [panel["value"] for panel in found["panels"]] == [2, 4.5]
    for stag, panel in zip(stags, found["panels"], strict=True):
        alone = summary(hunt, values={"stag": stag})
        for name in ("cells", "regimes", "among", "status", "regime_sets", "evaluated"):
            assert panel[name] == alone[name], name
    assert found["cells"] == sum(panel["cells"] for panel in found["panels"])
    for regime, share in found["regimes"].items():
        assert share == pytest.approx(np.mean([p["regimes"][regime] for p in found["panels"]]))


def test_the_text_lists_panels_and_what_was_solved_of_each(hunt: Model) -> None:
    grid = {"hare": np.linspace(0.5, 6, 40), "empty": np.linspace(-2, 0.4, 40)}
    facet = ("stag", (Fraction(2), Fraction(9, 2)))
    solved = solve_panels(hunt, grid, {}, facet, select=None, adaptive=True, progress=None)
    summary = solved.summary("regime", Path("map.png"))
    *_, title, header, first, second, last = solved.lines(summary)
    assert title == "panels"
    assert header.split() == ["stag", "cooperation", "mistrust", "solved"]
    for line, panel in zip((first, second), summary["panels"], strict=True):
        shares = [f"{panel['regimes'][name]:.2%}" for name in ("cooperation", "mistrust")]
        assert line.split()[1:] == [*shares, f"{panel['evaluated']:,}"]
    assert second.split()[0] == "4.5"
    assert last.startswith("stag = 2: ")


def test_sets_of_regimes_that_share_cells_are_listed_whatever_the_rule(hunt: Model) -> None:
    found, ruled = summary(hunt), summary(hunt, select="risk")
    shares = {tuple(one["regimes"]): one["share"] for one in found["regime_sets"]}
    assert set(shares) == {("cooperation", "mistrust"), ("mistrust",)}
    assert shares["cooperation", "mistrust"] == pytest.approx(found["among"]["cooperation"])
    assert sum(shares.values()) == pytest.approx(1)
    assert (found["select"], ruled["select"]) == (None, "risk")
    assert ruled["regimes"] != found["regimes"]
    for name in ("among", "status", "regime_sets"):
        assert ruled[name] == found[name], name


def test_numbers_of_play_without_end_are_of_the_largest_sum(crisis: Any, tmp_path: Path) -> None:
    words = ("-x", "hazard=0.01:0.1:3", "-y", "forgive=0:0.5:3", "--quantity", "day")
    crisis("map", "tit_for_tat_containment", *words, "-o", tmp_path / "m.svg")
    assert "with the largest sum of" in (tmp_path / "m.svg").read_text(encoding="utf-8")


def test_a_filled_map_is_the_map_and_says_what_was_solved(crisis: Any, tmp_path: Path) -> None:
    facet = ("--facet", "stag=2,4")
    words = ("map", "stag_hunt", "-o", tmp_path / "m.svg", "--select", "risk", *facet)
    filled = crisis(*words, "--resolution", "60x40", "--json").json
    grid = {"hare": np.linspace(0.5, 6, 60), "empty": np.linspace(-2, 0.4, 40)}
    options: dict[str, Any] = {"select": "risk", "adaptive": False, "progress": None}
    stags = ("stag", (Fraction(2), Fraction(4)))
    whole = solve_panels(gtc.load("stag_hunt"), grid, {}, stags, **options)
    expected = whole.summary("regime", tmp_path / "m.svg")
    for name in ("axes", "cells", "regimes", "among", "status", "regime_sets"):
        assert filled[name] == expected[name], name
    assert expected["evaluated"] == expected["cells"] == 4800
    assert filled["evaluated"] == sum(panel["evaluated"] for panel in filled["panels"]) < 4800
    for panel, plain in zip(filled["panels"], expected["panels"], strict=True):
        assert f"{panel['evaluated']:,} of 2,400 cells solved" in panel["guarantee"]
        assert plain["guarantee"] is None
    assert "of cells, the rest filled" in (tmp_path / "m.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--select all", "'all' is not one of 'payoff', 'risk'"),
        ("--facet stag", "'stag': write NAME="),
        ("--facet stag=1:2:3", "list the values of the panels, stag=v1,v2"),
        ("--facet sta=1,2", "did you mean 'stag'?"),
        ("--facet stag=1,1", "a value stands twice"),
        ("--facet stag=1,99", "the axis stag holds 99, but its range is"),
        ("--facet stag=0,.1,.2,.3,.4,.5,.6,.7,.8,.9,1,2,3", "13 panels; a picture has at most 12"),
        ("--facet stag=1,2 -x stag", "'stag' is an axis and also the facet"),
        ("--facet stag=1,2 -p stag=1", "'stag' is set with -p and also the facet"),
        ("--resolution 64 --quantity day", "but 'day' changes from cell to cell"),
        ("--resolution 64 -x hare=1:2:9", "the cells along hare are given twice"),
        ("--resolution 1", "'1' is no number of cells, 2 or more"),
        ("--resolution 4x5x6", "write N or NxM"),
        ("--resolution 99999", "cells do not fit in memory"),
    ],
)
def test_maps_that_cannot_be_drawn_are_refused_in_one_line(
    crisis: Any, words: str, message: str
) -> None:
    result = crisis("map", "stag_hunt", *words.split())
    assert result.code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert message in line


def test_a_rule_that_does_not_apply_is_refused_in_one_line(crisis: Any, tmp_path: Path) -> None:
    words = ("map", "beer_quiche", "--select", "mixed", "-o", tmp_path / "m.png")
    result = crisis(*words)
    assert result.code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "take payoff or logit or first" in result.stderr
    assert not (tmp_path / "m.png").exists()
    assert result.stdout == ""
