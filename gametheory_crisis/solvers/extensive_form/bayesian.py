"""Perfect Bayesian equilibria of any finite game: all of them where it is in signalling form."""

from __future__ import annotations

from gametheory_crisis.errors import SolverError, UnsupportedGame
from gametheory_crisis.games.extensive import ExtensiveGame, Family, TreeSolution
from gametheory_crisis.solvers.extensive_form.signalling import perfect_bayesian
from gametheory_crisis.solvers.extensive_form.values import same_play


def bayesian(game: ExtensiveGame) -> TreeSolution:
    """Perfect Bayesian equilibria.

    In signalling form (at most one move that answers another, once moves known in advance are
    folded) all of them.  Elsewhere all pure ones and one sequential equilibrium, and a note.
    """
    try:
        return perfect_bayesian(game)
    except UnsupportedGame:
        return _pure_and_one_sequential(game)


def _pure_and_one_sequential(game: ExtensiveGame) -> TreeSolution:
    from gametheory_crisis.solvers.extensive_form.agent_logit import sequential
    from gametheory_crisis.solvers.extensive_form.pure_bayesian import ONLY_PURE, pure_bayesian

    pure = pure_bayesian(game)
    families = list(pure.families)
    notes = [note for note in pure.notes if note != ONLY_PURE]
    try:
        families += [
            family
            for family in sequential(game).families
            if not any(_same(game, family, other) for other in pure.families)
        ]
        notes.append("of mixed equilibria only one is looked for, by tracing")
    except (SolverError, UnsupportedGame) as error:
        if not families:
            raise
        notes.append(f"mixed equilibria are not listed: {error}")
    return TreeSolution(tuple(families), tuple(dict.fromkeys(notes)))


def _same(game: ExtensiveGame, one: Family, other: Family) -> bool:
    return same_play(game, one.assessment.behaviour, other.assessment.behaviour)
