"""How a model is to be solved, and what an engine is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.results import Solution

if TYPE_CHECKING:
    from gametheory_crisis.solvers.spreading import Progress

TREE_METHODS = ("tree", "nash", "subgame_perfect", "sequential")
"""Ways to solve the extensive form: perfect Bayesian equilibria, or those of another concept."""
MARKOV_METHODS = ("enumerate", "logit", "policy", "limit")
"""Ways to solve a game without end: all pure profiles; the path of logit equilibria; stage by
stage; the limit of longer and longer deadlines."""
PRIVATE_METHODS = ("thresholds", "screening", "cutoffs")
"""Ways to solve games of private numbers: offers to finitely many types; offers to a continuum, or
day after day; finite trees in which types from a continuum go by cutoffs."""
METHODS = ("recursion", *TREE_METHODS, *MARKOV_METHODS, *PRIVATE_METHODS)
SELECTIONS = ("all", "payoff", "risk", "logit", "mixed", "first")
LEAST, LARGEST = 1e-14, 0.1
"""The tolerances that can be asked for."""
REFINEMENTS = ("intuitive", "d1", "divinity")


@dataclass(frozen=True, slots=True)
class Request:
    """The options of one call.

    Attributes
    ----------
    method : one of `METHODS`, or None for the engine of the model's class
    select : one of `SELECTIONS`, or None
    refine : one of `REFINEMENTS`, or None
    exact : whether to insist on rational arithmetic throughout
    progress : called with the equilibria certified so far and their number
    tolerance : the largest error of one step of a method that approximates; None for its default
    """

    method: str | None = None
    select: str | None = None
    refine: str | None = None
    exact: bool = False
    progress: Progress | None = None
    tolerance: float | None = None

    def __post_init__(self) -> None:
        for kind, given, known in (
            ("method", self.method, METHODS),
            ("selection", self.select, SELECTIONS),
            ("refinement", self.refine, REFINEMENTS),
        ):
            if given is not None and given not in known:
                raise ParameterError(f"unknown {kind} '{given}'; {kind}s: {', '.join(known)}")
        if self.tolerance is not None and not LEAST <= self.tolerance <= LARGEST:
            raise ParameterError(
                f"a tolerance of {self.tolerance:g} does not lie in [{LEAST:g}, {LARGEST:g}]"
            )


class Engine(Protocol):
    """Solves one model."""

    def solve(self, point: Mapping[str, Number], request: Request) -> Solution:
        """The equilibria at a point."""

    @property
    def block_solver(self) -> Any:
        """What solves many points at once; see `BlockSolver`."""

    def kernel(self) -> Callable[..., Any]:
        """A compiled function of one point."""
