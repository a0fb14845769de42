"""Hatches as arrays of pixels.

A map may have a million cells and thousands of separate patches; hatching pixels instead of
polygons keeps a vector file small, and lets a cell be striped in the colours of several regimes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from gametheory_crisis.plots.style import INK, PAPER, luminance, mix

Image: TypeAlias = NDArray[np.float32]
"""Pixels ``[row, column, (red, green, blue)]`` from 0 to 1, the first row on top."""
Coverage: TypeAlias = NDArray[np.float32]
"""How much of each pixel ``[row, column]`` the lines of a hatch cover, from 0 to 1."""

PERIOD = 20.0
"""Distance between two lines of a hatch, in pixels."""
LINE = 2.0
"""Width of a line, in pixels."""
STRIPE = 14.0
"""Width of a stripe that stands for one of several regimes, in pixels."""
ROOT = np.float32(0.5**0.5)


def _covered(depth: NDArray[np.float32]) -> Coverage:
    """Coverage of a pixel that lies, but for half of itself, ``depth`` pixels inside an outline."""
    return np.asarray(np.clip(depth, 0, 1), dtype=np.float32)


def _lines(distance: NDArray[np.float32], period: float) -> Coverage:
    offset = np.abs((distance + period / 2) % period - period / 2)
    return _covered(LINE / 2 + 0.5 - offset)


def _none(row: Image, column: Image, period: float) -> Coverage:
    return np.zeros(np.broadcast_shapes(row.shape, column.shape), dtype=np.float32)


def _rising(row: Image, column: Image, period: float) -> Coverage:
    return _lines((column + row) * ROOT, period)


def _falling(row: Image, column: Image, period: float) -> Coverage:
    return _lines((column - row) * ROOT, period)


def _level(row: Image, column: Image, period: float) -> Coverage:
    return _lines(row + 0 * column, period)


def _upright(row: Image, column: Image, period: float) -> Coverage:
    return _lines(column + 0 * row, period)


def _crossed(row: Image, column: Image, period: float) -> Coverage:
    return np.maximum(_rising(row, column, period), _falling(row, column, period))


def _squared(row: Image, column: Image, period: float) -> Coverage:
    return np.maximum(_level(row, column, period), _upright(row, column, period))


def _from_centres(row: Image, column: Image, period: float) -> NDArray[np.float32]:
    shifted = column + period / 2 * (np.floor(row / period) % 2)
    across = shifted % period - period / 2
    down = row % period - period / 2
    return np.asarray(np.hypot(across, down), dtype=np.float32)


def _dots(row: Image, column: Image, period: float) -> Coverage:
    return _covered(1.3 * LINE + 0.5 - _from_centres(row, column, 0.75 * period))


def _rings(row: Image, column: Image, period: float) -> Coverage:
    ring = np.abs(_from_centres(row, column, period) - 2.2 * LINE)
    return _covered(LINE / 2 + 0.5 - ring)


PATTERNS: tuple[Callable[[Image, Image, float], Coverage], ...] = (
    _none,
    _rising,
    _falling,
    _dots,
    _level,
    _upright,
    _crossed,
    _squared,
    _rings,
)


def coverage(pattern: int, rows: int, columns: int) -> Coverage:
    """The hatch number ``pattern``; beyond the last of `PATTERNS` they come again, closer.

    The plain one comes only once.
    """
    round_, kind = (0, 0) if not pattern else divmod(pattern - 1, len(PATTERNS) - 1)
    hatch = PATTERNS[kind + 1 if pattern else 0]
    row = np.arange(rows, dtype=np.float32)[:, None]
    column = np.arange(columns, dtype=np.float32)[None, :]
    return hatch(row, column, PERIOD / (1 + round_ / 2))


def blend(colour: str, ink: str, cover: Coverage) -> Image:
    """``colour`` with ``ink`` where ``cover`` says."""
    below = np.asarray(to_rgb(colour), dtype=np.float32)
    above = np.asarray(to_rgb(ink), dtype=np.float32)
    return below + (above - below) * cover[:, :, None]


def hatched(colour: str, pattern: int, rows: int, columns: int) -> Image:
    """A colour under a hatch in a darker shade of it (a lighter one where it is dark)."""
    shade = mix(colour, INK, 0.38) if luminance(colour) > 0.12 else mix(colour, PAPER, 0.45)
    return blend(colour, shade, coverage(pattern, rows, columns))


def striped(layers: Sequence[Image]) -> Image:
    """Images of one size in broad diagonal stripes that take turns."""
    rows, columns, _ = layers[0].shape
    row = np.arange(rows, dtype=np.float32)[:, None]
    column = np.arange(columns, dtype=np.float32)[None, :]
    turn = np.floor((column + row) * ROOT / STRIPE).astype(np.int64) % len(layers)
    return np.asarray(np.choose(turn[:, :, None], list(layers)), dtype=np.float32)


def dotted(image: Image) -> Image:
    """White dots on an image."""
    rows, columns, _ = image.shape
    return image + (1 - image) * coverage(PATTERNS.index(_dots), rows, columns)[:, :, None]
