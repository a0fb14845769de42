"""The last steps of the bimatrix kernels: equilibria are checked, counted and put in order."""

from __future__ import annotations

from gametheory_crisis.kernels.bimatrix_mixtures import COMPLETE, DOUBTFUL, TIE
from gametheory_crisis.kernels.jit import inlined, jit


@inlined
def settle(payoffs, other_payoffs, x, y, start, end, status, index):
    """Check and sort the equilibria in rows ``start`` to ``end``; see `solve_small`."""
    if status != COMPLETE:
        return 0, status
    if end < 0:
        return end, COMPLETE
    stable = index == 1
    for e in range(start, end):
        stable &= not gains_from_deviating(payoffs, x, y, e)
        stable &= not gains_from_deviating(other_payoffs, y, x, e)
    if not stable or not sort(x, y, start, end):
        return 0, DOUBTFUL
    return end - start, COMPLETE


@jit
def sort(x, y, start, end):
    """Sort rows ``start`` to ``end`` by their supports, in place; False if two have the same."""
    for e in range(start + 1, end):
        for place in range(e, start, -1):
            order = compare_supports(x, place, place - 1)
            if order == 0:
                order = compare_supports(y, place, place - 1)
            if order == 0:
                return False
            if order > 0:
                break
            exchange(x, place)
            exchange(y, place)
    return True


@inlined
def compare_supports(mixtures, left, right):
    """-1 if the support of row ``left`` comes first, 1 if that of ``right``, 0 if they are equal.

    A smaller support comes first, then the one with the lowest action that they do not share.
    """
    surplus = 0
    first = 0
    for a in range(mixtures.shape[1]):
        difference = (1 if mixtures[left, a] > 0.0 else 0) - (1 if mixtures[right, a] > 0.0 else 0)
        surplus += difference
        first = -difference if first == 0 else first
    if surplus != 0:
        return 1 if surplus > 0 else -1
    return first


@jit
def exchange(mixtures, place):
    """Exchange a mixture with the one before it."""
    for a in range(mixtures.shape[1]):
        kept = mixtures[place, a]
        mixtures[place, a] = mixtures[place - 1, a]
        mixtures[place - 1, a] = kept


@inlined
def gains_from_deviating(payoffs, own, other, place):
    """Whether a mixture is clearly not a best reply, judged on the payoffs as they were given.

    Parameters
    ----------
    payoffs : float64 (num_own, num_other)
    own, other : float64 (n, num_own) and (n, num_other); the mixtures are their rows ``place``
    """
    num_own, num_other = payoffs.shape
    chosen = 0
    for a in range(num_own):
        chosen = a if own[place, a] > own[place, chosen] else chosen
    if own[place, chosen] == 1.0:
        return False  # a single action was found best by comparing these very payoffs
    found = False
    for a in range(num_own):
        gain = 0.0
        spread = 0.0
        for b in range(num_other):
            difference = payoffs[a, b] - payoffs[chosen, b]
            spread = max(spread, abs(difference))
            gain += difference * other[place, b]
        bound = TIE * spread
        found |= (gain > bound) | ((own[place, a] > 0.0) & (gain < -bound))
    return found
