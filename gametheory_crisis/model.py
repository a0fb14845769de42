"""A model as users hold it: read, and solved at a point, in batches or inside their own code."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

from gametheory_crisis.certificate import Certificate, certify
from gametheory_crisis.compiler.classify import GameClass, classify
from gametheory_crisis.errors import (
    ModelError,
    ParameterError,
    Problem,
    SolverError,
    UnsupportedGame,
)
from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.stage import Kind, StageGame
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.points import admissible, bounds, parameter_value, unknown_parameter
from gametheory_crisis.results import Choice, Equilibrium, Solution

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from gametheory_crisis.kernels.cell import CellResult
    from gametheory_crisis.solvers.block_induction import BlockSolver, Cells, Progress
    from gametheory_crisis.solvers.pointwise import PointwiseSolver
    from gametheory_crisis.solvers.recursion import Profile, Recursion

METHODS = ("recursion",)
SELECTIONS = ("all", "payoff", "risk", "logit", "mixed", "first")
MAX_MISMATCH = 1e-9
"""Largest difference, as a share, between a solver's payoffs and those of the certificate."""


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
    def stage_game(self) -> StageGame:
        """The numeric form that the recursion solves."""
        from gametheory_crisis.compiler.stages import stage_game

        return stage_game(self.graph)

    @cached_property
    def block_solver(self) -> BlockSolver | PointwiseSolver:
        """What solves many points at once: the block kernel, or else one point after the other."""
        from gametheory_crisis.compiler.induction import solution_program
        from gametheory_crisis.solvers.block_induction import BlockSolver
        from gametheory_crisis.solvers.pointwise import PointwiseSolver

        game = self.stage_game
        try:
            first, last = solution_program(game), solution_program(game, last=True)
        except UnsupportedGame:
            return PointwiseSolver(game)
        sizes = len(self.players), len(self.outcomes)
        return BlockSolver(first, last, *sizes, fallback=PointwiseSolver(game))

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
        **parameters: Any,
    ) -> Solution:
        """The equilibria at one point, each with its certificate.

        Parameters
        ----------
        values, **parameters : the point; see `point`
        method : name of the engine; None takes the one of the model's class
        select : rule where a simultaneous stage has several equilibria
        refine : refinement of Bayesian equilibria
        exact : insist on rational arithmetic throughout, the certificate included

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
        return self.solve_point(point, method=method, select=select, refine=refine, exact=exact)

    def solve_point(
        self,
        point: Mapping[str, Number],
        *,
        method: str | None = None,
        select: str | None = None,
        refine: str | None = None,
        exact: bool = False,
        progress: Progress | None = None,
    ) -> Solution:
        """As `solve`, for a whole point from `point`.

        ``progress`` is called with the equilibria certified so far and their number.
        """
        from gametheory_crisis.solvers.recursion import solve_recursion

        engine = self.engine
        _check_options(method, engine, select, refine)
        finite = not any(p.kind is Kind.OFFER for p in self.stage_game.positions)
        if exact and not finite:
            raise UnsupportedGame(
                "a continuous offer has no exact certificate; give the offer a grid (grid: 21)"
            )
        found = solve_recursion(self.stage_game, point, select=select)
        numbers = dict(point)
        if not found.exact:
            numbers = {name: as_float(value) for name, value in point.items()}
        equilibria = []
        for profile in found.profiles:
            equilibria.append(self._equilibrium(numbers, profile, found))
            if progress is not None:
                progress(len(equilibria), len(found.profiles))
        if exact and not all(equilibrium.exact for equilibrium in equilibria):
            raise UnsupportedGame(
                "the arithmetic is not rational at this point, or its numbers grow too long"
            )
        return Solution(
            model=self.name,
            parameters=dict(point),
            concept=self.concept,
            method=engine,
            complete=not found.notes,
            equilibria=tuple(equilibria),
            notes=found.notes,
        )

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

        points = np.atleast_2d(np.asarray(theta, dtype=np.float64))
        if points.ndim != 2 or points.shape[1] != len(self.parameters):
            raise ParameterError(
                f"theta has shape {points.shape}; expected (n, {len(self.parameters)}), "
                f"columns {', '.join(self.parameters)}"
            )
        columns = {
            name: np.ascontiguousarray(points[:, k]) for k, name in enumerate(self.parameters)
        }
        return self.block_solver.solve_points(
            columns, admissible(self.graph, points), threads=threads
        )

    def kernel(self) -> Callable[[NDArray[np.float64]], CellResult]:
        """A numba-compiled function of one point, to be called from compiled code of your own.

        It takes a float64 array of all parameters, in the order of `parameters`, and returns a
        `CellResult`: status, regime (index into `regimes`), expected day, payoffs, probabilities.

        Raises
        ------
        UnsupportedGame
            The game cannot be written as straight-line arithmetic.
        """
        import numpy as np

        from gametheory_crisis.compiler.induction import solution_program
        from gametheory_crisis.games.schedule import schedule
        from gametheory_crisis.kernels.cell import cell_kernel

        plan = schedule(solution_program(self.stage_game), (), self.parameters)
        order = np.array([self.parameters.index(name) for name in plan.cell[0]], dtype=np.int64)
        limits = np.array([bounds(p) for p in self.graph.parameters.values()]).reshape(-1, 3)
        sizes = len(self.players), len(self.outcomes)
        kernel: Callable[[NDArray[np.float64]], CellResult] = cell_kernel(
            plan, order, limits, sizes
        )
        return kernel

    def _equilibrium(
        self, point: dict[str, Number], profile: Profile, found: Recursion
    ) -> Equilibrium:
        from gametheory_crisis.solvers.regimes import regime_of
        from gametheory_crisis.solvers.strategies import strategies

        game, value = self.stage_game, profile.value
        places = strategies(game, point, profile, found.days)
        ordered: dict[str, tuple[Choice, ...]] = {
            node: places[node] for node in self.graph.nodes if node in places
        }
        certificate = certify(self.graph, point, ordered)
        payoffs = dict(zip(self.players, value.payoffs, strict=True))
        _confirm(payoffs, certificate)
        rational = {name: v for name, v in payoffs.items() if isinstance(v, Fraction)}
        return Equilibrium(
            payoffs={name: as_float(number) for name, number in payoffs.items()},
            outcomes={
                name: as_float(value.outcomes.get(index, 0))
                for index, name in enumerate(self.outcomes)
            },
            regime=game.regimes[regime_of(game, point, value)][0],
            expected_day=as_float(value.day),
            strategies=ordered,
            regret=as_float(certificate.regret),
            exact=certificate.exact,
            exact_payoffs=rational if certificate.exact else None,
            ends={
                outcome: {day: as_float(share) for day, share in sorted(by_day.items())}
                for outcome, by_day in certificate.ends.items()
            },
        )


def _check_options(method: str | None, engine: str, select: str | None, refine: str | None) -> None:
    from gametheory_crisis.solvers.recursion import SELECTIONS as HANDLED

    if method is not None and method != engine:
        known = ", ".join(METHODS)
        if method not in METHODS:
            raise ParameterError(f"unknown method '{method}'; methods: {known}")
        raise UnsupportedGame(f"the model is solved by '{engine}', not by '{method}'")
    if select is not None and select not in SELECTIONS:
        raise ParameterError(f"unknown selection '{select}'; selections: {', '.join(SELECTIONS)}")
    if select is not None and select not in HANDLED:
        raise UnsupportedGame(f"the selection '{select}' needs mixed stages, not solved yet")
    if refine is not None:
        raise UnsupportedGame(f"the refinement '{refine}' applies to games of private information")


def _confirm(payoffs: Mapping[str, Number], certificate: Certificate) -> None:
    for player, number in payoffs.items():
        recomputed = as_float(certificate.payoffs[player])
        scale = max(1.0, abs(recomputed), abs(as_float(number)))
        if abs(as_float(number) - recomputed) > MAX_MISMATCH * scale:
            raise SolverError(
                f"the certificate finds a payoff of {recomputed!r} for {player} where the solver "
                f"finds {as_float(number)!r}; please report this model",
                {name: as_float(value) for name, value in payoffs.items()},
            )


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
