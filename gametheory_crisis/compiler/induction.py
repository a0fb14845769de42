"""Backward induction written as a tape: the solution program of a stage game.

Every choice becomes a comparison and a select, so a block of points is solved without branches.
What is followed through the game is the *result* of play: payoffs, the outcome and the day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from gametheory_crisis.compiler.stages import make_tape
from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.program import Carried, Results, SolutionProgram
from gametheory_crisis.games.reach import Days, days_of_play
from gametheory_crisis.games.stage import Branch, Kind, Position, StageGame
from gametheory_crisis.kernels.operations import PARTIAL, Operation
from gametheory_crisis.language.expressions import Expressions

MAX_PROFILES = 256


@dataclass(frozen=True, slots=True)
class Play:
    """What play from a position on leads to, as handles.

    Attributes
    ----------
    payoffs : per player, in units of the position's day
    outcomes : probability of each outcome, or the index of the one outcome where play is certain
    day : expected days until the end
    """

    payoffs: tuple[int, ...]
    outcomes: tuple[int, ...]
    day: int

    def handles(self) -> tuple[int, ...]:
        """All handles in a fixed order."""
        return (*self.payoffs, *self.outcomes, self.day)

    def like(self, handles: Sequence[int]) -> Play:
        """A play of this one's shape from handles in that order."""
        n, m = len(self.payoffs), len(self.outcomes)
        return Play(tuple(handles[:n]), tuple(handles[n : n + m]), handles[n + m])


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


