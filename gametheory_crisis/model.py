"""A model as users hold it: read, and solved at a point, in batches or inside their own code."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from functools import cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

from gametheory_crisis.compiler.classify import GameClass, classify
from gametheory_crisis.engines.markov import MarkovEngine
from gametheory_crisis.engines.recursion import RecursionEngine
from gametheory_crisis.engines.request import (
    MARKOV_METHODS,
    PRIVATE_METHODS,
    TREE_METHODS,
    Engine,
    Request,
)
from gametheory_crisis.engines.tree import TreeEngine
from gametheory_crisis.errors import ModelError, ParameterError, Problem, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.stage import StageGame
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.points import admissible, parameter_value, unknown_parameter
from gametheory_crisis.results import Solution

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from gametheory_crisis.analysis.histories import Histories
    from gametheory_crisis.engines.cutoffs import CutoffsEngine
    from gametheory_crisis.engines.screening import ScreeningEngine
    from gametheory_crisis.kernels.cell import CellResult
    from gametheory_crisis.solvers.cells import Cells
    from gametheory_crisis.solvers.spreading import Progress


class Model:
    """A parameterised game.

    Attributes
    ----------
    name : how the model is called: the file's name without its ending
    graph : the validated graph of moves
    """

    def __init__(self, graph: Graph, name: str) -> None:
        self.graph = graph
        self.name = name

    def __repr__(self) -> str:
        return f"<Model {self.name}: {self.graph.title}>"

    def __getstate__(self) -> dict[str, Any]:
        return {"graph": self.graph, "name": self.name}

    @property
    def players(self) -> tuple[str, ...]:
        """Names of the players, in the file's order."""
        return tuple(self.graph.players)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes."""
        return tuple(self.graph.outcomes)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters: the columns of `solve_batch`."""
        return tuple(self.graph.parameters)

    @cached_property
    def regimes(self) -> tuple[str, ...]:
        """Names of the regimes: the file's conditions first, then the outcomes."""
        conditional = [r.name for r in self.graph.regimes if r.condition is not None]
        return tuple(dict.fromkeys([*conditional, *self.graph.outcomes]))

    @cached_property
    def game_class(self) -> GameClass:
        """The class that the graph belongs to, whether or not an engine solves it."""
        return classify(self.graph)

    @property
    def engine(self) -> str:
        """Name of the engine that solves the model.

        Raises
        ------
        UnsupportedGame
            No engine does; the message names the feature that stands in the way.
        """
        if self.game_class.obstacle is not None:
            raise UnsupportedGame(self.game_class.obstacle)
        return self.game_class.engine

    @property
    def concept(self) -> str:
        """The solution concept of the model's class."""
        return self.game_class.concept

    @cached_property
    def recursion(self) -> RecursionEngine:
        """The engine of public moves."""
        return RecursionEngine(self.graph, self.name, self.concept)

    @cached_property
    def markov(self) -> MarkovEngine:
        """The engine of public moves that can go on for ever."""
        return MarkovEngine(self.graph, self.name, self.concept)

    @cached_property
    def tree(self) -> TreeEngine:
        """The engine of the extensive form."""
        return TreeEngine(self.graph, self.name)

    @cached_property
    def screening(self) -> ScreeningEngine:
        """The engine of offers to a player with private numbers."""
        from gametheory_crisis.engines.screening import ScreeningEngine

        return ScreeningEngine(self.graph, self.name, self.engine)

    @cached_property
    def cutoffs(self) -> CutoffsEngine:
        """The engine of finite trees with private numbers from a continuum."""
        from gametheory_crisis.engines.cutoffs import CutoffsEngine

        return CutoffsEngine(self.graph, self.name)

    @property
    def stage_game(self) -> StageGame:
        """The numeric form that the recursion solves."""
        return (self.markov if self.game_class.endless else self.recursion).stage_game

    @property
    def block_solver(self) -> Any:
        """What solves many points at once."""
        return self._engine(None).block_solver

    # Other programs

    def to_nashpy(self, values: Mapping[str, Any] | None = None, /, **parameters: Any) -> Any:
        """The strategic form of a game of two players at a point, as a `nashpy.Game`.

        Raises
        ------
        UnsupportedGame
            There are not two players, or the game has no finite strategic form.
        """
        from gametheory_crisis.interop.nashpy_games import to_nashpy

        return to_nashpy(self, {**(values or {}), **parameters})

    def to_gambit(self, values: Mapping[str, Any] | None = None, /, **parameters: Any) -> Any:
        """The extensive form at a point, as a `pygambit.Game`, where pygambit is installed.

        Raises
        ------
        UnsupportedGame
            pygambit is missing, or the game has no finite tree.
        """
        from gametheory_crisis.interop.gambit_games import to_gambit

        return to_gambit(self, {**(values or {}), **parameters})

    def _engine(self, method: str | None) -> Engine:
        """The engine that a method belongs to."""
        name = self.engine if method is None else method
        if name in PRIVATE_METHODS and name == self.engine:
            return self.cutoffs if name == "cutoffs" else self.screening
        if name in TREE_METHODS:
            return self.tree
        if self.engine != "recursion":
            raise UnsupportedGame(f"the model is solved by '{self.engine}', not by '{name}'")
        if self.game_class.endless:
            return self.markov
        if name in MARKOV_METHODS:
            raise UnsupportedGame(f"the method '{name}' is for games without end; this one ends")
        return self.recursion

    # Points

    def point(
        self, values: Mapping[str, Any] | None = None, /, **parameters: Any
    ) -> dict[str, Number]:
        """Every parameter at a point, as exact rationals; those not named have their file's value.

        A float counts as the decimal that it prints as: 0.1 is one tenth.

        Raises
        ------
        ParameterError
            Unknown name, value outside the range, fractional, or not finite.
        """
        given = {**(values or {}), **parameters}
        for name in given:
            if name not in self.graph.parameters:
                raise ParameterError(unknown_parameter(name, self.parameters))
        return {
            name: parameter_value(parameter, given[name]) if name in given else parameter.value
            for name, parameter in self.graph.parameters.items()
        }

    def solve(
        self,
        values: Mapping[str, Any] | None = None,
        /,
        *,
        method: str | None = None,
        select: str | None = None,
        refine: str | None = None,
        exact: bool = False,
        tolerance: float | None = None,
        **parameters: Any,
    ) -> Solution:
        """The equilibria at one point, each with its certificate.

        Parameters
        ----------
        values, **parameters : the point; see `point`
        method : ``recursion``, ``tree``, ``nash``, ``subgame_perfect`` or ``sequential``, and for
            games without end ``enumerate``, ``logit``, ``policy`` or ``limit``; private numbers
            and offers have ``thresholds``, ``screening`` and ``cutoffs``. None is the engine of
            the model's class
        select : rule where there are several equilibria: ``all``, ``payoff``, ``risk``, ``logit``,
            ``mixed`` or ``first``
        refine : refinement of the equilibria of a signalling game: ``intuitive``, ``d1`` or
            ``divinity``
        exact : insist on rational arithmetic throughout, the certificate included
        tolerance : where a method approximates, the largest error of one of its steps

        Raises
        ------
        ParameterError
            No such point, or no game at it.
        UnsupportedGame
            No engine solves the game, or not in the way that was asked for.
        SolverError
            The certificate contradicts the solver.
        """
        point = self.point(values, **parameters)
        return self.solve_point(
            point, method=method, select=select, refine=refine, exact=exact, tolerance=tolerance
        )

    def solve_point(
        self,
        point: Mapping[str, Number],
        *,
        method: str | None = None,
        select: str | None = None,
        refine: str | None = None,
        exact: bool = False,
        progress: Progress | None = None,
        tolerance: float | None = None,
    ) -> Solution:
        """As `solve`, for a whole point from `point`.

        ``progress`` is called with the equilibria certified so far and their number.
        """
        refine = None if refine is None else refine.lower()
        request = Request(method, select, refine, exact, progress, tolerance)
        return self._engine(method).solve(point, request)

    def solve_batch(self, theta: ArrayLike, *, threads: int | None = None) -> Cells:
        """Solve many points.

        Parameters
        ----------
        theta : float64 (n, number of parameters), columns in the order of `parameters`
        threads : default: all that the process may use; the interpreter lock is released

        Returns
        -------
        Cells
            Arrays of one row and ``n`` cells. A point outside a parameter's range has status 6.
        """
        import numpy as np

        from gametheory_crisis.solvers.cells import forbid

        points = np.atleast_2d(np.asarray(theta, dtype=np.float64))
        if points.ndim != 2 or points.shape[1] != len(self.parameters):
            raise ParameterError(
                f"theta has shape {points.shape}; expected (n, {len(self.parameters)}), "
                f"columns {', '.join(self.parameters)}"
            )
        columns = {
            name: np.ascontiguousarray(points[:, k]) for k, name in enumerate(self.parameters)
        }
        # A model without parameters is the same at every point.
        columns = columns or {"": np.zeros(len(points))}
        cells: Cells = self.block_solver.solve_columns({}, columns, threads=threads)
        forbid(cells, admissible(self.graph, points))
        return cells

    def simulate(
        self,
        n: int,
        seed: int | None = None,
        values: Mapping[str, Any] | None = None,
        *,
        equilibrium: int = 0,
        method: str | None = None,
        select: str | None = None,
        max_days: int = 10_000,
        **parameters: Any,
    ) -> Histories:
        """Solve at a point, and play an equilibrium many times.

        Parameters
        ----------
        n : how many times
        seed : the same seed gives the same histories; None takes one from the system
        values, **parameters : the point; see `point`; the mapping serves where a parameter is
            called as an option is
        equilibrium : which of the equilibria listed, from 0
        method, select : see `solve`
        max_days : the day after which play that may last for ever counts as doing so

        Raises
        ------
        ParameterError
            No such point, no such equilibrium, or no play at all.
        """
        from gametheory_crisis.analysis.simulation import simulate

        options: dict[str, Any] = {"method": method, "select": select, "max_days": max_days}
        point = {**(values or {}), **parameters}
        return simulate(self, n, seed, point, equilibrium=equilibrium, **options)

    def kernel(self) -> Callable[[NDArray[np.float64]], CellResult]:
        """A numba-compiled function of one point, to be called from compiled code of your own.

        It takes a float64 array of all parameters, in the order of `parameters`, and returns a
        `CellResult`: status, regime (index into `regimes`), expected day, payoffs, probabilities.

        Raises
        ------
        UnsupportedGame
            The game cannot be written as straight-line arithmetic.
        """
        return self._engine(None).kernel()


