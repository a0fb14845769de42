"""One sequential equilibrium: the limit of the path of agent quantal responses.

Every information set is an agent of its own that responds better to better actions; as responses
grow precise, choices and beliefs go to a sequential equilibrium (McKelvey and Palfrey 1998, theorem
4).  The points of the path show which actions are played and which histories believed in the limit;
the equilibrium with these is then found by Newton's method, and in rationals where it has simple
ones.  What is returned has been tested for rationality and for consistency.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from gametheory_crisis.errors import SolverError
from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.extensive import Assessment, ExtensiveGame, Family, TreeSolution
from gametheory_crisis.solvers.extensive_form.agent_model import AgentModel, Mask
from gametheory_crisis.solvers.extensive_form.consistency import is_consistent
from gametheory_crisis.solvers.extensive_form.rationals import in_rationals
from gametheory_crisis.solvers.extensive_form.recall import require_perfect_recall
from gametheory_crisis.solvers.extensive_form.subgames import subgame_perfect
from gametheory_crisis.solvers.extensive_form.values import largest_gains, restored
from gametheory_crisis.solvers.normal_form.logit_path import FloatArray, PathPoint, trace

CUTS = (1e-3, 1e-2, 1e-5, 1e-8, 0.05)
"""Probabilities below which an action or a history is tried as one that has none in the limit."""
NEAR = 1e-3
"""Distance between a point of the path and the equilibrium that counts as its limit."""
LEAST_PRECISION, MOST_PRECISION = 30.0, 1e9
"""Where limits begin to be looked for, and where the path is left if it has led to none."""
TOLERANCE = 1e-10
"""Most that a player may gain where it moves, as a share of the spread of its payoffs."""
AGREEMENT = 1e-7
"""Most by which beliefs, in logarithms, may differ from those of vanishing mistakes."""
SIMPLE = (100, 1_000, 10_000, 100_000)
"""Largest denominators of probabilities that are tried as exact, in turn."""
SETTLED = 1e-6
"""Distance between equilibria that successive points suggest at which the path has arrived."""
ROUNDED = 1e-5
"""Most by which a probability and a ratio that is tried for it may differ."""
PERTURBATIONS = (1e-6, 1e-4, 1e-2)
"""Sizes, in units of the spread of payoffs, of the random changes tried where the path is stuck."""
ONE_OF_SEVERAL = "one sequential equilibrium, there may be others"


def sequential(game: ExtensiveGame) -> TreeSolution:
    """The sequential equilibrium to which the path of agent quantal responses leads.

    Where every move is seen, it is found by backward induction, with the earliest action at ties.

    Returns
    -------
    One family, in rationals where the equilibrium was recognised as rational and proven, else in
    floats.  No player gains more than 1e-10 of the spread of its payoffs anywhere.

    Raises
    ------
    UnsupportedGame
        A player forgets its own moves, or the tree is too large.
    SolverError
        No point of the path led to an equilibrium; ``best`` carries the precision reached.
    """
    require_perfect_recall(game, "a path of agent quantal responses")
    if all(len(place.histories) == 1 for place in game.information_sets):
        return _all_seen(game)
    assessment = _Limit(in_rationals(game)).found()
    return restored(game, TreeSolution((Family(assessment),), (ONE_OF_SEVERAL,)))


def _all_seen(game: ExtensiveGame) -> TreeSolution:
    """The first subgame-perfect equilibrium of a game in which every move is seen."""
    first, *_ = subgame_perfect(game, bound=1).families
    one: Number = Fraction(1) if game.exact else 1.0
    beliefs = ((one,),) * len(game.information_sets)
    family = replace(first, assessment=Assessment(first.assessment.behaviour, beliefs))
    return TreeSolution((family,), (ONE_OF_SEVERAL,))


class _Limit:
    """The search for the limit of one game's path."""

    def __init__(self, game: ExtensiveGame) -> None:
        self._game, self._model = game, AgentModel(game)
        self._spreads = []
        for i in range(len(game.players)):
            payoffs = [game.payoffs[end][i] for end in game.ends]
            self._spreads.append(max(payoffs) - min(payoffs))
        self._next = LEAST_PRECISION
        self._found: Assessment | None = None

    def found(self) -> Assessment:
        """The equilibrium, or the error that there is none to be had."""
        path = trace(self._model, self._arrived)
        if self._found is None:
            self._found = self._polished(path.last, 1.0)
        for seed, width in enumerate(PERTURBATIONS):
            if self._found is None:
                self._next = LEAST_PRECISION
                trace(self._model.disturbed(width, seed), self._arrived)
        if self._found is None:
            raise SolverError(
                f"the path of quantal responses led to no equilibrium: {path.status} at precision "
                f"{path.last.precision:.3g}",
                {"precision": path.last.precision},
            )
        return self._found

    def _arrived(self, point: PathPoint) -> bool:
        """Whether the path leads to the same equilibrium as before; asked each time it doubles."""
        if point.precision >= self._next:
            self._next = 2.0 * point.precision
            before, self._found = self._found, self._polished(point, NEAR)
            if before is not None and self._found is not None:
                return _apart(before, self._found) <= SETTLED
        return point.precision > MOST_PRECISION

    def _polished(self, point: PathPoint, near: float) -> Assessment | None:
        """The equilibrium with the supports that a point of the path suggests, if there is one."""
        belief, _ = self._model.beliefs(point.logs)
        for played, believed in self._supports(point.probabilities, belief):
            limited = self._model.limited(played, believed)
            logs = _indifferent(limited, point.logs, played)
            if logs is None:
                continue
            shares, limit = np.where(played, np.exp(logs), 0.0), limited.beliefs(logs)[0]
            apart = max(np.abs(shares - point.probabilities).max(), np.abs(limit - belief).max())
            if apart <= near:
                assessment = self._tested(shares, limit)
                if assessment is not None:
                    return assessment
        return None

    def _supports(self, shares: FloatArray, belief: FloatArray) -> Iterator[tuple[Mask, Mask]]:
        """Actions and histories that may have positive probability, without repetition."""
        seen = set()
        for cut in CUTS:
            played, believed = shares > cut, belief > cut
            key = played.tobytes() + believed.tobytes()
            if key not in seen:
                seen.add(key)
                yield played, believed

    def _tested(self, shares: FloatArray, belief: FloatArray) -> Assessment | None:
        """The assessment, in rationals where it is one in rationals; None if no equilibrium."""
        rows = [part / part.sum() for part in self._model.split(shares)]
        counts = [len(place.histories) for place in self._game.information_sets]
        beliefs = np.split(belief, np.cumsum(counts)[:-1])
        for largest in SIMPLE:
            simple, simple_beliefs = _rationals(rows, largest), _rationals(beliefs, largest)
            if simple is not None and simple_beliefs is not None:
                exact = Assessment(simple, simple_beliefs)
                if self._gain(exact) == 0 and is_consistent(self._game, exact):
                    return exact
        rounded = Assessment(_plain(rows), _plain(beliefs))
        if self._gain(rounded) <= TOLERANCE and is_consistent(self._game, rounded, AGREEMENT):
            return rounded
        return None

    def _gain(self, assessment: Assessment) -> float | Fraction:
        """The most that a player gains where it moves, as a share of its payoffs' spread."""
        assert assessment.beliefs is not None
        gains = largest_gains(self._game, assessment.behaviour, assessment.beliefs)
        return max(
            (g / spread for g, spread in zip(gains, self._spreads, strict=True) if spread),
            default=Fraction(0),
        )