class Induction:
    """Writes the program of one game."""

    def __init__(self, game: StageGame, *, last: bool) -> None:
        self.game = game
        self.last = last
        self.graph = Expressions(strict=False)
        self.lifted = self.lift(range(len(game.tape)), {})
        self.certain = not any(
            len(p.branches) > 1 if p.kind is Kind.CHANCE else p.night and p.night.hazard is not None
            for p in game.positions
        )
        self.zero, self.one = self.graph.number(0), self.graph.number(1)
        self.days_of_play: dict[int, Days] = {}
        if game.deadline is not None:
            self.days_of_play = dict(zip(map(id, game.positions), days_of_play(game), strict=True))
        self.plays: dict[int, Play] = {}
        self.carried: dict[tuple[int, int], Play] = {}
        self.flags: dict[tuple[str, bool], dict[int, None]] = {}
        self.equilibria = self.one

    # Writing operations

    def lift(self, slots: Sequence[int] | range, names: dict[str, int]) -> dict[int, int]:
        """Slots of the game's tape as handles here, with inputs replaced."""
        image: dict[int, int] = {}
        for slot in self.game.tape.closure(slots):
            entry = self.game.tape.entries[slot]
            if isinstance(entry, Fraction):
                image[slot] = self.graph.number(entry)
            elif isinstance(entry, str):
                image[slot] = names[entry] if entry in names else self.graph.symbol(entry)
            else:
                image[slot] = self.graph.apply(entry[0], *(image[o] for o in entry[1]))
        return image

    def apply(self, operation: Operation, *operands: int) -> int:
        """An operation."""
        return self.graph.apply(operation, *operands)

    def negate(self, flag: int) -> int:
        """1 where a flag is 0."""
        return self.graph.sub(self.one, flag)

    def both(self, *flags: int) -> int:
        """1 where all flags are 1; flags are never undefined, so constants fold."""
        result = self.one
        for flag in flags:
            if self.graph.constant(flag) == 0:
                return self.zero
            result = self.graph.mul(result, flag)
        return result

    def choose(self, flag: int, a: Play, b: Play) -> Play:
        """``a`` where the flag holds, else ``b``."""
        pairs = zip(a.handles(), b.handles(), strict=True)
        return a.like([self.apply(Operation.SELECT, flag, x, y) for x, y in pairs])

    def beats(self, new: int, old: int) -> int:
        """Whether a later option is taken over an earlier one of that payoff."""
        if self.last:
            return self.negate(self.apply(Operation.GREATER, old, new))
        return self.apply(Operation.GREATER, new, old)

    def flag(self, name: str, condition: int, position: Position) -> None:
        """Count a condition at a position among the flags that a point ends with.

        On a day on which play cannot stand there it does not count.
        """
        if self.game.deadline is not None:
            deadline = self.lifted[self.game.deadline]
            day = self.graph.symbol("day") if position.repeats else deadline
            days = self.days_of_play[id(position)]
            condition = self.both(condition, self._among(day, days, 0 if position.repeats else 1))
        self._count_in(name, condition, repeats=position.repeats)

    def _among(self, day: int, days: Days, first: int) -> int:
        """Whether a day, which is ``first`` or later, is one of some days."""
        if days.onwards == first:
            return self.one
        flags = [self.apply(Operation.SAME, day, self.graph.number(k)) for k in days.listed]
        if days.onwards is not None:
            onwards = self.graph.number(days.onwards)
            flags.append(self.apply(Operation.LESS_EQUAL, onwards, day))
        return self.graph.total(flags)

    def _count_in(self, name: str, condition: int, *, repeats: bool) -> None:
        if self.graph.constant(condition) != 0:
            self.flags.setdefault((name, repeats), {})[condition] = None

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
        expected = start.day
        results = self._results(start, expected, counts)
        return SolutionProgram(
            tape=make_tape(self.graph),
            parameters=game.parameters,
            deadline=None if game.deadline is None else self.lifted[game.deadline],
            carried=tuple(carried),
            results=results,
        )

    def _checks(self) -> None:
        for check in self.game.checks:
            condition = self.lifted[check.condition]
            broken = self.negate(self.apply(Operation.SAME, condition, self.one))
            daily = "day" in self.graph.free_symbols(condition)
            self._count_in("invalid", broken, repeats=daily)

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

    def _results(self, start: Play, expected: int, counts: dict[str, int]) -> Results:
        probabilities: Sequence[int] = start.outcomes
        if self.certain:
            probabilities = [
                self.apply(Operation.SAME, start.outcomes[0], self.graph.number(k))
                for k in range(len(self.game.outcomes))
            ]
        return Results(
            payoffs=start.payoffs,
            probabilities=() if self.certain else tuple(probabilities),
            outcome=start.outcomes[0] if self.certain else -1,
            day=expected,
            regime=self._regime(start, probabilities, expected),
            equilibria=self.equilibria,
            tie=counts["tie"],
            stuck=counts["stuck"],
            undefined=counts["undefined"],
            invalid=counts["invalid"],
        )

    def _regime(self, start: Play, probabilities: Sequence[int], expected: int) -> int:
        names = [name for name, _ in self.game.regimes]
        order = [names.index(outcome) for outcome in self.game.outcomes]
        inputs = {f"outcome:{n}": p for n, p in zip(self.game.outcomes, probabilities, strict=True)}
        inputs["day"] = expected
        regime = self._likeliest(start, probabilities, order)
        for index, (_, condition) in reversed(list(enumerate(self.game.regimes))):
            if condition is not None:
                handle = self.lift([condition], inputs)[condition]
                holds = self.apply(Operation.SAME, handle, self.one)
                regime = self.apply(Operation.SELECT, holds, self.graph.number(index), regime)
        return regime

    def _likeliest(self, start: Play, probabilities: Sequence[int], order: list[int]) -> int:
        if self.certain and order == list(range(len(order))):
            return start.outcomes[0]
        slack = self.graph.number(LIKELIEST_TIE)
        best, regime = probabilities[0], self.graph.number(order[0])
        for probability, number in zip(probabilities[1:], order[1:], strict=True):
            more = self.apply(Operation.GREATER, self.graph.sub(probability, slack), best)
            best = self.apply(Operation.SELECT, more, probability, best)
            regime = self.apply(Operation.SELECT, more, self.graph.number(number), regime)
        return regime

    # Positions

    def play(self, index: int) -> Play:
        """What play from a position on leads to; written once."""
        if index not in self.plays:
            self.plays[index] = self._write(index, self.game.positions[index])
        return self.plays[index]

    def _write(self, index: int, position: Position) -> Play:
        match position.kind:
            case Kind.TERMINAL:
                return self._terminal(position)
            case Kind.NIGHT:
                return self._night(position)
            case Kind.OFFER:
                from gametheory_crisis.compiler.offer_pieces import write_offer

                return write_offer(self, position)
        options = [self.along(branch, position) for branch in position.branches]
        match position.kind:
            case Kind.CHANCE:
                return self.average([self._probability(b) for b in position.branches], options)
            case Kind.SIMULTANEOUS:
                return self._stage(position, options)
            case _:
                return self._decision(position, options)

    def along(self, branch: Branch, position: Position) -> Play:
        """The play along a branch, its payments included."""
        play = self.play(branch.target)
        if not branch.pays:
            return play
        pays = [self.payoff(slot, position) for slot in branch.pays]
        payoffs = [self.graph.add(p, v) for p, v in zip(pays, play.payoffs, strict=True)]
        return Play(tuple(payoffs), play.outcomes, play.day)

    def payoff(self, slot: int, position: Position) -> int:
        """A payoff's handle; flagged where it may fail to be finite."""
        handle = self.lifted[slot]
        entries = (self.graph.operation(h) for h in self.graph.closure([handle]))
        if any(entry is not None and entry[0] in PARTIAL for entry in entries):
            infinite = self.negate(self.apply(Operation.FINITE, handle))
            self.flag("undefined", infinite, position)
        return handle

    def _terminal(self, position: Position) -> Play:
        payoffs = tuple(self.payoff(slot, position) for slot in position.payoffs)
        if self.certain:
            outcomes: tuple[int, ...] = (self.graph.number(position.outcome),)
        else:
            num = len(self.game.outcomes)
            outcomes = tuple(self.graph.number(int(k == position.outcome)) for k in range(num))
        return Play(payoffs, outcomes, self.zero)

    def _probability(self, branch: Branch) -> int:
        assert branch.probability is not None
        return self.lifted[branch.probability]

    def average(self, weights: Sequence[int], options: Sequence[Play]) -> Play:
        """Expected play."""
        if len(options) == 1:
            return options[0]
        handles = []
        for row in zip(*(option.handles() for option in options), strict=True):
            if len(set(row)) == 1:
                handles.append(row[0])
                continue
            terms = [self.graph.mul(w, h) for w, h in zip(weights, row, strict=True)]
            handles.append(self.graph.total(terms))
        return options[0].like(handles)

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
        position = self.game.positions[index]
        if position.kind is Kind.NIGHT:
            return True
        return any(self._may_pass_a_day(branch.target) for branch in position.branches)

    def _symbols(self, key: tuple[int, int], like: Play) -> Play:
        """The carried play from a position on the next day."""
        if key not in self.carried:
            names = [f"carried:{key[0]}:{key[1]}:{k}" for k in range(len(like.handles()))]
            self.carried[key] = like.like([self.graph.symbol(name) for name in names])
        return self.carried[key]

    def _decision(self, position: Position, options: Sequence[Play]) -> Play:
        if position.branches[0].offer is not None and not self.last:
            return self._grid_offer(position, options)
        mover = position.movers[0]
        best, tie = options[0], self.zero
        for option in options[1:]:
            new, old = option.payoffs[mover], best.payoffs[mover]
            tie = self.still_tied(tie, new, old, self.apply(Operation.CLOSE, new, old))
            best = self.choose(self.beats(new, old), option, best)
        self.flag("tie", tie, position)
        return best

    def still_tied(self, tie: int, new: int, old: int, tied: int) -> int:
        """Whether the best so far ties, once an option worth ``new`` is compared with it.

        An earlier tie counts no more where the new option is better.
        """
        if self.graph.constant(tie) == 0:
            return tied
        kept = self.both(tie, self.negate(self.apply(Operation.GREATER, new, old)))
        return self.apply(Operation.MAX, tied, kept)

    def _grid_offer(self, position: Position, options: Sequence[Play]) -> Play:
        """An offer from a grid: ties go to the soonest end, then to the lowest number."""
        mover = position.movers[0]
        ordered = self._by_number(position, options)
        sorted_already = all(self.graph.constant(number) is not None for number, _ in ordered)
        lowest, best = ordered[0]
        tie = self.zero
        for number, option in ordered[1:]:
            new, old = option.payoffs[mover], best.payoffs[mover]
            tied = self.apply(Operation.CLOSE, new, old)
            tie = self.still_tied(tie, new, old, tied)
            better = self.beats(new, old)
            sooner = self.apply(Operation.GREATER, best.day, option.day)
            if not sorted_already:
                level = self.apply(Operation.CLOSE, best.day, option.day)
                lower = self.apply(Operation.GREATER, lowest, number)
                sooner = self.graph.add(sooner, self.both(level, lower))
            better = self.graph.add(better, self.both(tied, sooner))
            best = self.choose(better, option, best)
            lowest = self.apply(Operation.SELECT, better, number, lowest)
        self.flag("tie", tie, position)
        return best

    def _by_number(self, position: Position, options: Sequence[Play]) -> list[tuple[int, Play]]:
        """Numbers offered, with what follows; in ascending order where they are constants."""
        numbers = [self.lifted[b.offer] for b in position.branches if b.offer is not None]
        pairs = list(zip(numbers, options, strict=True))
        constants = [self.graph.constant(number) for number in numbers]
        if any(constant is None for constant in constants):
            return pairs
        order = sorted(range(len(pairs)), key=lambda k: constants[k] or 0)
        return [pairs[k] for k in order]

    def _stage(self, position: Position, options: Sequence[Play]) -> Play:
        """A simultaneous stage: its pure equilibrium with the largest sum of payoffs."""
        from gametheory_crisis.compiler.pure_stage import equilibrium_flags

        if len(options) > MAX_PROFILES:
            raise UnsupportedGame(f"more than {MAX_PROFILES} profiles at '{position.node}'")
        flags = equilibrium_flags(self.graph, position, [option.payoffs for option in options])
        sums = [self.graph.total(option.payoffs) for option in options]
        found, best, most = flags[0], options[0], sums[0]
        for flag, option, total in zip(flags[1:], options[1:], sums[1:], strict=True):
            better = self.one if self.game.single_stage and self.last else self.beats(total, most)
            if self.game.single_stage and not self.last:
                better = self.zero
            take = self.both(flag, self.apply(Operation.SELECT, found, better, self.one))
            best = self.choose(take, option, best)
            most = self.apply(Operation.SELECT, take, total, most)
            found = self.apply(Operation.SELECT, flag, self.one, found)
        count = self.graph.total(flags)
        self.flag("stuck", self.negate(found), position)
        several = self.apply(Operation.GREATER, count, self.one)
        self.flag("tie", several, position)
        if self.game.single_stage:
            self.equilibria = count
        return best


FLAGS = ("tie", "stuck", "undefined", "invalid")
LIKELIEST_TIE = Fraction(1, 10**9)
