"""The sections beside the game: parameters, state, clock, private numbers, outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from gametheory_crisis.language import shapes
from gametheory_crisis.language.builder import Builder
from gametheory_crisis.language.graph import (
    Clock,
    Draw,
    Expr,
    GraphNode,
    JointType,
    Outcome,
    Parameter,
    Private,
    StateVariable,
    Terminal,
)
from gametheory_crisis.language.node_shapes import ClockShape
from gametheory_crisis.language.probabilities import read_probabilities
from gametheory_crisis.language.report import Path, Report, unknown
from gametheory_crisis.language.scopes import CONSTANT, HAZARD, Kind, Names, Spot

TYPE = "type"


def read_players(shape: shapes.ModelShape, report: Report) -> dict[str, str]:
    """Players and what the file says of them."""
    if isinstance(shape.players, dict):
        return dict(shape.players)
    report.add_repeats(("players",), shape.players)
    return dict.fromkeys(shape.players, "")


def read_parameters(shape: shapes.ModelShape, names: Names) -> dict[str, Parameter]:
    """Parameters, each checked against its own range."""
    parameters = {}
    for name, entry in shape.parameters.items():
        path: Path = ("parameters", name)
        names.declare(name, Kind.PARAMETER, path)
        if isinstance(entry, Fraction):
            parameters[name] = Parameter(name, entry)
            continue
        limits = (entry.range[0], entry.range[1]) if entry.range is not None else None
        parameter = Parameter(name, entry.value, limits, entry.integer, entry.unit, entry.doc)
        if limits is not None and limits[0] > limits[1]:
            names.report.add((*path, "range"), "the low end lies above the high end")
        else:
            check_value(parameter, entry.value, (*path, "value"), names.report)
        parameters[name] = parameter
    return parameters


def check_value(parameter: Parameter, value: Fraction, path: Path, report: Report) -> None:
    """Report a value outside a parameter's range, or a fraction where it is an integer."""
    if parameter.range is not None and not parameter.range[0] <= value <= parameter.range[1]:
        low, high = (f"{float(end):.12g}" for end in parameter.range)
        shown = f"{float(value):.12g}"
        report.add(path, f"{shown} lies outside the range [{low}, {high}] of '{parameter.name}'")
    if parameter.integer and value.denominator != 1:
        report.add(path, f"'{parameter.name}' is a whole number, not {float(value):.12g}")


def read_state(shape: shapes.ModelShape, names: Names) -> dict[str, StateVariable]:
    """State variables, with the value each starts at."""
    variables = {}
    for name, entry in shape.state.items():
        path: Path = ("state", name)
        names.declare(name, Kind.STATE, path)
        is_short = isinstance(entry, list)
        low, high = entry if isinstance(entry, list) else entry.range
        start = low
        if isinstance(entry, shapes.StateShape) and entry.start is not None:
            start = entry.start
        if low > high:
            place = path if is_short else (*path, "range")
            names.report.add(place, "the low end lies above the high end")
        elif not low <= start <= high:
            names.report.add((*path, "start"), f"{start} lies outside the range [{low}, {high}]")
        variables[name] = StateVariable(name, low, high, start)
    return variables


def read_clock(clock: ClockShape, builder: Builder, names: Names, players: Iterable[str]) -> Clock:
    """The clock; its inline nodes go to ``builder``."""
    report = names.report
    deadline = hazard = expires = breakdown = None
    if clock.deadline is not None:
        deadline = names.number(clock.deadline, Spot(("clock", "deadline"), CONSTANT))
        value = names.expressions.constant(deadline)
        if value is not None and (value.denominator != 1 or value < 1):
            message = f"a deadline is a whole number of at least 1, not {float(value):.12g}"
            report.add(("clock", "deadline"), message)
    if (clock.deadline is None) != (clock.expires is None):
        there, absent = ("expires", "deadline") if clock.expires else ("deadline", "expires")
        message = f"`{there}` needs `{absent}` beside it"
        report.add(("clock", there), message, key=True)
    if clock.expires is not None:
        expires = builder.target(clock.expires, ("clock", "expires"), "expires")
    if clock.breakdown is not None:
        path: Path = ("clock", "breakdown")
        hazard = names.number(clock.breakdown.hazard, Spot((*path, "hazard"), HAZARD))
        value = names.expressions.constant(hazard)
        if value is not None and not 0 <= value <= 1:
            message = f"a probability lies between 0 and 1, not at {float(value):.12g}"
            report.add((*path, "hazard"), message)
        breakdown = builder.edge(clock.breakdown.to, (*path, "to"), "breakdown.to", None)
    discount = _read_discount(clock.discount, builder, names, players)
    return Clock(deadline, expires, discount, hazard, breakdown, clock.doc)


