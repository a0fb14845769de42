"""Backward induction written as a tape: the solution program of a stage game.

Every choice becomes a comparison and a select, so a block of points is solved without branches.
What is followed through the game is the *result* of play: payoffs, the outcome and the day.
"""

from __future__ import annotations

from gametheory_crisis.compiler.choices import write_decision, write_stage
from gametheory_crisis.compiler.freezing import make_tape
from gametheory_crisis.compiler.verdict import write_results
from gametheory_crisis.compiler.writer import Play, Writer
from gametheory_crisis.games.program import Carried, SolutionProgram
from gametheory_crisis.games.stage import Branch, Check, Kind, Position, StageGame
from gametheory_crisis.kernels.operations import Operation


def solution_program(game: StageGame, *, last: bool = False) -> SolutionProgram:
    """The solution program of a game.

    Parameters
    ----------
    last : break ties towards the last option instead of the first, to find a second equilibrium

    Raises
    ------
    UnsupportedGame
        An offer is too irregular for straight-line code; such a game is solved point by point.
    """
    return Induction(game, last=last).build()


class Induction(Writer):
    """Writes the program of one game."""

    def __init__(self, game: StageGame, *, last: bool) -> None:
        super().__init__(game, last=last)
        self.plays: dict[int, Play] = {}
        self.carried: dict[tuple[int, int], Play] = {}
        self.passing: dict[int, bool] = {}
        self.partial = False
        self.equilibria = self.one

    # Building

    def build(self) -> SolutionProgram:
        """Write all positions, then tie the loop over the days together."""
        game = self.game
        self._checks()
        for index, position in enumerate(game.positions):
            if not position.reads:
                self.play(index)
        start = self.play(game.start)
        repeats = game.positions[game.start].repeats
        if repeats:
            start = self._after_loop(start)
        carried = self._carried()
        counts = {name: self._count(name, carried) for name in FLAGS}
        results = write_results(self, start, self.equilibria, counts)
        return SolutionProgram(
            tape=make_tape(self.graph),
            parameters=game.parameters,
            deadline=None if game.deadline is None else self.lifted[game.deadline],
            carried=tuple(carried),
            results=results,
            partial=self.partial,
        )

    def _checks(self) -> None:
        for check in self.game.checks:
            self.count("invalid", self._broken(check), repeats=False)
        for position in self.game.positions:
            for check in position.checks:
                self.flag("invalid", self._broken(check), position)

    def _broken(self, check: Check) -> int:
        return self.negate(self.apply(Operation.SAME, self.lifted[check.condition], self.one))

    def _after_loop(self, start: Play) -> Play:
        """The carried copy of the play from the start, which the last day leaves behind."""
        for (tomorrow, _), symbols in self.carried.items():
            if tomorrow == self.game.start:
                return symbols
        return self._symbols((self.game.start, -1), start)

    def _carried(self) -> list[Carried]:
        result = []
        for (tomorrow, at_deadline), symbols in self.carried.items():
            following = self.plays[tomorrow]
            initial = self.plays[at_deadline].handles() if at_deadline >= 0 else None
            for k, symbol in enumerate(symbols.handles()):
                name = self.graph.symbol_name(symbol)
                if name is not None:
                    first = self.zero if initial is None else initial[k]
                    result.append(Carried(name, first, self._fresh(following.handles()[k])))
        return result

    def _fresh(self, handle: int) -> int:
        """A handle that stays as it is while carried numbers are replaced one by one."""
        name = self.graph.symbol_name(handle) or ""
        return self.apply(Operation.COPY, handle) if name.startswith("carried:") else handle

    def _count(self, name: str, carried: list[Carried]) -> int:
        """Handle of how often a flag was raised."""
        fixed = self.graph.total(self.flags.get((name, False), ()))
        daily = self.flags.get((name, True), ())
        if not daily:
            return fixed
        symbol = self.graph.symbol(f"carried:{name}")
        following = self.graph.total([symbol, *daily])
        carried.append(Carried(f"carried:{name}", fixed, following))
        return symbol

    # Positions

    def play(self, index: int) -> Play:
        """What play from a position on leads to; written once."""
        if index not in self.plays:
            self.plays[index] = self._write(index, self.game.positions[index])
        return self.plays[index]

    def _write(self, index: int, position: Position) -> Play:
        match position.kind:
            case Kind.TERMINAL:
                payoffs = [self.payoff(slot, position) for slot in position.payoffs]
                return self.ending(position, payoffs)
            case Kind.NIGHT:
                return self._night(position)
            case Kind.OFFER:
                return self._offer(position)
        options = [self.along(branch, position) for branch in position.branches]
        match position.kind:
            case Kind.CHANCE:
                return self.average([self._probability(b) for b in position.branches], options)
            case Kind.SIMULTANEOUS:
                play, count, decided = write_stage(self, position, options)
                self.partial = self.partial or not decided
                self.equilibria = count if self.game.single_stage else self.one
                return play
            case _:
                return write_decision(self, position, options)

    def _offer(self, position: Position) -> Play:
        from gametheory_crisis.compiler.curved_offer import write_curved_offer
        from gametheory_crisis.compiler.offer_pieces import is_affine, write_offer

        if is_affine(self.game, position):
            return write_offer(self, position)
        self.partial = True
        return write_curved_offer(self, position)

    def along(self, branch: Branch, position: Position) -> Play:
        """The play along a branch, its payments included."""
        play = self.play(branch.target)
        if not branch.pays:
            return play
        pays = [self.payoff(slot, position) for slot in branch.pays]
        payoffs = [self.graph.add(p, v) for p, v in zip(pays, play.payoffs, strict=True)]
        return Play(tuple(payoffs), play.outcomes, play.day)

    def _probability(self, branch: Branch) -> int:
        assert branch.probability is not None
        return self.lifted[branch.probability]

    def _night(self, position: Position) -> Play:
        night = position.night
        assert night is not None
        play = self._tomorrow(position, night.tomorrow, night.tomorrow_at_deadline)
        if night.hazard is not None:
            hazard = self.lifted[night.hazard]
            assert night.breakdown is not None
            broken = self._tomorrow(position, night.breakdown, night.breakdown_at_deadline)
            play = self.average([hazard, self.negate(hazard)], [broken, play])
        factors = [self.lifted[slot] for slot in self.game.discount]
        payoffs = [self.graph.mul(f, p) for f, p in zip(factors, play.payoffs, strict=True)]
        return Play(tuple(payoffs), play.outcomes, self.graph.add(play.day, self.one))

    def _tomorrow(self, position: Position, tomorrow: int, at_deadline: int | None) -> Play:
        if not position.repeats:
            return self.play(tomorrow)
        assert at_deadline is not None
        known = self._unchanging(tomorrow, at_deadline)
        return known or self._symbols((tomorrow, at_deadline), self.play(at_deadline))

    def _unchanging(self, tomorrow: int, at_deadline: int) -> Play | None:
        """The play from a position that is worth the same on every day and after the last."""
        if self._may_pass_a_day(tomorrow):
            return None
        play = self.play(tomorrow)
        return play if play == self.play(at_deadline) else None

    def _may_pass_a_day(self, index: int) -> bool:
        if index not in self.passing:
            position = self.game.positions[index]
            below = (self._may_pass_a_day(branch.target) for branch in position.branches)
            self.passing[index] = position.kind is Kind.NIGHT or any(below)
        return self.passing[index]

    def _symbols(self, key: tuple[int, int], like: Play) -> Play:
        """The carried play from a position on the next day."""
        if key not in self.carried:
            names = [f"carried:{key[0]}:{key[1]}:{k}" for k in range(len(like.handles()))]
            self.carried[key] = like.like([self.graph.symbol(name) for name in names])
        return self.carried[key]


FLAGS = ("tie", "stuck", "undefined", "invalid")
