"""Sets of equilibrium payoffs of a repeated game, as a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isclose
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from gametheory_crisis.plots import style

if TYPE_CHECKING:
    from gametheory_crisis.repeated_game import RepeatedGame
    from gametheory_crisis.repeated_results import PayoffSet

SIDE, LEFT, BELOW, LEGEND, MARGIN = 330.0, 64.0, 58.0, 196.0, 16.0
"""Side of the square of payoffs, and the room around it, in points."""
GAP, LINE, BETWEEN = 24.0, 11.0, 8.0
SWATCH, TEXT_LEFT = (26.0, 15.0), 34.0
TITLE, AXIS, TEXT, NOTE = 13.0, 9.0, 8.5, 7.5
"""Sizes of text."""
LABEL: Any = {"fontsize": AXIS, "family": style.FAMILY, "parse_math": False, "color": style.INK}
TICKS: Any = {"labelsize": TEXT, "length": 3, "color": style.MUTED, "labelcolor": style.INK}
FEASIBLE, RATIONAL = "#eeeeee", "#dcdcdc"
MOST_NAMED = 9
"""Action profiles that are still called by name."""
MAX_SETS = len(style.STRONG)

XY = tuple[float, float]


def draw_payoff_sets(
    game: RepeatedGame, sets: Sequence[PayoffSet], target: tuple[str, str], title: str
) -> Figure:
    """Draw sets of equilibrium payoffs at several discount factors, the largest at the back.

    Parameters
    ----------
    sets : at most `MAX_SETS`
    target : the actions whose payoffs are ringed

    Returns
    -------
    Figure
        To be written by `style.save`.
    """
    ordered = sorted(sets, key=lambda found: found.delta, reverse=True)
    colours = dict(zip([found.delta for found in ordered], style.STRONG, strict=False))
    heading = style.wrap(title, SIDE + GAP + LEGEND, TITLE, bold=True)
    above = 34.0 + 17.0 * len(heading)
    figure, paper = style.page(LEFT + SIDE + GAP + LEGEND + MARGIN, above + SIDE + BELOW)
    for k, line in enumerate(heading):
        style.write(paper, LEFT, 22.0 + 17.0 * k, line, TITLE, weight="bold")
    said = "average payoffs of subgame-perfect equilibria in pure actions, publicly randomised"
    style.write(paper, LEFT, above - 14.0, said, NOTE, color=style.MUTED)
    axes = style.axes_at(paper, LEFT, above, SIDE, SIDE)
    _background(axes, game)
    for k, found in enumerate(ordered):
        # A set that is drawn over by an equal one shows as a rim around it.
        rims = sum(_same(found, other) for other in ordered[k + 1 :])
        _draw_set(axes, _points(found.vertices), colours[found.delta], rims)
    _draw_stage(axes, game, target)
    _Legend(paper, LEFT + SIDE + GAP, above).draw(ordered, colours, game, target)
    return figure


def _points(vertices: Sequence[tuple[Any, Any]]) -> list[XY]:
    return [(float(x), float(y)) for x, y in vertices]


def _background(axes: Axes, game: RepeatedGame) -> None:
    """What is feasible, what nobody can be pushed below, and the axes around it."""
    feasible = _points(game.feasible)
    axes.set_xlim(*_span([x for x, _ in feasible]))
    axes.set_ylim(*_span([y for _, y in feasible]))
    axes.add_patch(Polygon(feasible, closed=True, fc=FEASIBLE, ec=style.FAINT, lw=0.8, zorder=1))
    rational = feasible
    for axis, level in enumerate(game.minmax()):
        rational = _at_least(rational, axis, float(level))
        line = axes.axvline if axis == 0 else axes.axhline
        line(float(level), color=style.FAINT, lw=0.8, ls=(0, (4, 3)), zorder=2)
    if len(rational) > 2:
        axes.add_patch(Polygon(rational, closed=True, fc=RATIONAL, ec="none", zorder=1.5))
    axes.set_xlabel(f"average payoff of {game.players[0]}", **LABEL)
    axes.set_ylabel(f"average payoff of {game.players[1]}", **LABEL)
    axes.tick_params(labelfontfamily=style.FAMILY, **TICKS)
    for spine in axes.spines.values():
        spine.set(color=style.MUTED, linewidth=0.8)


def _span(values: Sequence[float]) -> XY:
    room = 0.14 * (max(values) - min(values) or 1.0)
    return min(values) - room, max(values) + room


def _at_least(polygon: Sequence[XY], axis: int, level: float) -> list[XY]:
    from gametheory_crisis.solvers.repeated.polygons import clip

    return _points(clip(polygon, axis, level))


def _same(first: PayoffSet, second: PayoffSet) -> bool:
    if len(first.vertices) != len(second.vertices):
        return False
    pairs = zip(_points(first.vertices), _points(second.vertices), strict=True)
    return all(isclose(a, b, abs_tol=1e-9) for p, q in pairs for a, b in zip(p, q, strict=True))


def _draw_set(axes: Axes, points: Sequence[XY], colour: str, rims: int) -> None:
    """A polygon, a segment or a point, ``rims`` rims larger than it is."""
    if len(points) > 2:
        pale = style.mix(colour, style.PAPER, 0.62)
        axes.add_patch(
            Polygon(points, closed=True, fc=pale, ec=colour, lw=1.6 + 4 * rims, zorder=3)
        )
    elif points:
        across, upwards = zip(*points, strict=True)
        axes.plot(
            across, upwards, "-o", color=colour, lw=3 + 4 * rims, ms=12 + 4 * rims, zorder=3.5
        )


def _draw_stage(axes: Axes, game: RepeatedGame, target: tuple[str, str]) -> None:
    """Payoffs of the action profiles, the equilibria of the stage, and the target."""
    first, second = game.payoffs
    rows, columns = game.actions
    named = len(rows) * len(columns) <= MOST_NAMED
    at: dict[XY, list[str]] = {}
    for a, row in enumerate(rows):
        for b, column in enumerate(columns):
            point = float(first[a][b]), float(second[a][b])
            at.setdefault(point, []).append(f"{row}, {column}")
            if (row, column) == target:
                axes.plot(*point, "o", ms=13, mfc="none", mec=style.INK, mew=1.4, zorder=6)
    for point, words in at.items():
        axes.plot(*point, "o", ms=3.5, color=style.INK, zorder=5)
        if named:
            _name(axes, game, point, " / ".join(words))
    marks = [
        (all(1.0 in shares for shares in e.strategies), (e.payoffs[0], e.payoffs[1]))
        for e in game.stage_equilibria
    ]
    for sure, point in sorted(marks):
        face = style.INK if sure else style.PAPER
        axes.plot(*point, "D", ms=6.5, mfc=face, mec=style.INK, mew=1.2, zorder=5.5)


def _name(axes: Axes, game: RepeatedGame, point: XY, words: str) -> None:
    """Write a profile's name away from the middle, and inside the frame."""
    feasible = _points(game.feasible)
    middle = [sum(p[k] for p in feasible) / len(feasible) for k in range(2)]
    up = 1.0 if point[1] >= middle[1] else -1.0
    low, high = axes.get_xlim()
    share = (point[0] - low) / (high - low)
    half = style.text_width(words, TEXT) / 2 / SIDE
    outwards = half * (1.0 if point[0] >= middle[0] else -1.0)
    across = min(max(share + outwards, half + 0.015), 0.985 - half) - share
    axes.annotate(
        words,
        point,
        xytext=(across * SIDE, 15.0 * up),
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize=TEXT,
        family=style.FAMILY,
        parse_math=False,
        color=style.INK,
        bbox={"boxstyle": "round,pad=0.15", "fc": style.PAPER, "ec": "none", "alpha": 0.8},
        zorder=7,
    )


