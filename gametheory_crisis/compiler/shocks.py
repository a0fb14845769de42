"""From the graph to a tree whose players draw private numbers from continua.

The tree is that of the finite part of the game: a private number from a continuum is no move of
nature there but an input of the payoffs, which must be affine in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from gametheory_crisis.compiler.affine import affine_parts
from gametheory_crisis.compiler.freezing import make_tape
from gametheory_crisis.compiler.tree import unrolled
from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.shocks import ShockForm, ShockSlots
from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.language.graph import Chance, Draw, Graph, Offer

MAX_SHOCKS = 2
"""Private numbers from a continuum that one player may have."""


def shock_form(graph: Graph, deadline: int | None = None) -> ShockForm:
    """The tree of a model, its payoffs split into constants and slopes.

    Parameters
    ----------
    deadline : days before the clock expires; None where the model's clock has no deadline

    Raises
    ------
    UnsupportedGame
        There is no finite tree, a player has three private numbers from a continuum or more, or one
        of them is read where a solver in cutoffs cannot have it: in a chance probability, in an
        offer, or in a payoff that is not affine in it.
    """
    drawn = {
        name: (player, draw)
        for player, private in graph.private.items()
        for name, draw in private.draws.items()
        if draw.points is None
    }
    _check_number(drawn)
    for handle, place in _numbers_of_moves(graph):
        for name in sorted(graph.expressions.free_symbols(handle) & drawn.keys()):
            raise UnsupportedGame(
                f"the private number '{name}' is drawn from a continuum and read in {place}; "
                "replace the continuum by finitely many types (points: 20)"
            )
    form, substitute = unrolled(_without(graph, drawn), deadline)
    split = _Splitter(substitute.expressions, tuple(drawn))
    payoffs = tuple(
        split.coefficients(roots, form.histories.node[history], form.players) if roots else ()
        for history, roots in enumerate(form.payoffs)
    )
    shocks = tuple(
        ShockSlots(
            name,
            form.players.index(player),
            draw.distribution,
            tuple(substitute(argument, {}) for argument in draw.arguments),
        )
        for name, (player, draw) in drawn.items()
    )
    tape = make_tape(substitute.expressions)
    return ShockForm(replace(form, tape=tape, payoffs=payoffs), shocks)


def _check_number(drawn: Mapping[str, tuple[str, Draw]]) -> None:
    owned: dict[str, list[str]] = {}
    for name, (player, _) in drawn.items():
        owned.setdefault(player, []).append(name)
    for player, names in owned.items():
        if len(names) > MAX_SHOCKS:
            raise UnsupportedGame(
                f"{player} draws {', '.join(names)} from continua, more than {MAX_SHOCKS} private "
                "numbers; replace the others by finitely many types (points: 20)"
            )


def _numbers_of_moves(graph: Graph) -> Iterator[tuple[int, str]]:
    """Every number of a move that is no payoff, and where it stands in words."""
    for node in graph.nodes.values():
        match node:
            case Chance():
                for event in node.events:
                    yield event.probability, f"the probability of '{event.name}' at '{node.name}'"
            case Offer():
                for handle in (node.low, node.high, *(node.grid or ())):
                    yield handle, f"the offer at '{node.name}'"
            case _:
                pass
    if graph.clock.hazard is not None:
        yield graph.clock.hazard, "the hazard"


def _without(graph: Graph, names: Collection[str]) -> Graph:
    """The graph with some private numbers left to be inputs."""
    private = {
        player: replace(
            own, draws={name: draw for name, draw in own.draws.items() if name not in names}
        )
        for player, own in graph.private.items()
    }
    return replace(graph, private=private)


@dataclass(frozen=True)
class _Splitter:
    """Splits payoffs into a constant and a slope per private number."""

    expressions: Expressions
    names: tuple[str, ...]

    def coefficients(
        self, roots: tuple[int, ...], node: str, players: tuple[str, ...]
    ) -> tuple[int, ...]:
        """All constants of an end, one per player, then all slopes, player by player."""
        constants: list[int] = []
        slopes: list[int] = []
        for player, root in zip(players, roots, strict=True):
            constant, own = self._split(root, f"the payoff of {player} at '{node}'")
            constants.append(constant)
            slopes += own
        return (*constants, *slopes)

    def _split(self, root: int, place: str) -> tuple[int, list[int]]:
        rest, slopes = root, []
        for name in self.names:
            parts = affine_parts(self.expressions, rest, name)
            if parts is None:
                raise _not_affine(place, f"in the private number '{name}'")
            rest, slope = parts
            others = self.expressions.free_symbols(slope) & set(self.names)
            if others:
                raise _not_affine(place, f"in '{name}' and '{min(others)}' together")
            slopes.append(slope)
        return rest, slopes


def _not_affine(place: str, in_what: str) -> UnsupportedGame:
    return UnsupportedGame(
        f"{place} is not affine {in_what}; cutoffs need payoffs that are; replace the continuum by "
        "finitely many types (points: 20)"
    )
