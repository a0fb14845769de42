"""``crisis repeated``: when restraint is self-enforcing in a game that is played every day."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gametheory_crisis.cli.options import (
    PICTURES,
    check_name,
    common_options,
    model_argument,
    point_option,
    read_number,
)
from gametheory_crisis.cli.output import emit, save_figure, style

if TYPE_CHECKING:
    from gametheory_crisis.repeated_game import RepeatedGame
    from gametheory_crisis.repeated_results import CriticalDiscount, PayoffSet
    from gametheory_crisis.results import Number

SCHEMA = "gametheory_crisis.repeated/1"
PERIODS = (1, 2, 5)
"""Lengths of the finite punishments that are listed unless others are asked for."""
DRAWN = Fraction(9, 10)
"""The discount factor of a picture for which none is given."""
MOST_DRAWN = 5


def _shares(
    ctx: click.Context, param: click.Parameter, texts: tuple[str, ...]
) -> tuple[Fraction, ...]:
    return tuple(_share(ctx, param, text) for text in texts)


def _share(ctx: click.Context, param: click.Parameter, text: str | None) -> Any:
    if text is None:
        return None
    number = read_number(text)
    if not 0 <= number < 1:
        raise click.BadParameter(f"{text} does not lie in [0, 1)")
    return number


@click.command("repeated")
@model_argument
@point_option
@click.option(
    "--delta",
    "deltas",
    multiple=True,
    callback=_shares,
    metavar="D",
    help="A discount factor to look at; repeatable.",
)
@click.option(
    "--hazard", default=None, callback=_share, metavar="H", help="Risk of a breakdown overnight."
)
@click.option("--target", default=None, metavar="A,B", help="The actions to sustain.")
@click.option(
    "--periods",
    multiple=True,
    type=click.IntRange(1, 200),
    metavar="N",
    help="Length of a finite punishment to list; repeatable.",
)
@common_options(*PICTURES)
def command(
    model: str,
    values: dict[str, Fraction],
    deltas: tuple[Fraction, ...],
    hazard: Fraction | None,
    target: str | None,
    periods: tuple[int, ...],
    as_json: bool,
    output: Path | None,
    quiet: bool,
) -> None:
    """Play MODEL every day: how patient must both be for restraint to enforce itself?

    MODEL is one simultaneous move of two players, or repeats one. For each strategy the least
    discount factor is given from which on it is an equilibrium, Nash or subgame perfect. With
    --delta the payoffs of all equilibria are listed, and with -o drawn.

    \b
    crisis repeated prisoners_dilemma --delta 0.6 -o payoffs.png
    crisis repeated chicken --delta 1/3 --delta 0.8 --target yield,yield
    """
    from gametheory_crisis.model import load
    from gametheory_crisis.repeated_game import RepeatedGame

    if len(set(deltas)) > MOST_DRAWN:
        raise click.BadParameter(f"--delta: at most {MOST_DRAWN} discount factors")
    loaded = load(model)
    game = RepeatedGame(loaded, values, hazard=hazard)
    goal = game.target if target is None else _target(target, game)
    rows = _rows(game, goal, periods or PERIODS)
    looked_at = tuple(dict.fromkeys(deltas)) or ((DRAWN,) if output is not None else ())
    sets = [game.payoff_set(delta) for delta in looked_at]
    if output is not None:
        from gametheory_crisis.plots.payoff_set import draw_payoff_sets

        save_figure(draw_payoff_sets(game, sets, goal, loaded.graph.title), output, quiet)
    document = {
        "schema": SCHEMA,
        "model": loaded.name,
        "parameters": {name: float(value) for name, value in loaded.point(values).items()},
        **_stage(game, goal),
        "strategies": [_strategy(row, looked_at) for row in rows],
        "sets": [found.to_dict() for found in sets],
    }
    lines = [style(loaded.graph.title, bold=True), *_head(game, goal), "", *_table(rows, looked_at)]
    for found in sets:
        lines += ["", *_set_lines(found)]
    emit(document, lines, as_json=as_json)


def _target(text: str, game: RepeatedGame) -> tuple[str, str]:
    words = [word.strip() for word in text.split(",")]
    if len(words) != 2:
        raise click.BadParameter(f"--target {text}: write one action of each player, as in A,B")
    for word, names in zip(words, game.actions, strict=True):
        check_name("action", word, names)
    return words[0], words[1]


Row = tuple[str, "CriticalDiscount | None", "CriticalDiscount"]
"""A strategy in words, where it is a Nash equilibrium (if asked) and where subgame perfect."""


def _rows(game: RepeatedGame, goal: tuple[str, str], periods: Sequence[int]) -> list[Row]:
    """The strategies that the game has, each with its critical discount factors."""
    asked: list[tuple[str, str, dict[str, Any]]] = []
    pure = [all(1.0 in mix for mix in found.strategies) for found in game.stage_equilibria]
    if any(pure):
        asked.append(("grim trigger", "grim", {"punishment": "pure"}))
    if not all(pure):
        asked.append(("grim trigger, mixed reversion", "grim", {"punishment": "mixed"}))
    for n in dict.fromkeys(periods):
        plural = "period" if n == 1 else "periods"
        asked.append((f"{n} {plural} of punishment", "n_period", {"periods": n}))
    if all(len(names) == 2 for names in game.actions):
        asked.append(("tit for tat", "tit_for_tat", {}))
    asked.append(("stick and carrot", "stick_and_carrot", {}))
    rows: list[Row] = [
        (
            words,
            game.critical(strategy, target=goal, concept="nash", **options),
            game.critical(strategy, target=goal, **options),
        )
        for words, strategy, options in asked
    ]
    return [*rows, ("optimal penal code", None, game.critical("penal_code", target=goal))]


def _stage(game: RepeatedGame, goal: tuple[str, str]) -> dict[str, Any]:
    """What ``--json`` tells of the stage."""
    return {
        "players": list(game.players),
        "actions": [list(names) for names in game.actions],
        "hazard": float(game.hazard),
        "target": list(goal),
        "minmax": {
            "pure": [float(level) for level in game.minmax()],
            "mixed": [float(level) for level in game.minmax(pure=False)],
        },
    }


def _strategy(row: Row, deltas: Sequence[Fraction]) -> dict[str, Any]:
    """What ``--json`` tells of one strategy."""
    words, nash, perfect = row
    return {
        "name": words,
        "nash": None if nash is None else nash.to_dict(),
        "subgame_perfect": perfect.to_dict(),
        "at": [
            {
                "delta": float(delta),
                "nash": None if nash is None else nash.holds(delta),
                "subgame_perfect": perfect.holds(delta),
            }
            for delta in deltas
        ],
    }


def _head(game: RepeatedGame, goal: tuple[str, str]) -> list[str]:
    from gametheory_crisis.cli.wording import columns, number

    payoffs = [
        table[game.actions[0].index(goal[0])][game.actions[1].index(goal[1])]
        for table in game.payoffs
    ]
    told = [
        ("target", f"({', '.join(goal)})"),
        ("pays", _pair(game, payoffs)),
        ("pure minmax", _pair(game, game.minmax())),
    ]
    if game.hazard:
        told.append(("hazard", f"{number(game.hazard)} overnight"))
    return columns(told)


def _pair(game: RepeatedGame, numbers: Sequence[Number]) -> str:
    from gametheory_crisis.cli.wording import number

    return ", ".join(
        f"{player} {number(value)}" for player, value in zip(game.players, numbers, strict=True)
    )


def _table(rows: Sequence[Row], deltas: Sequence[Fraction]) -> list[str]:
    from gametheory_crisis.cli.wording import columns, number

    heads = ["", "Nash from", "subgame perfect from", *(f"at {number(delta)}" for delta in deltas)]
    cells = [heads]
    for words, nash, perfect in rows:
        line = [words, "" if nash is None else _critical(nash), _critical(perfect)]
        cells.append([*line, *(_verdict(nash, perfect, delta) for delta in deltas)])
    notes = [f"optimal penal code: {rows[-1][2].note}"]
    return [*columns(cells), "", *columns([(note,) for note in notes])]


def _critical(found: CriticalDiscount) -> str:
    """The least discount factor, or the note where there is more to say."""
    from gametheory_crisis.cli.wording import number

    if found.strategy != "penal_code" and found.note:
        return found.note if found.discounts or found.critical is None else "1 (in the limit)"
    return "nowhere" if found.critical is None else number(found.critical)


def _verdict(nash: CriticalDiscount | None, perfect: CriticalDiscount, delta: Fraction) -> str:
    if perfect.holds(delta):
        return "subgame perfect"
    return "Nash" if nash is not None and nash.holds(delta) else "-"


def _set_lines(found: PayoffSet) -> list[str]:
    from gametheory_crisis.cli.wording import columns, number

    title = f"Equilibrium payoffs at {number(found.delta)}"
    if found.empty:
        return [f"{title}: no equilibrium in pure actions"]
    kinds = {1: "a point", 2: "a segment"}
    kind = kinds.get(len(found.vertices), f"{len(found.vertices)} corners")
    if found.exact:
        accuracy = "exact"
    else:
        accuracy = "not confirmed" if found.error is None else f"to {found.error:.1g}"
    corners = columns([(number(x), number(y)) for x, y in found.vertices])
    return [f"{title}: {kind} ({accuracy})", *corners]