class _Legend:
    """What the shapes mean, one below another."""

    def __init__(self, paper: Axes, left: float, top: float) -> None:
        self.paper, self.left, self.top = paper, left, top

    def draw(
        self,
        sets: Sequence[PayoffSet],
        colours: dict[Any, str],
        game: RepeatedGame,
        target: tuple[str, str],
    ) -> None:
        """All entries."""
        for found in sets:
            colour = colours[found.delta]
            nothing = ": no equilibrium" if found.empty else ""
            pale = style.mix(colour, style.PAPER, 0.62)
            self._entry(
                f"discount factor {float(found.delta):.4g}{nothing}", self._box(pale, colour)
            )
        self._entry("feasible", self._box(FEASIBLE, style.FAINT))
        secure = " and ".join(f"{float(level):.4g}" for level in game.minmax())
        self._entry(f"above the pure minmax ({secure})", self._box(RATIONAL, RATIONAL))
        equilibria = game.stage_equilibria
        pure = [all(1.0 in shares for shares in e.strategies) for e in equilibria]
        if any(pure):
            self._entry("stage equilibrium", self._mark("D", 6.5, style.INK))
        if not all(pure):
            self._entry("stage equilibrium, mixed", self._mark("D", 6.5, style.PAPER))
        self._entry(f"target: {', '.join(target)}", self._mark("o", 12.0, "none"))

    def _entry(self, text: str, shape: Callable[[float], None]) -> None:
        lines = style.wrap(text, LEGEND - TEXT_LEFT, TEXT)
        height = max(SWATCH[1], LINE * len(lines))
        shape(self.top + height / 2)
        for k, line in enumerate(lines):
            y = self.top + height / 2 + LINE * (k - (len(lines) - 1) / 2)
            style.write(self.paper, self.left + TEXT_LEFT, y, line, TEXT)
        self.top += height + BETWEEN

    def _box(self, face: str, edge: str) -> Callable[[float], None]:
        def draw(y: float) -> None:
            half, right = SWATCH[1] / 2, self.left + SWATCH[0]
            corners = [(self.left, y - half), (right, y - half), (right, y + half)]
            corners.append((self.left, y + half))
            self.paper.add_patch(Polygon(corners, closed=True, fc=face, ec=edge, lw=1.4))

        return draw

    def _mark(self, marker: str, size: float, face: str) -> Callable[[float], None]:
        def draw(y: float) -> None:
            x = self.left + SWATCH[0] / 2
            self.paper.plot(x, y, marker, ms=size, mfc=face, mec=style.INK, mew=1.3)

        return draw
