"""An equilibrium as a fixed point in few unknowns.

One player with shocks, the *closing* one, is left to reply exactly: given how all others play, its
best reply is a realisation. Unknown is how the others play: the probability of each action but the
last at each of their information sets; and, where somebody cares which of a player's types do
something, one number more per sequence and shock that says how high these types lie between the
lowest and the highest ones of the same probability. At an equilibrium every unknown is what the
player's own best reply makes of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gametheory_crisis.solvers.cutoffs.layout import Floats, OwnSet
from gametheory_crisis.solvers.cutoffs.numbers import Part, Realisation, Worths
from gametheory_crisis.solvers.cutoffs.replies import (
    RELATIVE_TIE,
    TREMBLE,
    Informed,
    PlanMixture,
    gains,
    mixing_reply,
    parallel,
    reply,
    trembling,
)
from gametheory_crisis.solvers.cutoffs.unknowns import (
    Blend,
    Height,
    Mixture,
    behaviour,
    height_share,
    meant_masses,
    moment_span,
    nearest,
    typical_points,
)


@dataclass(frozen=True)
class System:
    """The unknowns of a part of a tree, and the equations between them.

    Arrays of unknowns are float64 (batches, unknowns), all in [0, 1].

    Attributes
    ----------
    part : the part of the tree
    closing : the player who replies exactly; None where nobody with shocks moves
    mixing : whether it is unknown, too, how types of positive probability mix who are indifferent.
        It is known where no types of positive probability are so, and best replies leap without it
    tie : plans tie that differ by less than this share
    """

    part: Part
    closing: int | None
    mixing: bool = False
    tie: float = RELATIVE_TIE

    @cached_property
    def mixtures(self) -> tuple[Mixture, ...]:
        """The unknown actions."""
        found: list[Mixture] = []
        count = 0
        for player, moves in enumerate(self.part.layout.moves):
            for place in moves.sets if player != self.closing else ():
                found.append(Mixture(player, place, slice(count, count + place.num_actions - 1)))
                count += place.num_actions - 1
        return tuple(found)

    @cached_property
    def heights(self) -> tuple[Height, ...]:
        """The unknown heights of types."""
        count = sum(mixture.place.num_actions - 1 for mixture in self.mixtures)
        found: list[Height] = []
        for player, shocks in enumerate(self.part.owned):
            if player == self.closing or not self.part.layout.moves[player].sets:
                continue
            others = [i for i in range(self.part.num_players) if i != player]
            for k, shock in enumerate(shocks):
                felt = np.any(self.part.slopes[others, shock], axis=0)
                sequences = self.part.layout.moves[player].end_sequence[felt]
                for sequence in np.unique(sequences[sequences > 0]):
                    found.append(Height(player, k, int(sequence), count + len(found)))
        return tuple(found)

    @cached_property
    def blends(self) -> tuple[Blend, ...]:
        """The unknown mixtures of plans, none unless the system is `mixing`."""
        if not self.mixing:
            return ()
        found: list[Blend] = []
        count = System(self.part, self.closing).num_unknowns
        for player, who in enumerate(self.informed):
            if who is None:
                continue
            worths = self._typical_worths(player)
            for comparison in who.comparisons:
                if comparison.place.before == 0:
                    for members in parallel(worths, comparison):
                        at = slice(count, count + len(members) - 1)
                        found.append(Blend(player, comparison, members, at))
                        count = at.stop
        return tuple(found)

    @property
    def num_unknowns(self) -> int:
        actions = sum(mixture.place.num_actions - 1 for mixture in self.mixtures)
        plans = sum(len(blend.members) - 1 for blend in self.blends)
        return actions + len(self.heights) + plans

    @cached_property
    def parallels(self) -> bool:
        """Whether types of positive probability can be indifferent."""
        return bool(System(self.part, self.closing, mixing=True).blends)

    def _typical_worths(self, player: int) -> Worths:
        """What a player's sequences are worth where nothing is special."""
        plain = System(self.part, self.closing)
        unknowns = typical_points(plain.num_unknowns)
        if player == self.closing:
            return self.part.worths(player, plain.others(unknowns))
        return self.part.worths(player, plain.profile(unknowns))

    @cached_property
    def informed(self) -> tuple[Informed | None, ...]:
        """Per player its own decisions, None where it has no shocks or does not move."""
        part = self.part
        return tuple(
            Informed(
                moves,
                part.comparisons[player],
                part.own(player),
                part.felt(player),
                part.layout.needed(player),
                self.tie,
            )
            if part.owned[player] and moves.sets
            else None
            for player, moves in enumerate(part.layout.moves)
        )

    # How players play

    def others(self, unknowns: Floats, *, mistakes: bool = True) -> list[Realisation]:
        """How everybody but the closing player plays; in its place stands an idle player.

        With ``mistakes`` nothing is impossible, only as unlikely as `TREMBLE`.
        """
        played = [self.part.idle(player) for player in range(self.part.num_players)]
        for player, moves in enumerate(self.part.layout.moves):
            if player == self.closing or not moves.sets:
                continue
            masses = np.ones((len(unknowns), moves.num_sequences))
            for mixture in self.mixtures:
                if mixture.player == player:
                    shares = behaviour(unknowns[:, mixture.at])
                    shares = np.maximum(shares, TREMBLE) if mistakes else shares
                    place = mixture.place
                    masses[:, place.after] = masses[:, place.before, None] * shares
            moments = masses[..., None] * self.part.means(player)
            played[player] = Realisation(masses, moments)
        for height in self.heights:
            masses = played[height.player].masses[:, height.sequence]
            meant = meant_masses(masses)
            low, high = moment_span(self.part.own(height.player)[height.shock], meant)
            moment = (low + unknowns[:, height.at] * (high - low)) * (masses / meant)
            played[height.player].moments[:, height.sequence, height.shock] = moment
        return played

    def best(
        self, player: int, who: Informed, worths: Worths, unknowns: Floats, *, latest: bool = False
    ) -> Realisation:
        """A best reply of a player with shocks."""
        own = [blend for blend in self.blends if blend.player == player]
        if not own:
            return reply(who, worths, latest=latest)
        mixtures: dict[int, list[PlanMixture]] = {}
        for blend in own:
            mixture = PlanMixture(blend.members, behaviour(unknowns[:, blend.at]))
            mixtures.setdefault(blend.comparison.place.index, []).append(mixture)
        return mixing_reply(who, worths, mixtures)

    def answer(
        self, unknowns: Floats, played: Sequence[Realisation], *, latest: bool = False
    ) -> Realisation | None:
        """The closing player's best reply, with mistakes."""
        if self.closing is None:
            return None
        who = self.informed[self.closing]
        if who is None:
            return None
        worths = self._worths(self.closing, played, len(unknowns))
        best = self.best(self.closing, who, worths, unknowns, latest=latest)
        return trembling(who, worths, best, latest=latest)

    def joined(
        self, played: Sequence[Realisation], answer: Realisation | None
    ) -> list[Realisation]:
        """How everybody plays."""
        everybody = list(played)
        if answer is not None and self.closing is not None:
            everybody[self.closing] = answer
        return everybody

    def profile(self, unknowns: Floats, *, latest: bool = False) -> list[Realisation]:
        """How everybody plays if the closing player replies to the others."""
        played = self.others(unknowns)
        return self.joined(played, self.answer(unknowns, played, latest=latest))

    # The equations

    def errors(
        self, unknowns: Floats, everybody: Sequence[Realisation], *, latest: bool = False
    ) -> Floats:
        """By how much each unknown misses what the players' own best replies make of it.

        For a player with shocks the best reply less the unknown. For one without, what an action is
        worth more than the last one, as a share of the size of payoffs: positive where the action
        should be taken more often; likewise for plans that a player with shocks mixes.

        Parameters
        ----------
        everybody : how all play, the closing player included
        latest : which action types take to whom several are worth the same
        """
        errors = np.zeros((len(unknowns), self.num_unknowns))
        for player in sorted({mixture.player for mixture in self.mixtures}):
            worths = self._worths(player, everybody, len(unknowns))
            own = [mixture for mixture in self.mixtures if mixture.player == player]
            who = self.informed[player]
            if who is None:
                self._gains(worths.values[:, 0], own, unknowns, everybody, errors)
                continue
            best = self.best(player, who, worths, unknowns, latest=latest)
            best = trembling(who, worths, best, latest=latest)
            for mixture in own:
                place = mixture.place
                shares = best.masses[:, place.after] / best.masses[:, place.before, None]
                errors[:, mixture.at] = shares[:, :-1] - unknowns[:, mixture.at]
            for height in self.heights:
                if height.player == player:
                    shock = self.part.own(player)[height.shock]
                    masses = best.masses[:, height.sequence]
                    moments = best.moments[:, height.sequence, height.shock]
                    found = height_share(shock, masses, moments)
                    errors[:, height.at] = found - unknowns[:, height.at]
        for blend in self.blends:
            worths = self._worths(blend.player, everybody, len(unknowns))
            last = blend.members[-1]
            found, _ = gains(worths, blend.comparison)
            unit = self._unit(blend.player, blend.comparison.place, everybody)
            errors[:, blend.at] = found[:, list(blend.members[:-1]), last, 0] / unit
        return errors

    def _worths(self, player: int, everybody: Sequence[Realisation], batches: int) -> Worths:
        return self.part.worths(player, everybody).repeated(batches)

    def _gains(
        self,
        worths: Floats,
        own: Sequence[Mixture],
        unknowns: Floats,
        everybody: Sequence[Realisation],
        errors: Floats,
    ) -> None:
        """Write down what actions of a player without shocks are worth more than the last one."""
        total = worths.copy()
        for mixture in reversed(own):
            place = mixture.place
            here = total[:, place.after].copy()
            unit = self._unit(mixture.player, place, everybody)
            errors[:, mixture.at] = (here[:, :-1] - here[:, -1:]) / unit
            shares = behaviour(unknowns[:, mixture.at])
            total[:, place.before] += (shares * here).sum(axis=1)

    def _unit(self, player: int, place: OwnSet, everybody: Sequence[Realisation]) -> Floats:
        """(batches, 1) what gains at an information set are measured in."""
        leading = self.part.leading(place.index, player, everybody)
        return np.maximum(leading * self.part.size(player), np.finfo(float).tiny)[:, None]

    def misses(self, unknowns: Floats) -> Floats:
        """What is 0 at equilibria, and continuous wherever best replies are."""
        errors = self.errors(unknowns, self.profile(unknowns))
        found = errors.copy()
        rated = [m.at for m in self.mixtures if self.informed[m.player] is None]
        for at in (*rated, *(blend.at for blend in self.blends)):
            shares = unknowns[:, at]
            aim = np.concatenate([errors[:, at], np.zeros((len(errors), 1))], axis=1)
            found[:, at] = nearest(behaviour(shares) + aim)[:, :-1] - shares
        return found
