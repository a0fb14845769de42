"""Laws of the pictures: what they say, that nothing lies on anything else, how they are saved."""

from __future__ import annotations

import itertools
import random
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.language.graph import Chance, Decision, Graph, Simultaneous
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.plots import hatching, map_cells, style
from gametheory_crisis.plots.lanes import layout
from gametheory_crisis.plots.layout import Box, Link, closing_links, layers_of
from gametheory_crisis.plots.map_cells import Kind, Scale, kinds_of_cells, roomiest
from gametheory_crisis.plots.map_legend import percent
from gametheory_crisis.plots.move_graph import arranged, draw_graph
from gametheory_crisis.plots.regime_map import draw_map
from gametheory_crisis.plots.style import save, shorten, text_width, wrap

ULTIMATUM = """
format: 1
title: An ultimatum of $60 and $70
players: {US: demands, Iran: answers, Israel: strikes}
parameters:
  T: {value: 60, range: [1, 180], integer: true, unit: days, doc: length of the ultimatum}
  cost: {value: 0.25, range: [0, 1], doc: cost of war}
  threat: {value: 0.3, range: [0, 1]}
clock: {deadline: T, expires: day_61}
game:
  demand: {player: US, offer: {x: [0, 1]}, next: answer}
  answer:
    player: Iran
    actions:
      accept: {outcome: deal, payoffs: {US: 1 - x, Iran: x, Israel: 0}}
      reject: {next: demand, days: 1, pays: {Iran: -cost}}
  day_61:
    player: Israel
    actions:
      strike: {outcome: strike, payoffs: {US: 0, Iran: -cost, Israel: threat - 0.3}}
      hold: {outcome: stalemate, payoffs: {US: 0, Iran: 0, Israel: 0}}
outcomes: {deal: {colour: "#2a9d8f"}, strike: {colour: "#e76f51"}, stalemate: {colour: "#adb5bd"}}
"""

LADDER = """
format: 1
title: A ladder
players: [US, Iran]
parameters: {risk: {value: 0.02, range: [0, 0.15]}, d: {value: 0.9, range: [0, 0.99]}}
state: {rung: [0, 5]}
clock: {discount: d, breakdown: {hazard: risk * rung, to: disaster}}
game:
  exchange:
    simultaneous: {US: [climb, hold, quit], Iran: [climb, hold]}
    results:
      - {when: [climb, climb], next: exchange, days: 1, set: {rung: "min(rung + 2, 5)"}}
      - {when: [climb, hold], next: exchange, days: 1, set: {rung: "min(rung + 1, 5)"}}
      - {when: [hold, climb], next: exchange, days: 1, pays: {US: -rung, Iran: -rung}}
      - {when: [hold, hold], next: look, days: 2}
      - {when: [quit, "*"], outcome: us_yields, payoffs: {US: 0, Iran: 1}}
  look:
    observed_by: [US]
    chance: {storm: 1/10, calm: rest}
    next: {storm: {outcome: peace, payoffs: {US: 1, Iran: 1}}, calm: {next: exchange, days: 1}}
  disaster: {outcome: disaster, payoffs: {US: -9, Iran: -9}}
"""


def graph_of(text: str) -> Graph:
    return read_model(text.encode(), "model.yaml")


@pytest.fixture(scope="module")
def ultimatum() -> Graph:
    return graph_of(ULTIMATUM)


@pytest.fixture(scope="module")
def ladder() -> Graph:
    return graph_of(LADDER)


def texts(figure: Figure) -> list[str]:
    found = [text.get_text() for axes in figure.axes for text in axes.texts]
    for axes in figure.axes:
        found += [axes.get_xlabel(), axes.get_ylabel()]
    return found


def written(figure: Figure, folder: Path) -> str:
    """All text of the figure saved as SVG, one piece a line."""
    save(figure, folder / "picture.svg")
    source = (folder / "picture.svg").read_text(encoding="utf-8")
    return "\n".join(unescape(piece) for piece in re.findall(r"<text[^>]*>([^<]*)</text>", source))


