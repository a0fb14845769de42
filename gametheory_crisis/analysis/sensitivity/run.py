"""The entry: which analysis, of what, over which box of parameters."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from gametheory_crisis.analysis.arguments import (
    num_threads,
    point_values,
    read_over,
    real_number,
    texts,
    whole_number,
)
from gametheory_crisis.analysis.sensitivity import morris, profiles, sobol
from gametheory_crisis.analysis.sensitivity.measures import REGIME, Measure, measures_of
from gametheory_crisis.analysis.sensitivity.morris import MorrisEffects
from gametheory_crisis.analysis.sensitivity.profiles import Profiles
from gametheory_crisis.analysis.sensitivity.sobol import SobolIndices
from gametheory_crisis.analysis.sensitivity.solving import How
from gametheory_crisis.errors import ParameterError
from gametheory_crisis.sweeps.space import ParameterSpace, Spread

if TYPE_CHECKING:
    from gametheory_crisis.model import Model
    from gametheory_crisis.solvers.spreading import Progress

Sensitivity: TypeAlias = SobolIndices | MorrisEffects | Profiles

SIZES = {"sobol": 1024, "morris": 64, "profiles": 201}
"""Methods, and ``n`` where it is not given: base rows, walks, points along each parameter."""
LEVELS = 4


def sensitivity(
    model: Model,
    quantity: str | Sequence[str] = "all",
    over: Mapping[str, Spread] | Sequence[str] | None = None,
    method: str = "sobol",
    n: int | None = None,
    *,
    values: Mapping[str, Any] | None = None,
    seed: int | None = None,
    select: str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    confidence: float = 0.95,
    levels: int = LEVELS,
) -> Sensitivity:
    """Say which parameters of a model matter, and how much.

    >>> import gametheory_crisis as gtc
    >>> model = gtc.load("sixty_day_ultimatum")
    >>> found = gtc.sensitivity(model, "probability:strike", {"c_iran": (0, 0.6)}, seed=0)
    >>> found.total.round(2).tolist()
    [[1.0]]

    Parameters
    ----------
    quantity : one or several of ``payoff:PLAYER``, ``probability:OUTCOME``, ``day``,
        ``regime:REGIME`` (1 where it prevails and else 0), ``regime`` (which one prevails; Sobol
        indices only), ``unsolved`` (1 where a point has no solution), ``regimes`` (each one, and
        ``regime``), ``all`` (payoffs, probabilities and regimes)
    over : the parameters that vary, each uniformly between two ends or by a distribution, or a
        list of names, each over its range; default all that have a range and are not in ``values``
        (for profiles: all that have a range). In which order they are named changes nothing.
    method : ``sobol`` (first-order and total indices), ``morris`` (elementary effects, from fewer
        points) or ``profiles`` (one parameter at a time)
    n : base rows of Sobol's method, best a power of two; walks of Morris's; points along each
        profile. Default: see `SIZES`
    values : the other parameters, where they differ from the file's; for profiles also the point
        through which they go
    seed : the same seed gives the same numbers; None takes one from the system. The result has it
    select : rule that picks the equilibrium that counts where a point has several; see `run_sweep`
    threads : default: all that the process may use; the result does not depend on it
    progress : called now and then with points done and points in all
    confidence : of the bootstrap intervals
    levels : of Morris's method, an even number

    Returns
    -------
    SobolIndices, MorrisEffects or Profiles
        A point without a solution has no payoff: base rows (of Morris, steps) that touch one do not
        count for payoffs, probabilities and days. They are counted in the result. For regimes
        they count like any other: such a point is in none.

    Raises
    ------
    ParameterError
        An unknown method, quantity or parameter, a spread that leaves a range, or a size that is
        too small or too large.
    UnsupportedGame
        No engine solves the model, or the rule does not apply to it.
    SolverError
        Not a single point has a solution.
    """
    if method not in tuple(SIZES):
        raise ParameterError(f"unknown method '{method}'; methods: {', '.join(SIZES)}")
    confidence = real_number("confidence", confidence)
    if not 0 < confidence < 1:
        raise ParameterError(f"confidence lies between 0 and 1, not at {confidence:g}")
    size = SIZES[method] if n is None else whole_number("n", n)
    measures = _measures(model, quantity, method)
    ordered = _in_model_order(model, read_over(model, over))
    known = point_values(values)
    how = How(select, num_threads(threads), progress)
    if method == "profiles":
        space, base = _through_a_point(model, ordered, known)
        return profiles.analyse(model, space, base, measures, size, how)
    space = ParameterSpace.of(model, ordered, known)
    start = secrets.randbits(32) if seed is None else whole_number("seed", seed, 0)
    if method == "sobol":
        return sobol.analyse(model, space, measures, size, start, confidence, how)
    steps = whole_number("levels", levels)
    return morris.analyse(model, space, measures, size, steps, start, confidence, how)


def _measures(model: Model, quantity: str | Sequence[str], method: str) -> tuple[Measure, ...]:
    found = measures_of(model, texts("quantity", quantity))
    if method != "sobol" and all(measure.name == REGIME for measure in found):
        raise ParameterError(
            f"'{REGIME}' is no number; Sobol indices take it, other methods take 'regimes'"
        )
    return found


def _in_model_order(model: Model, over: Mapping[str, Spread] | None) -> dict[str, Spread] | None:
    """What varies, in the model's order: with each parameter goes a column of the sample."""
    if over is None:
        return None
    known = [name for name in model.parameters if name in over]
    return {name: over[name] for name in dict.fromkeys([*known, *over])}


def _through_a_point(
    model: Model, over: dict[str, Spread] | None, values: Mapping[str, Any]
) -> tuple[ParameterSpace, dict[str, float]]:
    """What varies, and where profiles cross: there a value may also be given of what varies."""
    point = model.point(values)
    if over is None:
        over = {one.name: (one.low, one.high) for one in ParameterSpace.of(model).varied}
    others = {name: value for name, value in values.items() if name not in over}
    space = ParameterSpace.of(model, over, others)
    return space, {name: float(point[name]) for name in space.names}
