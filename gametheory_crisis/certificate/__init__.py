"""Certificates: an equilibrium's numbers and regret, recomputed from the graph of moves alone.

Nothing here is shared with a solver: expressions are evaluated, days unrolled and strategies
followed by code of its own, so a slip in a solver cannot hide in its own certificate.
"""

from gametheory_crisis.certificate.certify import Certificate, certify
from gametheory_crisis.certificate.certify_markov import certify_markov
from gametheory_crisis.certificate.certify_shocks import ShockCertificate, certify_shocks
from gametheory_crisis.certificate.certify_tree import TreeCertificate, certify_tree

__all__ = [
    "Certificate",
    "ShockCertificate",
    "TreeCertificate",
    "certify",
    "certify_markov",
    "certify_shocks",
    "certify_tree",
]