@dataclass
class Cells:
    """The fields of a sweep of three regimes over ``threat`` (upwards) and ``cost``."""

    axes: dict[str, Any]
    regime: Any
    status: Any
    regimes_mask: Any
    model: str = "ultimatum"
    players: tuple[str, ...] = ("US", "Iran", "Israel")
    outcomes: tuple[str, ...] = ("deal", "strike", "stalemate")
    regimes: tuple[str, ...] = ("deal", "strike", "stalemate")

    def __post_init__(self) -> None:
        self.values = {"T": 60.0}
        self.equilibria = np.ones(self.regime.shape, dtype=np.int32)
        self.expected_day = np.where(self.regime == 0, 0.0, 60.0)
        self.probability = np.stack([(self.regime == k) * 1.0 for k in range(3)])
        self.payoff = np.stack([self.regime * 0.5, -self.regime * 0.5, self.regime * 0.0])


def cells(regime: Any, y: Any = None, x: Any = None) -> Any:
    """A solved sweep with these regimes; axes from 0 to 0.6 unless given."""
    regime = np.asarray(regime, dtype=np.int8)
    rows, columns = regime.shape
    axes = {
        "threat": np.linspace(0, 0.6, rows) if y is None else np.asarray(y, dtype=float),
        "cost": np.linspace(0, 0.6, columns) if x is None else np.asarray(x, dtype=float),
    }
    mask = np.left_shift(1, regime.astype(np.int32), dtype=np.int32)
    return Cells(axes, regime, np.ones(regime.shape, dtype=np.int8), mask)


def a_map(graph: Graph, sweep: Any, quantity: str = "regime") -> Figure:
    model: Any = SimpleNamespace(graph=graph)
    return draw_map(model, sweep, quantity)


def painted(figure: Figure) -> Any:
    """The pixels of the map, the first row on top."""
    return figure.axes[1].images[0].get_array()


HALVES = np.repeat([[0, 0, 1, 2]], 4, axis=0)


def test_every_regime_present_stands_in_the_legend_with_its_share(ultimatum: Graph) -> None:
    said = texts(a_map(ultimatum, cells(HALVES)))
    assert {"50 %", "25 %"} <= set(said)
    assert said.count("25 %") == 2
    assert {"deal", "strike", "stalemate"} <= set(said)


def test_a_regime_that_is_absent_is_not_in_the_legend(ultimatum: Graph) -> None:
    said = texts(a_map(ultimatum, cells(np.zeros((3, 3)))))
    assert "100 %" in said
    assert "strike" not in said


def test_shares_of_a_map_are_never_rounded_to_all_or_nothing() -> None:
    assert [percent(share) for share in (0.0, 1e-9, 0.5, 0.9999, 1.0)] == [
        "0 %",
        "<0.1 %",
        "50 %",
        ">99.9 %",
        "100 %",
    ]


@pytest.mark.parametrize(
    ("status", "reason"),
    [(0, "not computed"), (4, "not converged"), (5, "not finite"), (6, "no game")],
)
def test_unsolved_cells_say_why(ultimatum: Graph, status: int, reason: str) -> None:
    sweep = cells(HALVES)
    sweep.status[0, 0], sweep.regime[0, 0], sweep.regimes_mask[0, 0] = status, -1, 0
    for quantity in ("regime", "payoff:US"):
        said = "\n".join(texts(a_map(ultimatum, sweep, quantity)))
        assert reason in said
        assert "6.2 %" in said


def test_the_look_of_an_unsolved_map_has_no_regime(ultimatum: Graph) -> None:
    sweep = cells(np.full((5, 5), -1))
    sweep.status[:], sweep.regimes_mask[:] = 0, 0
    figure = a_map(ultimatum, sweep)
    assert "100 %" in texts(figure)
    pixels = painted(figure).astype(int)
    assert np.ptp(pixels, axis=2).max() == 0


