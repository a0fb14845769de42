"""Repeated games of two players: when is mutual restraint self-enforcing?

>>> import gametheory_crisis as gtc
>>> game = gtc.RepeatedGame([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["hold", "arm"]] * 2)
>>> print(game.critical("grim").critical, game.critical("tit_for_tat", concept="nash").critical)
1/2 2/3
>>> game.payoff_set("3/5").contains((3, 3))
True
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gametheory_crisis.errors import ParameterError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.nash_results import NashResult, bimatrix_result
from gametheory_crisis.repeated_answers import (
    CONCEPTS,
    PENAL_CODE,
    bracketed_set,
    critical_of_penal_code,
    critical_of_profile,
    payoff_set,
)
from gametheory_crisis.repeated_inputs import action_names, matrices, profile_of, share
from gametheory_crisis.repeated_results import (
    Automaton,
    CriticalDiscount,
    PayoffSet,
    Sustained,
    Vertices,
)
from gametheory_crisis.solvers.repeated.automata import Actions, Profile
from gametheory_crisis.solvers.repeated.incentives import one_discount
from gametheory_crisis.solvers.repeated.motion import choices
from gametheory_crisis.solvers.repeated.punishments import STRATEGIES, named_profile
from gametheory_crisis.solvers.repeated.stage_facts import StageFacts

if TYPE_CHECKING:
    from gametheory_crisis.model import Model
    from gametheory_crisis.solvers.repeated.stage_of_model import ModelStage

METHODS = ("abreu_sannikov", "jyc")


class RepeatedGame:
    """A stage game of two players, repeated for ever with one discount factor for both.

    Parameters
    ----------
    *stage : two payoff matrices, rows the first player's actions (nested sequences or arrays; a
        float counts as the decimal that it prints as); or a model, and perhaps a mapping of
        parameters to values
    hazard : probability, at least 0 and below 1, that play breaks down overnight, whatever was
        played: the discount factor then counts only (1 - hazard) times. Default: the model's, or 0
    actions : names of the first and of the second player's actions; default: the model's, or
        numbers
    **values : parameters of the model

    Attributes
    ----------
    players : names
    actions : per player the names of the actions
    payoffs : per player the matrix, exact
    hazard : see above

    Raises
    ------
    ParameterError
        Payoffs that are no matrices of one shape, names that do not fit, or no such point.
    UnsupportedGame
        The model is neither one simultaneous move of two players nor its daily repetition.
    """

    def __init__(
        self,
        *stage: Any,
        hazard: Any = None,
        actions: Sequence[Sequence[str]] | None = None,
        **values: Any,
    ) -> None:
        if stage and hasattr(stage[0], "graph"):
            read = _from_model(stage[0], *stage[1:], **values)
            tables, names, breakdown = read.tables, read.actions, read.hazard
            self.players = tuple(stage[0].players[i] for i in read.players)
        else:
            if len(stage) != 2 or values:
                raise ParameterError("a repeated game is made of two matrices, or of a model")
            tables, breakdown = matrices(*stage), Fraction(0)
            sizes = len(tables[0]), len(tables[0][0])
            names = tuple(map(str, range(sizes[0]))), tuple(map(str, range(sizes[1])))
            self.players = ("row", "column")
        self.payoffs = tables
        self.actions = names if actions is None else action_names(actions, names)
        self.hazard = breakdown if hazard is None else share(hazard, "the hazard")
        self._stage = StageFacts(tables)

    def __repr__(self) -> str:
        rows, columns = self._stage.sizes
        return f"<RepeatedGame {' and '.join(self.players)}: {rows} x {columns} actions>"

    # The stage

    @cached_property
    def stage_equilibria(self) -> NashResult:
        """All (extreme) equilibria of the stage."""
        return bimatrix_result(self.payoffs, self._stage.equilibria, "vertex_enumeration")

    @property
    def feasible(self) -> Vertices:
        """The convex hull of the stage's payoffs."""
        return tuple(self._stage.feasible)

    def minmax(self, pure: bool = True) -> tuple[Number, Number]:
        """What each player can secure against the other's worst action, or else worst mixture."""
        return self._stage.pure_minmax if pure else self._stage.mixed_minmax

    @cached_property
    def target(self) -> tuple[str, str]:
        """The profile that serves whoever fares worse best, measured from the pure minmax.

        Where several do, the one with the largest sum of payoffs, then the first.
        """
        least = self._stage.pure_minmax

        def merit(actions: Actions) -> tuple[Fraction, Fraction]:
            above = [p - m for p, m in zip(self._stage.payoffs(actions), least, strict=True)]
            return Fraction(min(above)), Fraction(sum(above))

        return self._words(max(self._stage.profiles, key=merit))

    # Strategies

    def critical(
        self,
        strategy: str | Automaton = "grim",
        *,
        target: Sequence[str | int] | None = None,
        punishment: Any = None,
        periods: int | None = None,
        hazard: Any = None,
        concept: str = "subgame_perfect",
    ) -> CriticalDiscount:
        """The discount factors at which a strategy profile is an equilibrium, and the least one.

        Parameters
        ----------
        strategy :

            - ``grim``: the target, and after a player departs alone a stage equilibrium for ever;
            - ``n_period``: the same for ``periods`` periods, then the target again;
            - ``tit_for_tat``: each plays its part of the target, but its defection in the period
              after the other has departed;
            - ``stick_and_carrot``: after a departure one period of a stick, begun anew unless
              obeyed, then the target again;
            - ``penal_code``: whatever punishes hardest (Abreu 1988), in pure actions with public
              randomisation;
            - or an `Automaton`.
        target : actions, by name or number, played for ever unless somebody departs; default
            `target`
        punishment : the stage equilibrium reverted to: None the worst for the deviator among the
            pure ones (among all where none is pure), ``mixed`` among those that mix, ``any`` among
            all; a number in `stage_equilibria`; or actions. For tit for tat the defections (default
            the other action of two; where there are more, those of the only pure equilibrium of the
            stage); for the stick the actions (default those worst for both at once)
        periods : length of the punishment of ``n_period``
        hazard : as for the game, default the game's
        concept : ``subgame_perfect`` or ``nash``

        Raises
        ------
        ParameterError
            An unknown strategy, action or concept; a punishment that is no stage equilibrium.
        UnsupportedGame
            An automaton in which a mixed action decides by chance which state comes next.
        """
        if concept not in CONCEPTS:
            raise ParameterError(f"unknown concept {concept!r}; known: {', '.join(CONCEPTS)}")
        breakdown = self.hazard if hazard is None else share(hazard, "the hazard")
        name = "automaton" if isinstance(strategy, Automaton) else strategy
        goal = self._numbers(self.target if target is None else target)
        if name == PENAL_CODE:
            if concept != "subgame_perfect":
                raise ParameterError("the penal code is made of subgame-perfect equilibria")
            return critical_of_penal_code(self._stage, self.actions, goal, breakdown)
        if isinstance(strategy, Automaton):
            profile = profile_of(strategy, self.actions)
            goal = _first_actions(profile, goal)
        else:
            profile = self._profile(strategy, goal, punishment, periods)
        return critical_of_profile(
            self._stage, self.actions, name, profile, goal, breakdown, concept
        )

    def sustains(
        self,
        strategy: str | Automaton,
        delta: Any,
        *,
        target: Sequence[str | int] | None = None,
        punishment: Any = None,
        periods: int | None = None,
        hazard: Any = None,
    ) -> Sustained:
        """Whether a strategy profile is an equilibrium at a discount factor, and the regrets.

        Parameters as for `critical`; there is no single profile that is *the* penal code.

        Raises
        ------
        ParameterError, UnsupportedGame
            As `critical`.
        """
        discount = self._effective(delta, hazard)
        if isinstance(strategy, Automaton):
            profile = profile_of(strategy, self.actions)
        else:
            goal = self._numbers(self.target if target is None else target)
            profile = self._profile(strategy, goal, punishment, periods)
        ways = [choices(self._stage, profile, i) for i in range(2)]
        first, second = (one_discount(way, discount) for way in ways)
        return Sustained(
            delta=share(delta, "the discount factor"),
            payoffs=(first.payoff, second.payoff),
            nash=first.plan_regret == second.plan_regret == 0,
            subgame_perfect=first.regret == second.regret == 0,
            nash_regret=max(first.plan_regret, second.plan_regret),
            regret=max(first.regret, second.regret),
        )

    def payoff_set(
        self,
        delta: Any,
        method: str = "abreu_sannikov",
        *,
        hazard: Any = None,
        directions: int | None = None,
    ) -> PayoffSet:
        """The average payoffs of all subgame-perfect equilibria in pure actions.

        Both players see a public random device in every period.

        Parameters
        ----------
        delta : the discount factor, at least 0 and below 1
        method : ``abreu_sannikov`` (2014), or ``jyc``: inner and outer approximations of Judd,
            Yeltekin and Conklin (2003)
        hazard : as for the game, default the game's
        directions : of the half planes of ``jyc``, at least 4; default 128

        Raises
        ------
        ParameterError
            An unknown method or a number out of its range.
        SolverError
            The iteration did not settle.
        """
        if method not in METHODS:
            raise ParameterError(f"unknown method {method!r}; known: {', '.join(METHODS)}")
        if directions is not None and (method != "jyc" or directions < 4):
            raise ParameterError("directions are at least 4, and for the method 'jyc' only")
        asked = share(delta, "the discount factor")
        discount = self._effective(delta, hazard)
        if method == "jyc" and discount > 0:
            return bracketed_set(self._stage, asked, discount, directions)
        return replace(payoff_set(self._stage, asked, discount), method=method)

    # Inside

    def _profile(self, strategy: str, goal: Actions, punishment: Any, periods: Any) -> Profile:
        if strategy not in STRATEGIES:
            known = ", ".join([*STRATEGIES, PENAL_CODE])
            raise ParameterError(f"unknown strategy {strategy!r}; known: {known}")
        whole = isinstance(periods, int) and not isinstance(periods, bool)
        if strategy == "n_period" and not (whole and periods >= 1):
            raise ParameterError("n_period needs periods=, a whole number of at least 1")
        if strategy != "n_period" and periods is not None:
            raise ParameterError(f"{strategy} has no number of periods")
        if punishment is not None and not isinstance(punishment, (str, int)):
            punishment = self._numbers(punishment)
        return named_profile(self._stage, strategy, goal, punishment, periods)

    def _effective(self, delta: Any, hazard: Any) -> Fraction:
        breakdown = self.hazard if hazard is None else share(hazard, "the hazard")
        return share(delta, "the discount factor") * (1 - breakdown)

    def _numbers(self, actions: Sequence[str | int]) -> Actions:
        """Actions by number."""
        if isinstance(actions, str) or len(actions) != 2:
            raise ParameterError(f"{actions!r} is not one action of each player")
        found = []
        for player, action, known in zip(self.players, actions, self.actions, strict=True):
            if action in known:
                found.append(known.index(str(action)))
            elif isinstance(action, int) and 0 <= action < len(known):
                found.append(int(action))
            else:
                names = ", ".join(known)
                raise ParameterError(f"{player} has no action {action!r}; there are {names}")
        return found[0], found[1]

    def _words(self, actions: Actions) -> tuple[str, str]:
        return self.actions[0][actions[0]], self.actions[1][actions[1]]


def _from_model(model: Model, values: Mapping[str, Any] | None = None, **more: Any) -> ModelStage:
    from gametheory_crisis.solvers.repeated.stage_of_model import read_stage

    if model.engine != "recursion":
        raise UnsupportedGame("a repeated game has public moves only, and no private information")
    return read_stage(model.stage_game, model.point(values, **more))


def _first_actions(profile: Profile, otherwise: Actions) -> Actions:
    """What an automaton plays at the start, where that is sure."""
    first, second = profile.plays[profile.start]
    if 1 not in first or 1 not in second:
        return otherwise
    return first.index(Fraction(1)), second.index(Fraction(1))
