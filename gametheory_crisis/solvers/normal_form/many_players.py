"""All Nash equilibria of small games of any number of players.

Pure equilibria are compared exactly.  Mixed ones are sought support by support (`support_systems`):
each that is listed is proven to exist, and ``complete`` says that all others are excluded by
proof.  Where three players or more mix and their equations have a continuum of solutions, or one
at which the derivative is singular, no proof comes about and the supports are named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, product
from math import prod
from typing import TypeAlias

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.kernels.operations import RELATIVE_TIE
from gametheory_crisis.solvers.normal_form.multilinear import (
    Payoffs,
    Profiles,
    Supports,
    check_tables,
    regret,
    restricted,
    sure,
)
from gametheory_crisis.solvers.normal_form.pure_profiles import pure_equilibria, undominated
from gametheory_crisis.solvers.normal_form.root_certificate import Root
from gametheory_crisis.solvers.normal_form.support_systems import SupportSearch

Progress: TypeAlias = Callable[[int, int], None]

MOST_SUPPORTS = 40_000
"""Supports in a game; with more only pure equilibria are sought."""
MOST_CELLS, MOST_CELLS_EACH = 400_000, 60_000
"""Cells that the searches by subdivision look at, together and for one choice of supports."""
MOST_NAMED = 4
"""Supports spelled out in one note."""


@dataclass(frozen=True, slots=True)
class ManyEquilibrium:
    """One equilibrium of a game of many players.

    Attributes
    ----------
    profile : per player the probability of each action; rationals where ``exact``, else floats
        within 1e-11 of the true probabilities
    exact : whether the probabilities are the equilibrium's, not the floats next to them
    regret : the most that anybody gains by deviating from ``profile``, computed exactly from the
        payoffs as they were given
    """

    profile: Profiles
    exact: bool
    regret: Number


@dataclass(frozen=True, slots=True)
class ManyResult:
    """The equilibria of a game of many players.

    Attributes
    ----------
    equilibria : the pure ones in lexicographic order, then mixed ones by their supports
    complete : whether there are provably no others, but for continua whose extreme points are
        all listed
    notes : in words, what stands against completeness, and which equilibria form continua
    unsettled : supports (per player the actions that it mixes) at which further equilibria may be
    continua : supports with which there is a continuum of equilibria: per player all mixtures of
        extreme points with these or smaller supports, all of which are listed
    """

    equilibria: tuple[ManyEquilibrium, ...]
    complete: bool
    notes: tuple[str, ...] = ()
    unsettled: tuple[Supports, ...] = ()
    continua: tuple[Supports, ...] = ()


@dataclass
class _Findings:
    mixed: list[tuple[Supports, Root]] = field(default_factory=list)
    ties: list[Supports] = field(default_factory=list)
    unsettled: list[Supports] = field(default_factory=list)
    continua: list[Supports] = field(default_factory=list)


def solve_many(
    payoffs: Payoffs,
    shape: Sequence[int],
    *,
    exact: bool = True,
    progress: Progress | None = None,
    most_cells: int = MOST_CELLS,
) -> ManyResult:
    """All equilibria of a game, or those that can be proven and a note.

    Parameters
    ----------
    payoffs : ``payoffs[i]`` is player i's payoff at each profile of actions, in lexicographic
        order, the last player's action fastest; floats count as the rationals that they are
    shape : number of actions of each player
    exact : false treats payoffs of one player that differ by less than one part in 10^12 as equal,
        and gives probabilities as floats
    progress : called with the supports done and their number
    most_cells : effort after which the supports left over are reported as not settled

    Raises
    ------
    ParameterError
        where the payoffs are not one finite table for each player
    """
    check_tables(payoffs, shape)
    tables = [_rationals(table, exact=exact) for table in payoffs]
    pure = [sure(actions, shape) for actions in pure_equilibria(tables, shape)]
    kept = undominated(tables, shape)
    findings, notes = _Findings(), []
    num_supports = prod((1 << len(actions)) - 1 for actions in kept)
    too_many = num_supports > MOST_SUPPORTS
    if too_many:
        notes.append(f"mixed equilibria are not sought: there are {num_supports} supports")
    else:
        findings = _search(tables, shape, kept, progress, most_cells)
    profiles: list[tuple[Profiles, bool]] = [(profile, True) for profile in pure]
    profiles += [_spread_out(shape, supports, root) for supports, root in findings.mixed]
    notes += _notes(findings)
    return ManyResult(
        tuple(_certified(payoffs, shape, profile, exact and known) for profile, known in profiles),
        complete=not too_many and not findings.unsettled and not findings.ties,
        notes=tuple(notes),
        unsettled=tuple(findings.unsettled),
        continua=tuple(findings.continua),
    )


def _search(
    tables: Sequence[Sequence[Fraction]],
    shape: Sequence[int],
    kept: Supports,
    progress: Progress | None,
    most_cells: int,
) -> _Findings:
    """Go through all supports but those in which nobody mixes."""
    small = [restricted(table, shape, kept) for table in tables]
    search = SupportSearch([[Fraction(v) for v in table] for table in small], list(map(len, kept)))
    findings, left = _Findings(), most_cells
    todo = list(_supports(list(map(len, kept))))
    for done, supports in enumerate(todo):
        if progress is not None:
            progress(done, len(todo))
        found = search.solve(supports, most_cells=min(left, MOST_CELLS_EACH))
        left -= found.cells
        named = tuple(
            tuple(actions[a] for a in support)
            for actions, support in zip(kept, supports, strict=True)
        )
        findings.mixed += [(named, root) for root in found.equilibria + found.ties]
        findings.ties += [named] * len(found.ties)
        if not found.settled:
            findings.unsettled.append(named)
        if found.continuum:
            findings.continua.append(named)
    if progress is not None:
        progress(len(todo), len(todo))
    return findings


def _supports(shape: Sequence[int]) -> Iterator[Supports]:
    """Supports in which somebody mixes, the smallest first."""
    subsets = [
        [subset for size in range(1, n + 1) for subset in combinations(range(n), size)]
        for n in shape
    ]
    everything = (s for s in product(*subsets) if any(len(part) > 1 for part in s))
    yield from sorted(everything, key=lambda s: sum(map(len, s)))


def _rationals(table: Sequence[Number], *, exact: bool) -> list[Fraction]:
    """A player's payoffs as rationals; payoffs that tie but for rounding made equal."""
    numbers = [Fraction(value) for value in table]
    if exact:
        return numbers
    slack = Fraction(RELATIVE_TIE)
    merged: dict[Fraction, Fraction] = {}
    last: Fraction | None = None
    for value in sorted(set(numbers)):
        if last is None or value - last > slack * max(abs(value), abs(last)):
            last = value
        merged[value] = last
    return [merged[value] for value in numbers]