# Finding models


def shipped_models() -> dict[str, Traversable]:
    """The models that come with the package: name and file."""
    root = resources.files("gametheory_crisis.models")
    found: dict[str, Traversable] = {}
    for folder in ("crisis", "classics"):
        for file in sorted(root.joinpath(folder).iterdir(), key=lambda entry: entry.name):
            if file.name.endswith(".yaml"):
                found[file.name.removesuffix(".yaml")] = file
    return found


def load(model: str | os.PathLike[str]) -> Model:
    """A model from a path, or a shipped one by its name (hyphen and underscore are the same).

    Raises
    ------
    ModelError
        No such model, or the file is not a valid model; the error lists every problem.
    """
    from gametheory_crisis.language.reader import read_file, read_model

    text = os.fspath(model)
    if os.path.exists(text) or os.sep in text or text.endswith((".yaml", ".yml")):
        return Model(read_file(text), os.path.splitext(os.path.basename(text))[0])
    shipped = shipped_models()
    name = text.replace("-", "_")
    if name not in shipped:
        near = difflib.get_close_matches(name, shipped, 1)
        hint = f"did you mean '{near[0]}'?" if near else "`crisis models` lists the shipped ones"
        message = f"no file and no shipped model of this name; {hint}"
        raise ModelError([Problem(text, 0, 0, "", message)])
    return Model(read_model(shipped[name].read_bytes(), f"{name}.yaml"), name)
