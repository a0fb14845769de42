"""The strategies that have names: which punishments they use where none are given."""

from __future__ import annotations

from fractions import Fraction

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.solvers.repeated.automata import (
    Actions,
    Mix,
    Profile,
    reversion,
    stick_and_carrot,
    tit_for_tat,
)
from gametheory_crisis.solvers.repeated.stage_facts import StageFacts

STRATEGIES = ("grim", "n_period", "tit_for_tat", "stick_and_carrot")

Punishment = str | int | Actions | None


def named_profile(
    stage: StageFacts, strategy: str, target: Actions, punishment: Punishment, periods: int | None
) -> Profile:
    """The profile of one of `STRATEGIES`; for the arguments see `RepeatedGame.critical`.

    Raises
    ------
    ParameterError
        A punishment that does not exist, is no equilibrium, or has to be named.
    """
    if strategy == "tit_for_tat":
        return tit_for_tat(target, _defections(stage, target, punishment), stage.sizes)
    if strategy == "stick_and_carrot":
        stick = _stick(stage, punishment)
        return stick_and_carrot(target, [stick, stick], stage.sizes)
    punishments = [_reverted_to(stage, punishment, i) for i in range(2)]
    return reversion(target, punishments, stage.sizes, periods)


def _reverted_to(stage: StageFacts, punishment: Punishment, culprit: int) -> tuple[Mix, Mix]:
    """The stage equilibrium that a deviator faces."""
    found = stage.equilibria.equilibria
    if isinstance(punishment, tuple):
        if any(stage.temptation(i, punishment) for i in range(2)):
            raise ParameterError("the punishment is no equilibrium of the stage")
        return stage.sure(punishment)
    if isinstance(punishment, int):
        if not 0 <= punishment < len(found):
            raise ParameterError(f"the stage has {len(found)} equilibria, counted from 0")
        return found[punishment]
    sure = [pair for pair in found if all(1 in mix for mix in pair)]
    mixing = [pair for pair in found if pair not in sure]
    pools = {None: sure or mixing, "pure": sure, "mixed": mixing, "any": list(found)}
    if punishment not in pools:
        known = ", ".join(repr(word) for word in pools if word)
        raise ParameterError(f"unknown punishment {punishment!r}; known: {known}")
    if not pools[punishment]:
        raise ParameterError(f"no equilibrium of the stage is {punishment}")
    return min(pools[punishment], key=lambda pair: stage.expected(culprit, pair))


def _defections(stage: StageFacts, target: Actions, punishment: Punishment) -> Actions:
    """What each plays after the other has left the target."""
    if isinstance(punishment, tuple):
        return punishment
    if punishment is not None:
        raise ParameterError("the defections of tit for tat are one action of each player")
    if stage.sizes == (2, 2):
        return 1 - target[0], 1 - target[1]
    if len(stage.pure_equilibria) != 1:
        raise ParameterError(
            "tit for tat needs to know the defections: punishment=(action, action)"
        )
    return stage.pure_equilibria[0]


def _stick(stage: StageFacts, punishment: Punishment) -> Actions:
    """One action of each player: those given, or worst for both at once and least tempting."""
    if isinstance(punishment, tuple):
        return punishment
    if punishment is not None:
        raise ParameterError("the stick is one action of each player")

    def harm(actions: Actions) -> tuple[Fraction, Fraction]:
        tempting = sum((stage.temptation(i, actions) for i in range(2)), Fraction(0))
        return max(stage.payoffs(actions)), tempting

    return min(stage.profiles, key=harm)
