"""Whether what a model's author claims holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gametheory_crisis.compiler.freezing import make_tape
from gametheory_crisis.errors import CrisisError
from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.language.graph import FOREVER, Claim
from gametheory_crisis.model import Model
from gametheory_crisis.results import Equilibrium, Solution

SURE = 1e-9
"""A sure outcome, and the day of it, may miss probability 1 by this much."""


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """A claim, whether it holds, and the numbers found in its place."""

    claim: Claim
    holds: bool
    message: str


def check_claims(model: Model) -> list[ClaimResult]:
    """Check every claim of a model; a claim whose point cannot be solved does not hold."""
    return [check_claim(model, claim) for claim in model.graph.claims]


def check_claim(model: Model, claim: Claim) -> ClaimResult:
    """Check one claim: by every equilibrium that is listed, or with ``some`` by at least one."""
    try:
        solution = model.solve(claim.at)
    except CrisisError as error:
        return ClaimResult(claim, False, str(error))
    expected = _Expected(model, claim, model.point(claim.at))
    if claim.equilibria is not None and claim.equilibria != len(solution.equilibria):
        count = len(solution.equilibria)
        noun = "equilibrium" if count == 1 else "equilibria"
        found = f"{count} {noun}, not {claim.equilibria}"
        return ClaimResult(claim, False, found)
    return _over_equilibria(claim, solution, expected)


def _over_equilibria(claim: Claim, solution: Solution, expected: _Expected) -> ClaimResult:
    faults = [expected.faults(equilibrium) for equilibrium in solution.equilibria]
    broken = [fault for fault in faults if fault]
    holds = len(broken) < len(faults) if claim.some else not broken
    return ClaimResult(claim, holds, "" if holds else "; ".join(broken[0]))


class _Expected:
    """What a claim expects, as numbers at its point."""

    def __init__(self, model: Model, claim: Claim, point: Mapping[str, Number]) -> None:
        self.claim = claim
        self.within = as_float(claim.within)
        evaluator = Evaluator(make_tape(model.graph.expressions), point)

        def numbers(handles: Mapping[str, int]) -> dict[str, float]:
            return {name: as_float(evaluator.value(handle)) for name, handle in handles.items()}

        self.payoff = numbers(claim.payoff)
        self.probability = numbers(claim.probability)

    def faults(self, equilibrium: Equilibrium) -> list[str]:
        """What an equilibrium has that the claim does not expect."""
        claim = self.claim
        faults = []
        if claim.regime is not None and equilibrium.regime != claim.regime:
            faults.append(f"the regime is {equilibrium.regime}, not {claim.regime}")
        outcomes = {FOREVER: 0.0, **equilibrium.outcomes}
        share = 1.0 if claim.outcome is None else outcomes[claim.outcome]
        if share < 1 - SURE:
            faults.append(f"{claim.outcome} has probability {share:.6g}, not 1")
        if claim.day is not None:
            on_day = sum(by_day.get(claim.day, 0) for by_day in equilibrium.ends.values())
            if on_day < 1 - SURE:
                faults.append(f"play ends on day {claim.day} with probability {on_day:.6g}, not 1")
        faults += self._numbers("payoff", self.payoff, equilibrium.payoffs)
        return faults + self._numbers("probability", self.probability, outcomes)

    def _numbers(
        self, kind: str, expected: Mapping[str, float], found: Mapping[str, float]
    ) -> list[str]:
        return [
            f"{kind} of {name} is {found[name]:.10g}, not {number:.10g}"
            for name, number in expected.items()
            if not abs(found[name] - number) <= self.within
        ]
