"""The extensive form: every history of a game, and what a player knows when it moves.

Two classes with the same histories.  An `ExtensiveForm` belongs to a model and has slots of a tape
where a point has numbers; an `ExtensiveGame` is one point of it, and all that a solver sees.
Histories are numbered in preorder: 0 is the beginning, a history comes before all that continue
it, and the continuations of each are in the file's order.  Simultaneous moves stand as moves in
sequence that are not seen in time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.stage import Check
from gametheory_crisis.games.tape import Tape

NATURE = -1
"""In place of a player, at chance moves."""


@dataclass(frozen=True, slots=True)
class InformationSet:
    """Histories that the player who moves there cannot tell apart.

    Attributes
    ----------
    player : index of the player
    actions : names, in the file's order
    histories : numbers of the histories, ascending
    node : the first of its nodes in the file
    day : the day, which every player knows
    state : state variables that have one value at all the histories
    type : name of the player's private type, empty where it has none
    seen : what the player has seen, in order, each as ``Sender: beer``, ``nature: signal`` or
        ``clock: breakdown``; before what is seen on a later day than all before it, ``day 2``
    before : the player's own last information set and the action that it took there, or None;
        the same for all the histories, since players remember (perfect recall)
    expired : whether the clock has expired
    numbers : at an offer from a grid, per action the number offered (in a form: its slot)
    """

    player: int
    actions: tuple[str, ...]
    histories: tuple[int, ...]
    node: str
    day: int = 0
    state: Mapping[str, int] = field(default_factory=dict)
    type: str = ""
    seen: tuple[str, ...] = ()
    before: tuple[int, int] | None = None
    expired: bool = False
    numbers: tuple[Number, ...] = ()


@dataclass(frozen=True, slots=True)
class Histories:
    """The tree itself.

    Attributes
    ----------
    parent : per history the history before its last move, -1 for the beginning
    children : per history its continuations: one per action of its information set, in that order,
        or one per event of chance; empty where the game ends
    label : the last move in words, ``Sender: beer``, ``nature: signal``, ``type of Iran: soft``;
        empty for the beginning
    information_set : index of the information set at which a player moves, -1 at chance and ends
    node : the node of the model
    day : the day
    outcome : index of the outcome where the game ends, else -1
    """

    parent: tuple[int, ...]
    children: tuple[tuple[int, ...], ...]
    label: tuple[str, ...]
    information_set: tuple[int, ...]
    node: tuple[str, ...]
    day: tuple[int, ...]
    outcome: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.parent)

    def path(self, history: int) -> tuple[int, ...]:
        """The histories on the way to one, the beginning left out, itself included."""
        way = []
        while self.parent[history] >= 0:
            way.append(history)
            history = self.parent[history]
        return tuple(reversed(way))

    def words(self, history: int) -> str:
        """A history in words: its moves, separated by commas."""
        return ", ".join(self.label[step] for step in self.path(history)) or "the beginning"


@dataclass(frozen=True)
class ExtensiveForm:
    """A model's tree for one length of its deadline, with slots of a tape for its numbers.

    Attributes
    ----------
    tape : the model's arithmetic; every slot named here is one of its slots
    players, outcomes, parameters : names
    histories : the tree
    information_sets : in the order of their first histories
    probability : per history the slot of the probability of its last move, -1 where a player
        made it
    payoffs : per history where the game ends the slot of each player's payoff, all payments on
        the way included and discounted to day 0; empty elsewhere
    discount : slot of each player's daily discount factor
    checks : conditions without which there is no game
    regimes : as in `StageGame.regimes`
    nodes, state : names of the model's nodes and state variables, in the file's order
    states : per history the values of the state variables
    """

    tape: Tape
    players: tuple[str, ...]
    outcomes: tuple[str, ...]
    parameters: tuple[str, ...]
    histories: Histories
    information_sets: tuple[InformationSet, ...]
    probability: tuple[int, ...]
    payoffs: tuple[tuple[int, ...], ...]
    discount: tuple[int, ...]
    checks: tuple[Check, ...]
    regimes: tuple[tuple[str, int | None], ...] = ()
    nodes: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    states: tuple[tuple[int, ...], ...] = ()

    @cached_property
    def program(self) -> tuple[int, ...]:
        """The slots that a point needs, operands first."""
        slots = [slot for slot in self.probability if slot >= 0]
        slots += [slot for payoffs in self.payoffs for slot in payoffs]
        slots += self.discount
        slots += self.offered
        return tuple(self.tape.closure(slots))

    @cached_property
    def offered(self) -> tuple[int, ...]:
        """Slots of the numbers that are offered."""
        numbers = [number for place in self.information_sets for number in place.numbers]
        return tuple(dict.fromkeys(int(number) for number in numbers))

    @cached_property
    def at_points(self) -> dict[Any, Any]:
        """The trees of points looked at before, by what distinguishes them (`extensive_point`)."""
        return {}


@dataclass(frozen=True)
class ExtensiveGame:
    """A game in extensive form: numbers, and no event of probability 0.

    Attributes
    ----------
    players, outcomes : names
    histories : the tree
    information_sets : in the order of their first histories
    probability : per history the probability of its last move where nature made it, else 1
    payoffs : per history where the game ends the payoff of each player, discounted to day 0; empty
        elsewhere
    exact : whether every number is a `Fraction`; otherwise all are floats
    """

    players: tuple[str, ...]
    outcomes: tuple[str, ...]
    histories: Histories
    information_sets: tuple[InformationSet, ...]
    probability: tuple[Number, ...]
    payoffs: tuple[tuple[Number, ...], ...]
    exact: bool

    @cached_property
    def ends(self) -> tuple[int, ...]:
        """The histories where the game ends."""
        return tuple(h for h, children in enumerate(self.histories.children) if not children)

    @cached_property
    def chance(self) -> tuple[Number, ...]:
        """Per history the probability that nature's moves on the way to it happen."""
        shares: list[Number] = []
        for history, parent in enumerate(self.histories.parent):
            before = shares[parent] if parent >= 0 else self.probability[history]
            shares.append(before * self.probability[history] if parent >= 0 else before)
        return tuple(shares)


Behaviour = tuple[tuple[Number, ...], ...]
"""A behaviour profile: per information set the probability of each action."""
Beliefs = tuple[tuple[Number, ...], ...]
"""Per information set the probability of each of its histories."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What players do, and what they believe where they move.

    Attributes
    ----------
    behaviour : per information set the probability of each action
    beliefs : per information set the probability of each of its histories; None where no beliefs
        belong to the concept (Nash)
    supporting : per information set off the path the vertices of the set of all beliefs that
        support the behaviour, for those where it is more than a point; the set is their convex hull
    """

    behaviour: Behaviour
    beliefs: Beliefs | None = None
    supporting: Mapping[int, tuple[tuple[Number, ...], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Family:
    """Equilibria that differ only where a whole convex set of choices serves.

    Attributes
    ----------
    assessment : one of them, which stands for all
    kind : in words: ``pooling on beer``, ``separating``, ``semi-separating``; empty where none fits
    ranges : per information set and action whose probability varies in the family, the least and
        the largest
    refined_away : why a refinement removes the family, empty where it stays
    """

    assessment: Assessment
    kind: str = ""
    ranges: Mapping[tuple[int, int], tuple[Number, Number]] = field(default_factory=dict)
    refined_away: str = ""


@dataclass(frozen=True, slots=True)
class TreeSolution:
    """What a solver of extensive games returns.

    Attributes
    ----------
    families : the equilibria
    notes : why there may be more; empty where these are provably all
    """

    families: tuple[Family, ...]
    notes: tuple[str, ...] = ()
