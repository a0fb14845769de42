"""The sections about answers: regimes, claims, assumptions and the default map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from gametheory_crisis.language import shapes
from gametheory_crisis.language.graph import (
    FOREVER,
    Claim,
    Expr,
    MapAxis,
    Outcome,
    Parameter,
    Regime,
)
from gametheory_crisis.language.report import Path, unknown
from gametheory_crisis.language.scopes import CONSTANT, REGIME, Kind, Names, Spot
from gametheory_crisis.language.sections import check_value

WITHIN = Fraction(1, 10**6)


def read_regimes(
    shape: shapes.ModelShape, names: Names, outcomes: Mapping[str, Outcome]
) -> tuple[Regime, ...]:
    """The file's regimes, or one for each outcome where it has none."""
    if not shape.regimes:
        return tuple(Regime(name) for name in outcomes)
    regimes = []
    for name, text in shape.regimes.items():
        spot = Spot(("regimes", name), REGIME)
        regimes.append(Regime(name, _read_regime(text, spot, names, outcomes)))
    return tuple(regimes)


def _read_regime(text: str, spot: Spot, names: Names, outcomes: Mapping[str, Outcome]) -> Expr:
    def resolve(name: str, column: int) -> int:
        if name in outcomes or name == FOREVER:
            if name in names.kinds:
                message = f"'{name}' is an outcome and {names.kinds[name].value}; rename one"
                names.report.add(spot.path, message, offset=column)
            return names.expressions.symbol(f"outcome:{name}")
        if name not in names.kinds:
            known = [*outcomes, *(word for word in names.kinds)]
            names.report.add(spot.path, unknown("outcome", name, known), offset=column)
            return names.expressions.symbol(name)
        return names.resolve(name, column, spot)

    return names.condition(text, spot, resolve)


def read_assumptions(shape: shapes.ModelShape, names: Names) -> tuple[Expr, ...]:
    """Conditions that must hold among parameters."""
    return tuple(
        names.condition(text, Spot(("assume", index), CONSTANT))
        for index, text in enumerate(shape.assume)
        if text is not None
    )


def read_map(
    shape: shapes.MapShape | None, parameters: Mapping[str, Parameter], names: Names
) -> tuple[MapAxis, MapAxis] | None:
    """The two axes of the default map."""
    if shape is None:
        return None
    if shape.x.parameter == shape.y.parameter:
        names.report.add(("map", "y", "parameter"), "both axes are the same parameter")
    return (
        _read_axis(shape.x, ("map", "x"), parameters, names),
        _read_axis(shape.y, ("map", "y"), parameters, names),
    )


def _read_axis(
    axis: shapes.AxisShape, path: Path, parameters: Mapping[str, Parameter], names: Names
) -> MapAxis:
    report = names.report
    if names.kinds.get(axis.parameter) is not Kind.PARAMETER:
        message = unknown("parameter", axis.parameter, tuple(parameters))
        report.add((*path, "parameter"), message)
    elif axis.parameter in parameters:
        check_value(parameters[axis.parameter], axis.low, (*path, "from"), report)
        check_value(parameters[axis.parameter], axis.high, (*path, "to"), report)
    if axis.low >= axis.high:
        report.add((*path, "to"), "`to` must lie above `from`")
    return MapAxis(axis.parameter, axis.low, axis.high, axis.num)


def read_claims(
    shape: shapes.ModelShape,
    names: Names,
    parameters: Mapping[str, Parameter],
    players: Sequence[str],
    outcomes: Mapping[str, Outcome],
    regimes: Sequence[Regime],
) -> tuple[Claim, ...]:
    """What the author says must hold."""
    known_regimes = tuple(dict.fromkeys([*(regime.name for regime in regimes), *outcomes, FOREVER]))
    known_outcomes = tuple(dict.fromkeys([*outcomes, FOREVER]))
    claims = []
    for index, claim in enumerate(shape.claims):
        if claim is None:
            continue
        path: Path = ("claims", index)
        _check_point(claim, path, parameters, names)
        _check_answers(claim, path, names)
        for key, name, known in (
            ("regime", claim.regime, known_regimes),
            ("outcome", claim.outcome, known_outcomes),
        ):
            if name is not None and name not in known:
                names.report.add((*path, key), unknown(key, name, known))
        place: Path = (*path, "probability")
        probability = _read_values(claim.probability, place, "outcome", known_outcomes, names)
        payoff = _read_values(claim.payoff, (*path, "payoff"), "player", players, names)
        claims.append(
            Claim(
                line=names.report.line(path),
                at=dict(claim.at),
                regime=claim.regime,
                outcome=claim.outcome,
                day=claim.day,
                probability=probability,
                payoff=payoff,
                equilibria=claim.equilibria,
                within=WITHIN if claim.within is None else claim.within,
                some=claim.some,
                doc=claim.doc,
            )
        )
    return tuple(claims)


def _check_point(
    claim: shapes.ClaimShape, path: Path, parameters: Mapping[str, Parameter], names: Names
) -> None:
    for name, value in claim.at.items():
        place = (*path, "at", name)
        if names.kinds.get(name) is not Kind.PARAMETER:
            message = unknown("parameter", name, tuple(parameters))
            names.report.add(place, message, key=True)
        elif name in parameters:
            check_value(parameters[name], value, place, names.report)


def _check_answers(claim: shapes.ClaimShape, path: Path, names: Names) -> None:
    if not claim.model_fields_set & set(claim.ANSWERS):
        known = ", ".join(claim.ANSWERS)
        names.report.add(path, f"a claim says at least one of {known}")
    if claim.day is not None and claim.outcome is None:
        names.report.add((*path, "day"), "`day` needs `outcome` beside it", key=True)
    if claim.within is not None and claim.within < 0:
        names.report.add((*path, "within"), "a tolerance is not negative")


def _read_values(
    texts: dict[str, str], path: Path, what: str, known: Sequence[str], names: Names
) -> dict[str, Expr]:
    for name in texts:
        if known and name not in known:
            names.report.add((*path, name), unknown(what, name, known), key=True)
    return {name: names.number(text, Spot((*path, name), CONSTANT)) for name, text in texts.items()}