def _indifferent(model: AgentModel, start: FloatArray, played: Mask) -> FloatArray | None:
    """Logarithms near some others that leave every agent indifferent among what it plays.

    Gauss-Newton with steps of least length: where beliefs or choices are not determined, they stay
    as close to the path as they can.
    """
    logs = start.copy()
    for _ in range(30):
        values, slopes = model.values(logs), model.jacobian(logs)
        rows, target, first = [], [], 0
        for size in model.sizes:
            actions = first + np.flatnonzero(played[first : first + size])
            for a in actions[1:]:
                rows.append(slopes[a] - slopes[actions[0]])
                target.append(values[actions[0]] - values[a])
            total = np.zeros(len(logs))
            total[actions] = np.exp(logs[actions])
            rows.append(total)
            target.append(1.0 - total.sum())
            first += size
        move = np.linalg.lstsq(np.array(rows), np.array(target), rcond=1e-11)[0]
        largest = float(np.abs(move).max())
        if not largest < 20.0:
            return None
        logs += move * min(1.0, 1.0 / max(largest, 1e-300))
        if largest < 1e-14 * (1.0 + float(np.abs(logs).max())):
            break
    return logs


def _rationals(rows: Sequence[FloatArray], largest: int) -> tuple[tuple[Fraction, ...], ...] | None:
    """Ratios with small denominators next to some distributions, or None where there are none."""
    found = []
    for row in rows:
        simple = tuple(Fraction(float(p)).limit_denominator(largest) for p in row)
        far = max(abs(float(s) - p) for s, p in zip(simple, row, strict=True)) > ROUNDED
        if far or sum(simple) != 1:
            return None
        found.append(simple)
    return tuple(found)


def _apart(one: Assessment, other: Assessment) -> float:
    """The largest difference between two assessments' probabilities."""
    rows = [[*found.behaviour, *(found.beliefs or ())] for found in (one, other)]
    pairs = zip(*rows, strict=True)
    return max(abs(float(p) - float(q)) for a, b in pairs for p, q in zip(a, b, strict=True))


def _plain(rows: Sequence[FloatArray]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(map(float, row)) for row in rows)
