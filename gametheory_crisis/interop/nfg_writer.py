"""Strategic forms as Gambit's ``.nfg`` text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gametheory_crisis.interop.efg_writer import label, unique
from gametheory_crisis.interop.number_text import exact, number_text
from gametheory_crisis.results import Number


def nfg_text(
    payoffs: Sequence[Sequence[Number]],
    strategies: Sequence[Sequence[str]],
    players: Sequence[str],
    title: str,
    *,
    names: bool = False,
) -> str:
    """The game in Gambit's strategic format.

    Parameters
    ----------
    payoffs : per profile the payoff of each player, the first player's strategy changing fastest
    strategies : per player the names of its strategies
    players : names
    title : any text
    names : write the names of the strategies, which Gambit reads and OpenSpiel does not; otherwise
        only how many there are

    Raises
    ------
    ValueError : the payoffs do not fit the strategies
    NotFinite : a number is none
    """
    profiles = math.prod(map(len, strategies))
    if len(payoffs) != profiles or any(len(row) != len(players) for row in payoffs):
        raise ValueError(f"expected payoffs of {profiles} profiles and {len(players)} players")
    owners = " ".join(map(label, players))
    own = [" ".join(map(label, unique(each))) for each in strategies]
    if not names:
        shape = f"{{ {' '.join(str(len(each)) for each in strategies)} }}"
    else:
        shape = "\n".join(["{", *(f"{{ {each} }}" for each in own), "}"])
    rows = (" ".join(number_text(exact(payoff)) for payoff in row) for row in payoffs)
    return "\n".join([f"NFG 1 R {label(title)} {{ {owners} }}", shape, "", *rows]) + "\n"
