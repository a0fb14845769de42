"""From the graph of moves to the extensive form: every history, and what players know in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from gametheory_crisis.compiler.checks import model_checks, regime_conditions
from gametheory_crisis.compiler.classify import no_tree
from gametheory_crisis.compiler.freezing import make_tape
from gametheory_crisis.compiler.tree_checks import TreeChecks
from gametheory_crisis.compiler.tree_knowledge import InformationSets, Knowledge, Memories
from gametheory_crisis.compiler.tree_size import check_size
from gametheory_crisis.compiler.tree_steps import Spot, Steps, Substitution
from gametheory_crisis.compiler.tree_types import type_moves
from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.extensive import ExtensiveForm, Histories
from gametheory_crisis.games.extensive_point import number_text
from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.graph import (
    Chance,
    Decision,
    Edge,
    Graph,
    Offer,
    Simultaneous,
    Terminal,
)
from gametheory_crisis.language.rendering import render


def extensive_form(graph: Graph, deadline: int | None = None) -> ExtensiveForm:
    """The tree of a model, unrolled from its start.

    Parameters
    ----------
    deadline : days before the clock expires; None where the model's clock has no deadline

    Raises
    ------
    UnsupportedGame
        A continuous offer or private number, a cycle that no deadline ends, or a tree of more
        histories than can be solved; the message names what stands in the way.
    """
    return unrolled(graph, deadline)[0]


def unrolled(graph: Graph, deadline: int | None) -> tuple[ExtensiveForm, Substitution]:
    """The tree as `extensive_form` gives it, and what its expressions were collected with.

    A name that the graph does not bind stays an input of the form's tape, as a parameter does.
    """
    obstacle = no_tree(graph)
    if obstacle is not None:
        raise UnsupportedGame(obstacle)
    steps = Steps(graph, deadline)
    return _Builder(steps).build(), steps.substitute


class _Front(NamedTuple):
    """A history that is about to be written down.

    ``draws`` counts the moves of nature made before play, ``chosen`` are the actions that players
    who move at once have chosen so far. ``names`` are the handles of private numbers and of today's
    offers, ``paid`` those of all payments so far, worth on day 0; ``dead`` is the condition under
    which the history never happens.
    """

    parent: int
    label: str
    probability: int
    spot: Spot
    draws: int
    names: Mapping[str, int]
    paid: tuple[int, ...]
    dead: int
    knowledge: Knowledge
    chosen: tuple[str, ...] = ()


class _Row(NamedTuple):
    """A history that is written down."""

    front: _Front
    children: list[int]


class _Builder:
    """Writes histories down in preorder."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.graph = steps.graph
        self.expressions = steps.substitute.expressions
        self.players = tuple(self.graph.players)
        self.position = {name: index for index, name in enumerate(self.players)}
        self.outcomes = {name: index for index, name in enumerate(self.graph.outcomes)}
        discount = self.graph.clock.discount
        self.discount = tuple(steps.substitute(discount[name], {}) for name in self.players)
        self.types = type_moves(self.graph, steps.substitute)
        self.memories = Memories()
        self.sets = InformationSets(self.memories, tuple(self.graph.nodes), tuple(self.graph.state))
        self.checks = TreeChecks(steps)
        self.rows: list[_Row] = []
        self.factors: dict[tuple[int, int], int] = {}
        self.number_names: dict[str, int] = {}
        self.set_at: dict[int, int] = {}
        self.ends: dict[int, tuple[int, tuple[int, ...]]] = {}

    def build(self) -> ExtensiveForm:
        """All histories from the beginning on, and the arithmetic as a tape."""
        check_size(self.steps, [len(move) for move in self.types.moves])
        zero = self.expressions.number(0)
        knowledge, unpaid = Knowledge.nothing(len(self.players)), (zero,) * len(self.players)
        stack = [_Front(-1, "", -1, self.steps.start(), 0, {}, unpaid, zero, knowledge)]
        while stack:
            front = stack.pop()
            number = len(self.rows)
            self.rows.append(_Row(front, []))
            if front.parent >= 0:
                self.rows[front.parent].children.append(number)
            stack.extend(reversed(list(self._continuations(front, number))))
        return self._form()

    def _form(self) -> ExtensiveForm:
        graph, fronts = self.graph, [row.front for row in self.rows]
        checks = model_checks(graph, self.expressions, self.discount)
        regimes = regime_conditions(graph, self.expressions)
        return ExtensiveForm(
            tape=make_tape(self.expressions),
            players=self.players,
            outcomes=tuple(graph.outcomes),
            parameters=tuple(graph.parameters),
            histories=self._histories(fronts),
            information_sets=self.sets.listed(),
            probability=tuple(front.probability for front in fronts),
            payoffs=tuple(self.ends[h][1] if h in self.ends else () for h in range(len(fronts))),
            discount=self.discount,
            checks=(*checks, *self.types.checks, *self.checks.listed()),
            regimes=regimes,
            nodes=tuple(graph.nodes),
            state=tuple(graph.state),
            states=tuple(front.spot.state for front in fronts),
        )

    def _histories(self, fronts: list[_Front]) -> Histories:
        draws = len(self.types.moves)
        return Histories(
            parent=tuple(front.parent for front in fronts),
            children=tuple(tuple(row.children) for row in self.rows),
            label=tuple(front.label for front in fronts),
            information_set=tuple(self.set_at.get(h, -1) for h in range(len(fronts))),
            node=tuple("" if f.spot.left or f.draws < draws else f.spot.node for f in fronts),
            day=tuple(front.spot.day for front in fronts),
            outcome=tuple(self.ends[h][0] if h in self.ends else -1 for h in range(len(fronts))),
        )

    # What may come next

    def _continuations(self, front: _Front, number: int) -> Iterator[_Front]:
        front = front._replace(parent=number, probability=-1)
        if front.draws < len(self.types.moves):
            return self._draw_types(front)
        if front.spot.left:
            return self._night(front)
        node = self.graph.nodes[front.spot.node]
        match node:
            case Terminal():
                self._end(front, node)
                return iter(())
            case Decision():
                return self._decision(front, node)
            case Offer():
                return self._offer(front, node)
            case Simultaneous():
                return self._at_once(front, node)
            case Chance():
                return self._chance(front, node)

    def _draw_types(self, front: _Front) -> Iterator[_Front]:
        for event in self.types.moves[front.draws]:
            knowledge = front.knowledge
            for player, name in event.types.items():
                knowledge = knowledge.drawn(self.position[player], name)
            drawn = front._replace(
                draws=front.draws + 1, names={**front.names, **event.numbers}, knowledge=knowledge
            )
            yield self._happening(drawn, event.label, event.probability)

    def _night(self, front: _Front) -> Iterator[_Front]:
        """The clock breaks down before the next day, or it does not."""
        hazard, breakdown = self.steps.hazard(front.spot), self.graph.clock.breakdown
        if hazard is None or breakdown is None:
            raise ValueError("a night without a hazard is no move of nature")
        self.checks.hazard(front.spot, front.dead, hazard)
        morning = self.steps.struck(front.spot)
        everyone = range(len(self.players))
        entry = "clock: breakdown"
        known = front.knowledge.shown(self.memories, everyone, entry, morning.day)
        struck = front._replace(spot=morning, knowledge=known)
        yield self._take(self._happening(struck, entry, hazard), breakdown)
        calm = self.expressions.sub(self.expressions.number(1), hazard)
        if self.expressions.constant(calm) != 0:
            spared = front._replace(spot=self.steps.tomorrow(front.spot))
            yield self._happening(spared, "clock: no breakdown", calm)

    def _chance(self, front: _Front, node: Chance) -> Iterator[_Front]:
        probabilities = [self._here(front, event.probability) for event in node.events]
        self.checks.probabilities(front.spot, front.dead, node, probabilities)
        watching = self._watching(node.observed_by)
        for event, probability in zip(node.events, probabilities, strict=True):
            if self.expressions.constant(probability) == 0:
                continue
            label = f"nature: {event.name}"
            happening = self._happening(front, label, probability)
            yield self._take(self._shown(happening, {label: watching}), event.edge)

    def _decision(self, front: _Front, node: Decision) -> Iterator[_Front]:
        actions = self.steps.available(node, front.spot)
        player = self.position[node.player]
        chosen = self._choose(front, player, [action.name for action in actions])
        watching = self._watching(node.observed_by) | {player}
        for action, behind in zip(actions, chosen, strict=True):
            yield self._take(self._shown(behind, {behind.label: watching}), action.edge)

    def _offer(self, front: _Front, node: Offer) -> Iterator[_Front]:
        self.checks.offer_range(
            front.spot, front.dead, node, self._here(front, node.low), self._here(front, node.high)
        )
        grid = dict.fromkeys(self._here(front, entry) for entry in node.grid or ())
        player = self.position[node.player]
        chosen = self._choose(front, player, [self._number_name(n) for n in grid], tuple(grid))
        watching = self._watching(node.observed_by) | {player}
        for number, behind in zip(grid, chosen, strict=True):
            behind = behind._replace(names={**front.names, node.variable: number})
            yield self._take(self._shown(behind, {behind.label: watching}), node.edge)

    def _at_once(self, front: _Front, node: Simultaneous) -> Iterator[_Front]:
        """The next of several players who do not see each other's choices in time."""
        movers = tuple(node.actions)
        mover = movers[len(front.chosen)]
        player, actions = self.position[mover], node.actions[mover]
        watching = self._watching(node.observed_by)
        for action, behind in zip(actions, self._choose(front, player, actions), strict=True):
            profile = (*front.chosen, action)
            if len(profile) < len(movers):
                yield behind._replace(chosen=profile)
                continue
            moves = {
                f"{name}: {made}": watching | {self.position[name]}
                for name, made in zip(movers, profile, strict=True)
            }
            over = self._shown(behind._replace(chosen=()), moves)
            yield self._take(over, node.results[profile])

    def _end(self, front: _Front, node: Terminal) -> None:
        payoffs = (self._here(front, node.payoffs[player]) for player in self.players)
        total = tuple(
            self.expressions.add(paid, self._worth(player, payoff, front.spot.day))
            for player, (paid, payoff) in enumerate(zip(front.paid, payoffs, strict=True))
        )
        self.ends[front.parent] = self.outcomes[node.outcome], total

    # Parts of a move

    def _happening(self, front: _Front, label: str, probability: int) -> _Front:
        """After an event of chance."""
        dead = self.checks.dead(front.dead, probability)
        return front._replace(label=label, probability=probability, dead=dead)

    def _choose(
        self, front: _Front, player: int, actions: Sequence[str], numbers: tuple[int, ...] = ()
    ) -> list[_Front]:
        """After each action of a player; nobody has seen it yet."""
        found = self.sets.join(
            front.parent, front.spot, player, tuple(actions), numbers, front.knowledge
        )
        self.set_at[front.parent] = found
        return [
            front._replace(
                label=f"{self.players[player]}: {action}",
                knowledge=front.knowledge.decided(player, found, k),
            )
            for k, action in enumerate(actions)
        ]

    def _shown(self, front: _Front, moves: Mapping[str, Collection[int]]) -> _Front:
        """After each move has been seen by some players."""
        knowledge = front.knowledge
        for entry, players in moves.items():
            knowledge = knowledge.shown(self.memories, players, entry, front.spot.day)
        return front._replace(knowledge=knowledge)

    def _take(self, front: _Front, edge: Edge) -> _Front:
        """After an edge: payments first, then the state, then the days."""
        paid = list(front.paid)
        for name, handle in edge.pays.items():
            player = self.position[name]
            worth = self._worth(player, self._here(front, handle), front.spot.day)
            paid[player] = self.expressions.add(paid[player], worth)
        names = self._lasting(front.names) if edge.days else front.names
        spot = self.steps.follow(edge, front.spot)
        return front._replace(spot=spot, paid=tuple(paid), names=names)

    def _lasting(self, names: Mapping[str, int]) -> dict[str, int]:
        """The private numbers; offers are known on their own day only."""
        lasting = {n for private in self.graph.private.values() for n in private.numbers}
        lasting |= {n for private in self.graph.private.values() for n in private.draws}
        return {name: handle for name, handle in names.items() if name in lasting}

    def _worth(self, player: int, handle: int, day: int) -> int:
        """A payoff of some day, worth on day 0."""
        if day == 0:
            return handle
        if (player, day) not in self.factors:
            days = self.expressions.number(day)
            self.factors[player, day] = self.expressions.apply(
                Operation.POW, self.discount[player], days
            )
        return self.expressions.mul(self.factors[player, day], handle)

    def _here(self, front: _Front, handle: int) -> int:
        names = self.steps.names(front.spot)
        return self.steps.substitute(handle, {**names, **front.names} if front.names else names)

    def _watching(self, observed_by: Collection[str] | None) -> set[int]:
        names = self.players if observed_by is None else observed_by
        return {self.position[name] for name in names}

    def _number_name(self, handle: int) -> str:
        """A number offered, in words: an action's name that no action of a decision can have."""
        constant = self.expressions.constant(handle)
        if constant is not None:
            return number_text(constant)
        text = f"[{render(self.expressions, handle)}]"
        while self.number_names.setdefault(text, handle) != handle:
            text += "'"
        return text
