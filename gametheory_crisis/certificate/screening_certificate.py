"""The certificate of an equilibrium in which offers screen a player's private numbers."""

from __future__ import annotations

from dataclasses import dataclass

from gametheory_crisis.certificate.certify import Certificate
from gametheory_crisis.results import Number


@dataclass(frozen=True, slots=True)
class OfferCertificate(Certificate):
    """What offers to a player with private numbers are worth, recomputed from the graph of moves.

    Attributes
    ----------
    regret : the larger of the two below; ``nan`` where a payoff is undefined
    proposer_regret : the most that uninformed players gain by one other choice
    type_regret : the most that a type gains by other answers
    """

    proposer_regret: Number
    type_regret: Number