def _spread_out(shape: Sequence[int], supports: Supports, root: Root) -> tuple[Profiles, bool]:
    """A root as a profile of the whole game, and whether it is exact."""
    profile = tuple(
        tuple(dict(zip(support, part, strict=True)).get(a, Fraction(0)) for a in range(size))
        for size, support, part in zip(shape, supports, root.point, strict=True)
    )
    return profile, root.error == 0


def _certified(
    payoffs: Payoffs, shape: Sequence[int], profile: Profiles, exact: bool
) -> ManyEquilibrium:
    if exact:
        return ManyEquilibrium(profile, exact, regret(payoffs, shape, profile))
    profile = tuple(tuple(float(p) for p in part) for part in profile)
    return ManyEquilibrium(profile, exact, float(regret(payoffs, shape, profile)))


def _notes(findings: _Findings) -> list[str]:
    notes = []
    if findings.unsettled:
        notes.append(
            f"further equilibria, perhaps a continuum, may have the supports "
            f"{_named(findings.unsettled)}: the search there ended without a proof"
        )
    if findings.continua:
        notes.append(
            f"there is a continuum of equilibria with supports {_named(findings.continua)}; its "
            f"extreme points are listed"
        )
    if findings.ties:
        notes.append(
            f"at the equilibria with supports {_named(findings.ties)} an action that is not played "
            f"pays the same to all digits computed; that it does not gain is not proven"
        )
    return notes


def _named(supports: Sequence[Supports]) -> str:
    """Supports in words, actions counted from 1."""
    words = [
        " x ".join("{" + ", ".join(str(a + 1) for a in part) + "}" for part in entry)
        for entry in supports[:MOST_NAMED]
    ]
    more = len(supports) - len(words)
    return "; ".join(words) + (f" and {more} more" if more > 0 else "")
