"""``crisis sweep``: the model solved over a grid or a sample of parameters, as numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gametheory_crisis.cli.options import common_options, model_argument, point_option
from gametheory_crisis.cli.output import emit, progress, remark

if TYPE_CHECKING:
    from gametheory_crisis.model import Model
    from gametheory_crisis.sweeps.plan import Plan

TABLES = (".nc", ".csv", ".parquet")
STORE = ".zarr"
DESIGNS = ("sobol", "lhs", "random")
KEPT = {"equilibria": "equilibria", "day": "expected_day", "payoff": "payoff"}
KEPT |= {"probability": "probability"}
"""What `--keep` names, and what the data set calls it."""
MOST_STORED = 10**13
"""Cells of a store; more is a slip of the keyboard."""


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """How a store is written; `given` names the options that a user wrote."""

    resume: bool
    force: bool
    chunk: int | None
    shard: tuple[int, int] | None
    dask: str | None

    @property
    def given(self) -> list[str]:
        """The options that make sense for a store only."""
        written = {
            "--resume": self.resume,
            "--force": self.force,
            "--chunk": self.chunk is not None,
            "--shard": self.shard is not None,
            "--dask": self.dask is not None,
        }
        return [name for name, here in written.items() if here]


def _read_shard(
    ctx: click.Context, param: click.Parameter, text: str | None
) -> tuple[int, int] | None:
    if text is None:
        return None
    found = re.fullmatch(r"\s*(\d{1,9})\s*/\s*(\d{1,9})\s*", text, re.ASCII)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise click.BadParameter(f"'{text}': write k/N with k from 1 to N")
    return int(found[1]), int(found[2])


def _read_sample(
    ctx: click.Context, param: click.Parameter, text: str | None
) -> tuple[str, int] | None:
    if text is None:
        return None
    design, _, number = text.partition(":")
    if design not in DESIGNS or not re.fullmatch(r"[1-9][0-9]{0,9}", number, re.ASCII):
        raise click.BadParameter(f"'{text}': write sobol:N, lhs:N or random:N")
    return design, int(number)


def _read_kept(
    ctx: click.Context, param: click.Parameter, text: str | None
) -> tuple[str, ...] | None:
    if text is None:
        return None
    words = [word.strip() for word in text.split(",")]
    if words == ["none"]:
        return ()
    for word in words:
        if word not in KEPT:
            raise click.BadParameter(f"'{word}': it may be {', '.join(KEPT)}, or none at all: none")
    return tuple(KEPT[word] for word in words)


@click.command("sweep")
@model_argument
@click.option(
    "-a",
    "--axis",
    "axes",
    multiple=True,
    metavar="AXIS",
    help="NAME=lo:hi:n, NAME=log:lo:hi:n or NAME=v1,v2,v3; repeatable, the last varies fastest. "
    "With --sample: NAME, NAME=lo:hi or a distribution such as 'NAME=beta(2, 3, 0, 0.6)'.",
)
@click.option(
    "--sample",
    callback=_read_sample,
    default=None,
    metavar="DESIGN:N",
    help="N points drawn from the parameters' ranges instead of a grid: sobol:N, lhs:N, random:N.",
)
@click.option("--seed", type=click.IntRange(min=0), default=None, help="Of the sample; default 0.")
@click.option(
    "--keep",
    callback=_read_kept,
    default=None,
    metavar="WHAT",
    help=f"What to keep besides regime and status: {','.join(KEPT)} (default all), or none.",
)
@click.option(
    "--select",
    type=click.Choice(["payoff", "risk", "logit", "mixed", "first"]),
    default=None,
    help="Which equilibrium a cell shows where it has several.",
)
@click.option("--threads", type=click.IntRange(min=1), default=None, help="Default: all cores.")
@click.option(
    "--specialise",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Compile code for this model; auto does where that pays.",
)
@click.option("--resume", is_flag=True, help="Continue the .zarr store that stands at -o.")
@click.option("--force", is_flag=True, help="Replace the .zarr store that stands at -o.")
@click.option(
    "--chunk",
    type=click.IntRange(min=1),
    default=None,
    metavar="CELLS",
    help="Cells that are solved and written to a .zarr store at once.",
)
@click.option(
    "--shard",
    callback=_read_shard,
    default=None,
    metavar="k/N",
    help="Solve one of N parts; N such processes share a .zarr store.",
)
@click.option(
    "--dask",
    default=None,
    metavar="ADDRESS",
    help="Send the chunks of a .zarr store to a Dask cluster; 'local' starts one.",
)
@point_option
@common_options(*TABLES, STORE)
def command(
    model: str,
    axes: tuple[str, ...],
    sample: tuple[str, int] | None,
    seed: int | None,
    keep: tuple[str, ...] | None,
    select: str | None,
    threads: int | None,
    specialise: str,
    resume: bool,
    force: bool,
    chunk: int | None,
    shard: tuple[int, int] | None,
    dask: str | None,
    values: dict[str, Fraction],
    as_json: bool,
    output: Path | None,
    quiet: bool,
) -> None:
    """Solve MODEL over one or more parameters, the others as in the file or after -p.

    A .zarr store is written chunk by chunk and may be larger than memory; killed at any moment, it
    is continued by the same command with --resume.

    \b
    crisis sweep sixty_day_ultimatum -a c_iran=0:0.6:200 -a threat=0:0.6:200 -o sweep.csv
    crisis sweep sixty_day_ultimatum -a c_iran=0:0.6:9000 -a threat=0:0.6:9000 -o sweep.zarr
    crisis sweep sixty_day_ultimatum --sample sobol:4096 -o sample.parquet
    """
    from gametheory_crisis.cli.summary import summary_lines
    from gametheory_crisis.cli.tables import check_writer
    from gametheory_crisis.model import load

    storing = StoreOptions(resume, force, chunk, shard, dask)
    stored = output is not None and output.suffix.lower() == STORE
    if storing.given and not stored:
        raise click.UsageError(f"{storing.given[0]} is for stores: -o NAME.zarr")
    if force and (resume or shard):
        other = "--resume" if resume else "--shard"
        raise click.UsageError(f"{other} continues a store, --force replaces it: write one of them")
    if seed is not None and sample is None:
        raise click.UsageError("--seed is for samples: --sample sobol:N")
    if output is not None and not stored:
        check_writer(output)
    loaded = load(model)
    points = _Points(axes, sample, seed or 0, values)
    if sample is not None and not stored:
        _check_memory(sample[1])
    plan = _plan(loaded, points, keep, select, specialise, stored=stored, quiet=quiet)
    if stored and output is not None:
        summary = _to_store(plan, output, storing, threads, quiet=quiet)
    else:
        summary = _in_memory(plan, output, threads, quiet=quiet)
    if sample is not None:
        summary["sample"] = {"design": sample[0], "points": sample[1], "seed": points.seed}
    emit(summary, summary_lines(summary), as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Points:
    """The options that say which points are solved."""

    axes: tuple[str, ...]
    sample: tuple[str, int] | None
    seed: int
    values: dict[str, Fraction]


def _check_memory(points: int) -> None:
    from gametheory_crisis.cli.axes import MAX_CELLS

    if points > MAX_CELLS:
        raise click.UsageError(
            f"{points:,} points do not fit in memory, at most {MAX_CELLS:,}: write -o NAME.zarr"
        )


def _plan(
    model: Model,
    points: _Points,
    keep: tuple[str, ...] | None,
    select: str | None,
    specialise: str,
    *,
    stored: bool,
    quiet: bool,
) -> Plan:
    """What the options ask for."""
    from gametheory_crisis.cli.axes import MAX_CELLS, check_apart, remark_pace, sweep_axes
    from gametheory_crisis.cli.spreads import read_spreads
    from gametheory_crisis.sweeps.plan import grid_plan, sample_plan
    from gametheory_crisis.sweeps.space import ParameterSpace

    if points.sample is not None:
        space = ParameterSpace.of(model, read_spreads(points.axes, model), points.values)
        return sample_plan(model, space, *points.sample, points.seed, keep, select, specialise)
    if not points.axes:
        raise click.UsageError("no axes: write -a NAME=lo:hi:n, or --sample sobol:N")
    most = MOST_STORED if stored else MAX_CELLS
    grid = sweep_axes(points.axes, model.graph, quiet=quiet, most=most)
    check_apart(grid, points.values)
    remark_pace(model, grid, "-a", quiet=quiet)
    return grid_plan(model, grid, points.values, keep, select, specialise)


def _in_memory(
    plan: Plan, output: Path | None, threads: int | None, *, quiet: bool
) -> dict[str, Any]:
    """Solve the plan, write the table if there is to be one, and sum up."""
    from gametheory_crisis.cli.summary import summarise
    from gametheory_crisis.cli.tables import write_table
    from gametheory_crisis.sweeps.sweep import run_plan

    with progress(quiet) as show:
        sweep = run_plan(plan, threads=threads, progress=show)
    if output is not None:
        write_table(sweep, output)
        remark(f"wrote {output}", quiet)
    return summarise(sweep, "sweep", output)


def _to_store(
    plan: Plan, output: Path, storing: StoreOptions, threads: int | None, *, quiet: bool
) -> dict[str, Any]:
    """Fill a store, and sum up what stands in it by then."""
    from gametheory_crisis.cli.summary import summarise
    from gametheory_crisis.sweeps.stored import run_to_store

    try:
        with progress(quiet) as show:
            store = run_to_store(
                plan,
                output,
                chunk=storing.chunk,
                resume=storing.resume,
                force=storing.force,
                shard=storing.shard,
                client=storing.dask,
                threads=threads,
                progress=show,
            )
    except KeyboardInterrupt:
        if output.is_dir():
            remark(f"{output} holds what is done; --resume continues it", quiet)
        raise
    if store.damaged:
        remark(f"{store.damaged} damaged chunk(s) of {output} were computed again", quiet)
    remark(f"wrote {output}", quiet)
    return summarise(store.frame, "sweep", output, store.tally())