def _read_discount(
    discount: str | dict[str, str] | None, builder: Builder, names: Names, players: Iterable[str]
) -> dict[str, Expr]:
    path: Path = ("clock", "discount")
    one = names.expressions.number(1)
    if discount is None:
        return dict.fromkeys(players, one)
    if isinstance(discount, str):
        return dict.fromkeys(players, _discount(discount, path, names))
    builder.known_players(discount, path)
    given = {key: _discount(text, (*path, key), names) for key, text in discount.items()}
    return {player: given.get(player, one) for player in players}


def _discount(text: str, path: Path, names: Names) -> Expr:
    handle = names.number(text, Spot(path, CONSTANT))
    value = names.expressions.constant(handle)
    if value is not None and not 0 <= value <= 1:
        names.report.add(path, f"a discount lies between 0 and 1, not at {float(value):.12g}")
    return handle


def declare_private(shape: shapes.ModelShape, names: Names) -> None:
    """Enter the names of private numbers, before any expression is read."""
    for player, entry in shape.private.items():
        for name in entry.numbers:
            names.declare(name, Kind.PRIVATE, ("private", player, name))


def read_private(
    shape: shapes.ModelShape, names: Names, players: Sequence[str]
) -> dict[str, Private]:
    """What each player alone knows."""
    private = {}
    for player, entry in shape.private.items():
        path: Path = ("private", player)
        if players and player not in players:
            names.report.add(path, unknown("player", player, players), key=True)
        types, prior = _read_types(entry, path, names, joint=bool(shape.joint_prior))
        numbers: dict[str, tuple[Expr, ...]] = {}
        draws: dict[str, Draw] = {}
        for name, number in entry.numbers.items():
            if isinstance(number, dict):
                numbers[name] = _read_numbers(number, types, (*path, name), names)
            else:
                draw = _read_draw(number, (*path, name), names)
                if draw is not None:
                    draws[name] = draw
        private[player] = Private(player, types, prior, numbers, draws)
    return private


def _read_types(
    entry: shapes.PrivateShape, path: Path, names: Names, *, joint: bool
) -> tuple[tuple[str, ...], tuple[Expr, ...] | None]:
    place = (*path, TYPE)
    if entry.type is None:
        return (), None
    if isinstance(entry.type, list):
        names.report.add_repeats(place, entry.type)
        if not joint:
            message = "a list of types needs `joint_prior`; or write {type: probability}"
            names.report.add(place, message)
        return tuple(dict.fromkeys(entry.type)), None
    if joint:
        message = "`joint_prior` gives the probabilities; write a list of types here"
        names.report.add(place, message)
    texts: dict[Path, str] = {(*place, name): text for name, text in entry.type.items()}
    return tuple(entry.type), read_probabilities(names, texts, place, CONSTANT)


def _read_numbers(
    number: dict[str, str], types: tuple[str, ...], path: Path, names: Names
) -> tuple[Expr, ...]:
    if not types:
        message = "a number that depends on the type needs `type` beside it"
        names.report.add(path, message)
        return ()
    for name in number:
        if name not in types:
            names.report.add((*path, name), unknown("type", name, types), key=True)
    left_out = [name for name in types if name not in number]
    if left_out:
        names.report.add(path, f"no number for the type {', '.join(left_out)}")
    read = {key: names.number(text, Spot((*path, key), CONSTANT)) for key, text in number.items()}
    return tuple(read[name] for name in types if name in read)


