"""One equilibrium as an engine returns it: a solver's numbers that the certificate confirms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from gametheory_crisis.certificate import Certificate, TreeCertificate
from gametheory_crisis.errors import SolverError
from gametheory_crisis.games.arithmetic import Number, as_float, is_nan
from gametheory_crisis.results import Choice, Equilibrium

if TYPE_CHECKING:
    from gametheory_crisis.solvers.values import Value

MAX_MISMATCH = 1e-9
"""Largest difference, as a share, between a solver's payoffs and those of the certificate."""
ERRORS = 10
"""How many times a method's own error its numbers may differ from the certificate's."""
MAX_REGRET = 1e-7
"""Largest regret of an equilibrium, as a share of the largest payoff."""


def certified(
    value: Value,
    regime: str,
    strategies: Mapping[str, tuple[Choice, ...]],
    certificate: Certificate | TreeCertificate,
    regret: Number,
    outcomes: Sequence[str],
    error: float = 0.0,
) -> Equilibrium:
    """An equilibrium whose payoffs and regret the certificate confirms.

    Parameters
    ----------
    value : what the solver found play to be worth
    regime, strategies : as in `Equilibrium`
    certificate : that of the strategies
    regret : the one that counts for the solution concept
    outcomes : names of the outcomes
    error : of the solver's numbers, where its method approximates

    Raises
    ------
    SolverError
        The payoffs differ, or somebody gains by deviating.
    """
    payoffs = dict(zip(certificate.payoffs, value.payoffs, strict=True))
    _confirm(payoffs, certificate, regret, error)
    rational = {name: v for name, v in payoffs.items() if isinstance(v, Fraction)}
    return Equilibrium(
        payoffs={name: as_float(number) for name, number in payoffs.items()},
        outcomes={
            name: as_float(value.outcomes.get(index, 0)) for index, name in enumerate(outcomes)
        },
        regime=regime,
        expected_day=None if is_nan(value.day) else as_float(value.day),
        strategies=strategies,
        regret=as_float(regret),
        exact=certificate.exact,
        exact_payoffs=rational if certificate.exact else None,
        ends={
            outcome: {day: as_float(share) for day, share in sorted(by_day.items())}
            for outcome, by_day in certificate.ends.items()
        },
    )


def _confirm(
    payoffs: Mapping[str, Number],
    certificate: Certificate | TreeCertificate,
    regret: Number,
    error: float,
) -> None:
    """Hold a solver's payoffs against those of the certificate, and the regret against zero.

    Where all is rational nothing is allowed for rounding, however small the payoffs.

    Raises
    ------
    SolverError
        They differ, or somebody gains by deviating.
    """
    largest, allowed = 0.0 if certificate.exact else 1.0, ERRORS * error
    for player, number in payoffs.items():
        recomputed = as_float(certificate.payoffs[player])
        if not certificate.exact:
            largest = max(largest, abs(recomputed), abs(as_float(number)))
        difference = abs(as_float(number - certificate.payoffs[player]))
        if difference > MAX_MISMATCH * largest + allowed:
            raise SolverError(
                f"the certificate finds a payoff of {recomputed!r} for {player} where the solver "
                f"finds {as_float(number)!r}; please report this model",
                {name: as_float(value) for name, value in payoffs.items()},
            )
    if regret > MAX_REGRET * largest + allowed:
        raise SolverError(
            f"the certificate finds a regret of {as_float(regret):.3g}; please report this model",
            {name: as_float(value) for name, value in payoffs.items()},
        )