def test_rows_go_up_and_columns_to_the_right(ultimatum: Graph) -> None:
    pixels = painted(a_map(ultimatum, cells([[0, 0], [0, 1]])))
    colours = style.colours_of(("deal", "strike"), {"deal": "#2a9d8f", "strike": "#e76f51"})
    strike = np.array([int(colours["strike"][k : k + 2], 16) for k in (1, 3, 5)])
    assert (pixels[20:200, 600:900] == strike).all(axis=2).mean() > 0.5
    assert not (pixels[600:, :400] == strike).all(axis=2).any()


def test_reversed_axes_give_the_same_picture(ultimatum: Graph) -> None:
    rng = np.random.default_rng(7)
    regime, x = rng.integers(0, 3, (4, 5)), np.array([0.0, 0.1, 0.3, 0.35, 0.6])
    there = painted(a_map(ultimatum, cells(regime, x=x)))
    back = painted(a_map(ultimatum, cells(regime[:, ::-1], x=x[::-1])))
    assert np.array_equal(there, back)


def test_cells_of_several_regimes_show_the_colours_of_all(ultimatum: Graph) -> None:
    sweep = cells(np.zeros((2, 2)))
    sweep.status[:], sweep.regimes_mask[:] = 3, 0b011
    figure = a_map(ultimatum, sweep)
    assert "deal or strike" in texts(figure)
    for colour in ((0x2A, 0x9D, 0x8F), (0xE7, 0x6F, 0x51)):
        assert (painted(figure) == colour).all(axis=2).mean() > 0.2


def test_a_tie_is_marked_even_within_one_regime(ultimatum: Graph) -> None:
    sweep = cells(np.zeros((2, 2)))
    sweep.status[0, 0] = 2
    figure = a_map(ultimatum, sweep)
    assert "tie: deal" in texts(figure)
    assert (painted(figure)[600:, :400] == 255).all(axis=2).any()
    assert not (painted(figure)[:400, 600:] == 255).all(axis=2).any()


def test_the_defaults_are_marked_only_inside_the_map(ultimatum: Graph) -> None:
    inside = a_map(ultimatum, cells(HALVES))
    (marker,) = inside.axes[1].lines
    assert np.asarray(marker.get_xydata()).tolist() == [[0.25, 0.3]]
    assert any("default values" in said for said in texts(inside))
    outside = a_map(ultimatum, cells(HALVES, x=[0.3, 0.4, 0.5, 0.6]))
    assert not outside.axes[1].lines
    assert not any("default values" in said for said in texts(outside))


def test_a_map_says_its_title_axes_and_other_values(ultimatum: Graph, tmp_path: Path) -> None:
    said = written(a_map(ultimatum, cells(HALVES)), tmp_path)
    for text in ("An ultimatum of $60 and $70", "T = 60 days", "cost of war (cost)", "threat"):
        assert text in said


@pytest.mark.parametrize("shape", [(1, 6), (6, 1), (1, 1)])
def test_an_axis_may_have_a_single_value(
    ultimatum: Graph, shape: tuple[int, int], tmp_path: Path
) -> None:
    figure = a_map(ultimatum, cells(np.ones(shape)))
    save(figure, tmp_path / "map.png")
    assert "100 %" in texts(figure)


def test_a_geometric_axis_is_logarithmic(ultimatum: Graph) -> None:
    figure = a_map(ultimatum, cells(HALVES, x=[0.001, 0.01, 0.1, 1.0]))
    assert figure.axes[1].get_xscale() == "log"
    assert figure.axes[1].get_yscale() == "linear"
    widths = np.bincount(Scale.of(np.array([0.001, 0.01, 0.1, 1.0])).nearest(600))
    assert widths.tolist() == [100, 200, 200, 100]


@pytest.mark.parametrize("quantity", ["payoff:US", "probability:strike", "day"])
def test_a_quantity_has_a_colour_bar_with_its_name(ultimatum: Graph, quantity: str) -> None:
    said = texts(a_map(ultimatum, cells(HALVES), quantity))
    assert any(quantity.partition(":")[2] in text and quantity[:3] in text for text in said)


def test_a_quantity_that_is_not_finite_is_grey(ultimatum: Graph) -> None:
    sweep = cells(HALVES)
    sweep.expected_day[:, 0] = np.inf
    figure = a_map(ultimatum, sweep, "day")
    assert "not a finite number" in texts(figure)
    left = painted(figure)[:, :100].astype(int)
    assert np.ptp(left, axis=2).max() == 0


