"""The stage game: a public game as positions that move within a day, and nights between days.

A *position* is a node in one state of the state variables, before the deadline (`Phase.RUNNING`),
on the deadline after a breakdown (`Phase.LATE`) or after expiry (`Phase.EXPIRED`). Positions before
a deadline repeat every day and read the input ``day``; in all others the day is part of the
position. Within a day play moves only to positions with a lower index, so one sweep upwards solves
a day. Where play can go on for ever, no position knows the day and nights lead anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum

from gametheory_crisis.games.tape import Tape


class Kind(Enum):
    """What happens at a position."""

    TERMINAL = "terminal"
    DECISION = "decision"
    OFFER = "offer"
    SIMULTANEOUS = "simultaneous"
    CHANCE = "chance"
    NIGHT = "night"


class Phase(IntEnum):
    """Where the clock stands."""

    RUNNING = 0
    LATE = 1
    EXPIRED = 2


@dataclass(frozen=True, slots=True)
class Branch:
    """One way on from a position.

    Attributes
    ----------
    label : the action, event, offer or profile (``(stay, quit)``) taken
    target : index of the position reached on the same day
    pays : slot of each player's payment, or empty where nobody is paid
    probability : slot, at chance positions
    offer : slot of the number offered, at offers from a grid
    """

    label: str
    target: int
    pays: tuple[int, ...] = ()
    probability: int | None = None
    offer: int | None = None


@dataclass(frozen=True, slots=True)
class Night:
    """What a passing day leads to.

    ``tomorrow`` is where play goes on; ``breakdown`` where the hazard leads. The two for the
    deadline hold when the new day is the deadline. ``hazard`` is a slot, read on the new day.
    """

    tomorrow: int
    breakdown: int | None = None
    hazard: int | None = None
    tomorrow_at_deadline: int | None = None
    breakdown_at_deadline: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """A condition without which there is no game at a point.

    ``exact`` is the condition for rational arithmetic where it differs.
    """

    condition: int
    message: str
    exact: int | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """One place of play.

    Attributes
    ----------
    node, state, phase : where in the model; ``state`` in the order of the model's state variables
    day : the slot of the day, a constant or an expression of the deadline or the input ``day``
    movers : indices of the players who choose here
    branches : in the file's order; at a simultaneous position one per profile, last player fastest
    shape : number of actions of each mover, at a simultaneous position
    actions : names of the actions of each mover, at a simultaneous position
    variable, low, high : of a continuous offer
    outcome, payoffs : of a terminal
    repeats : whether the position stands on every day before the deadline
    offers : name and slot of each number offered from a grid earlier on the same day
    reads : continuous offers made earlier on the same day that anything here or below depends on
    answers : index of the continuous offer that ``reads`` refers to, or -1
    checks : conditions without which nothing can be played here
    """

    node: str
    state: tuple[int, ...]
    phase: Phase
    kind: Kind
    day: int
    repeats: bool
    branches: tuple[Branch, ...] = ()
    movers: tuple[int, ...] = ()
    shape: tuple[int, ...] = ()
    actions: tuple[tuple[str, ...], ...] = ()
    variable: str = ""
    low: int = -1
    high: int = -1
    outcome: int = -1
    payoffs: tuple[int, ...] = ()
    night: Night | None = None
    offers: tuple[tuple[str, int], ...] = ()
    reads: frozenset[str] = frozenset()
    answers: int = -1
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True)
class StageGame:
    """A game of public moves.

    Attributes
    ----------
    tape : the model's arithmetic; every slot named here is one of its slots
    players, outcomes, state : names
    positions : see `Position`
    start : index of the position where play begins, on day 0
    deadline : slot, or None
    discount : slot of each player's daily discount factor
    checks : conditions on parameters
    affine : for a slot and an offer that it reads, the slots of intercept and slope where it is
        affine
    regimes : for each regime its name and the slot of its condition (None: the outcome so named); a
        condition reads the inputs ``outcome:NAME`` and ``day`` (the expected day)
    endless : whether play can go on for ever
    """

    tape: Tape
    players: tuple[str, ...]
    outcomes: tuple[str, ...]
    state: tuple[str, ...]
    parameters: tuple[str, ...]
    positions: tuple[Position, ...]
    start: int
    deadline: int | None
    discount: tuple[int, ...]
    checks: tuple[Check, ...]
    affine: dict[tuple[int, str], tuple[int, int]] = field(default_factory=dict)
    regimes: tuple[tuple[str, int | None], ...] = ()
    endless: bool = False

    @property
    def single_stage(self) -> bool:
        """Whether the game is one simultaneous move and nothing else."""
        movers = [position for position in self.positions if position.movers]
        return len(movers) == 1 and movers[0].kind is Kind.SIMULTANEOUS and not movers[0].repeats