def _read_draw(number: str | shapes.DrawShape, path: Path, names: Names) -> Draw | None:
    if isinstance(number, str):
        text, place, points = number, path, None
    else:
        text, place, points = number.draw, (*path, "draw"), number.points
    found = names.distribution(text, Spot(place, CONSTANT))
    if found is None:
        return None
    name, arguments = found
    constants = [names.expressions.constant(argument) for argument in arguments]
    reason = _no_distribution(name, constants)
    if reason is not None:
        names.report.add(place, f"{name}: {reason}")
    return Draw(name, arguments, points)


def _no_distribution(name: str, constants: list[Fraction | None]) -> str | None:
    """Why constant arguments make no distribution, as far as they are constant."""

    def below(first: int, second: int, *, strictly: bool) -> bool:
        a, b = constants[first], constants[second]
        return a is None or b is None or a < b or (a == b and not strictly)

    def positive(position: int) -> bool:
        value = constants[position]
        return value is None or value > 0

    match name:
        case "uniform":
            return None if below(0, 1, strictly=True) else "lo must lie below hi"
        case "beta":
            if not (positive(0) and positive(1)):
                return "a and b must be positive"
            return None if below(2, 3, strictly=True) else "lo must lie below hi"
        case "normal":
            return None if positive(1) else "sd must be positive"
        case "triangular":
            ordered = below(0, 1, strictly=False) and below(1, 2, strictly=False)
            ordered = ordered and below(0, 2, strictly=True)
            return None if ordered else "lo, mode and hi must come in this order, and lo below hi"
        case _:
            return None if positive(0) else "rate must be positive"


def read_joint_prior(
    shape: shapes.ModelShape, names: Names, private: dict[str, Private]
) -> tuple[JointType, ...]:
    """Probabilities of the combinations of types."""
    report = names.report
    typed = {player: entry.types for player, entry in private.items() if entry.types}
    texts: dict[Path, str] = {}
    combinations: list[dict[str, str]] = []
    listed: set[frozenset[tuple[str, str]]] = set()
    for index, entry in enumerate(shape.joint_prior):
        if entry is None:
            continue
        path: Path = ("joint_prior", index)
        for player, name in entry.types.items():
            if player not in typed:
                message = unknown("player with types", player, tuple(typed))
                report.add((*path, "types", player), message, key=True)
            elif name not in typed[player]:
                message = unknown(f"type of {player}", name, typed[player])
                report.add((*path, "types", player), message)
        left_out = [player for player in typed if player not in entry.types]
        if left_out:
            report.add((*path, "types"), f"no type for {', '.join(left_out)}")
        if frozenset(entry.types.items()) in listed:
            report.add((*path, "types"), "this combination of types is listed already")
        listed.add(frozenset(entry.types.items()))
        combinations.append(entry.types)
        texts[*path, "probability"] = entry.probability
    if not texts:
        return ()
    probabilities = read_probabilities(names, texts, ("joint_prior",), CONSTANT)
    return tuple(map(JointType, combinations, probabilities))


def read_outcomes(
    shape: shapes.ModelShape, nodes: dict[str, GraphNode], paths: dict[str, Path], report: Report
) -> dict[str, Outcome]:
    """Outcomes in the order of the section, or of first appearance where there is none."""
    used: dict[str, Path] = {}
    for node in nodes.values():
        if isinstance(node, Terminal):
            used.setdefault(node.outcome, (*paths[node.name], "outcome"))
    if not shape.outcomes:
        return {name: Outcome(name) for name in used}
    outcomes = {
        name: Outcome(name, entry.colour, entry.label, entry.doc)
        for name, entry in shape.outcomes.items()
    }
    if report.touches("outcomes"):
        return outcomes | {name: Outcome(name) for name in used if name not in outcomes}
    all_read = not report.touches("game")
    for name, path in used.items():
        if name not in outcomes and name != "forever":
            report.add(path, unknown("outcome", name, tuple(outcomes)))
    for name in outcomes:
        if all_read and name not in used and name != "forever":
            report.add(("outcomes", name), f"no end has the outcome '{name}'", key=True)
    return outcomes