@pytest.mark.parametrize(
    ("quantity", "message"),
    [("payof:US", "a map shows regime"), ("payoff:Iraq", "US, Iran, Israel")],
)
def test_an_unknown_quantity_is_refused(ultimatum: Graph, quantity: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        a_map(ultimatum, cells(HALVES), quantity)


def test_a_map_of_one_axis_is_refused(ultimatum: Graph) -> None:
    sweep = cells(HALVES)
    del sweep.axes["cost"]
    with pytest.raises(ParameterError, match="two parameters, not 1"):
        a_map(ultimatum, sweep)


def test_kinds_of_cells_do_not_depend_on_how_many_are_looked_at_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = np.random.default_rng(0).integers(0, 3, (30, 40))
    sweep = cells(drawn.tolist())
    sweep.status[20:] = 4
    kinds, index = kinds_of_cells(sweep)
    assert len(kinds) > 3
    monkeypatch.setattr(map_cells, "PIECE", 100)
    again, pieces = kinds_of_cells(sweep)
    assert again == kinds
    np.testing.assert_array_equal(pieces, index)


def test_kinds_of_cells_keep_the_first_regime_first() -> None:
    sweep = cells([[2, 1]])
    sweep.status[:], sweep.regimes_mask[:] = [[3, 2]], [[0b101, 0b010]]
    kinds, index = kinds_of_cells(sweep)
    assert [kinds[k] for k in index[0]] == [Kind(3, (2, 0)), Kind(2, (1,))]


def test_every_pattern_of_hatching_is_different() -> None:
    count = 2 * len(hatching.PATTERNS)
    images = [hatching.coverage(k, 90, 90) for k in range(count)]
    for first, second in itertools.combinations(images, 2):
        assert np.abs(first - second).mean() > 0.01


def test_a_label_stands_wholly_inside_its_region() -> None:
    region = np.zeros((60, 80), dtype=bool)
    region[10:40, 30:75] = True
    centre = roomiest(region, 12, 20)
    assert centre is not None
    row, column = (round(place) for place in centre)
    assert region[row - 6 : row + 6, column - 10 : column + 10].all()
    assert roomiest(region, 31, 20) is None


def test_every_node_and_action_is_written(ultimatum: Graph, ladder: Graph, tmp_path: Path) -> None:
    for graph in (ultimatum, ladder):
        said = written(draw_graph(graph), tmp_path)
        lines = said.splitlines()
        for node in graph.nodes.values():
            assert node.name in lines
            match node:
                case Decision():
                    assert {action.name for action in node.actions} <= set(lines)
                case Chance():
                    assert {event.name for event in node.events} <= set(lines)
                case Simultaneous():
                    assert {", ".join(profile) for profile in node.results} <= set(lines)
                case _:
                    pass
        assert set(graph.players) <= set(lines)


def test_edges_say_days_payments_changes_and_the_clock(
    ultimatum: Graph, ladder: Graph, tmp_path: Path
) -> None:
    said = written(draw_graph(ultimatum), tmp_path).splitlines()
    assert {"x in [0, 1]", "+1 day", "Iran: -cost", "day T", "US: 1 - x"} <= set(said)
    said = written(draw_graph(ladder), tmp_path).splitlines()
    assert {"+2 days", "US, Iran: -rung", "each day", "(seen only by US)"} <= set(said)
    assert any(text.startswith("rung := min(") for text in said)


def rectangles(graph: Graph) -> list[Any]:
    placed = arranged(graph)
    labels = [route.label for route in placed.routes if route.label.width]
    return [*placed.boxes.values(), *labels]


def test_no_box_or_label_lies_on_another(ultimatum: Graph, ladder: Graph) -> None:
    for graph in (ultimatum, ladder):
        for first, second in itertools.combinations(rectangles(graph), 2):
            assert not first.overlaps(second)


@pytest.mark.parametrize("seed", range(4))
def test_sixty_nodes_and_cycles_do_not_overlap(seed: int) -> None:
    rng = random.Random(seed)
    names = [f"node_{k}" for k in range(60)]
    boxes = [Box(name, rng.uniform(40, 150), rng.uniform(20, 60)) for name in names]
    links = [
        Link(names[max(0, k - rng.randint(1, 9))], names[k], rng.uniform(10, 120), 25)
        for k in range(1, 60)
    ]
    for _ in range(12):
        source, target = rng.sample(names, 2)
        links.append(Link(source, target, 60, 20, late=True))
    placed = layout(boxes, links, names[0])
    labels = [route.label for route in placed.routes]
    for first, second in itertools.combinations([*placed.boxes.values(), *labels], 2):
        assert not first.overlaps(second)


def test_a_layout_is_the_same_every_time(ladder: Graph) -> None:
    assert arranged(ladder) == arranged(graph_of(LADDER))


def test_links_set_aside_leave_no_cycle_and_days_go_first() -> None:
    links = [Link("a", "b"), Link("b", "c", late=True), Link("c", "a"), Link("c", "c")]
    assert closing_links("abc", links) == {1, 3}
    kept = [link for k, link in enumerate(links) if k not in {1, 3}]
    layer = layers_of(["a", "b", "c"], kept, "a")
    assert all(layer[link.source] < layer[link.target] for link in kept)


def test_text_keeps_to_its_width() -> None:
    lines = wrap("the cost of a war that nobody wanted, an extraordinarilylongword", 80, 9)
    assert all(text_width(line, 9) <= 80 for line in lines)
    assert wrap("one two", 500) == ["one two"]
    assert shorten("short", 500) == "short"
    assert shorten("a long text", 30).endswith("…")
    assert text_width("two\u4e2d") > text_width("two")


@pytest.mark.parametrize("suffix", style.SUFFIXES)
def test_saving_twice_gives_the_same_bytes(ultimatum: Graph, tmp_path: Path, suffix: str) -> None:
    for name in ("first", "second"):
        save(draw_graph(ultimatum), tmp_path / (name + suffix))
    first, second = (tmp_path / (name + suffix) for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()


def test_a_map_in_a_vector_format_is_small(ultimatum: Graph, tmp_path: Path) -> None:
    regime = np.random.default_rng(0).integers(0, 3, (150, 150))
    save(a_map(ultimatum, cells(np.sort(regime))), tmp_path / "map.svg")
    assert (tmp_path / "map.svg").stat().st_size < 200_000


def test_an_unknown_suffix_is_refused_with_those_known(ultimatum: Graph, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"map\.jpeg: .*\.pdf, \.png, \.svg"):
        save(draw_graph(ultimatum), tmp_path / "map.jpeg")
    assert not list(tmp_path.iterdir())


def test_a_failed_save_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    figure, paper = style.page(100, 100)
    target = tmp_path / "picture.png"
    target.write_bytes(b"old")
    # Outside of `style.write`, a formula that matplotlib cannot read fails when it is drawn.
    paper.text(10, 10, r"$\nonsense$")
    with pytest.raises(ValueError, match="nonsense"):
        save(figure, target)
    assert [path.name for path in tmp_path.iterdir()] == ["picture.png"]
    assert target.read_bytes() == b"old"


def test_a_save_that_cannot_replace_its_target_cleans_up(tmp_path: Path) -> None:
    figure, _ = style.page(100, 100)
    (tmp_path / "picture.png" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="picture"):
        save(figure, tmp_path / "picture.png")
    assert [path.name for path in tmp_path.iterdir()] == ["picture.png"]


def test_letters_that_the_font_lacks_are_saved_without_a_warning(tmp_path: Path) -> None:
    figure, paper = style.page(100, 100)
    style.write(paper, 10, 10, "\u4e2d")
    save(figure, tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 0


def test_chosen_colours_stay_and_others_are_strong() -> None:
    colours = style.colours_of(("a", "b", "c"), {"a": "#123456", "b": "no colour"})
    assert colours["a"] == "#123456"
    assert {colours["b"], colours["c"]} <= set(style.STRONG)
    assert colours["b"] != colours["c"]
