"""Histories of simulated plays, as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.analysis.playing import Deed, Plays, Recorder
from gametheory_crisis.results import Number, plain

if TYPE_CHECKING:
    import xarray

SCHEMA = "gametheory_crisis.histories/1"

Column: TypeAlias = NDArray[Any]


@dataclass(frozen=True, repr=False)
class Histories:
    """Plays of one equilibrium, and every move made in them.

    Attributes
    ----------
    model, parameters : name of the model, and the whole point
    seed : what the random numbers were drawn from
    players, state, private : names of the players, of the state variables, and of the players who
        have a type
    plays : one row per play. ``outcome``; ``day`` of the end, ``nan`` for the outcome ``forever``;
        ``payoff:PLAYER``, realised, payments included, discounted to day 0; ``type:PLAYER``
    """

    model: str
    parameters: Mapping[str, Number]
    seed: int | None
    players: tuple[str, ...]
    state: tuple[str, ...]
    private: tuple[str, ...]
    plays: Mapping[str, Column]
    _blocks: Sequence[tuple[Plays, Deed]] = field(repr=False)

    def __repr__(self) -> str:
        return f"<Histories of {self.model}: {len(self)} plays, {self.num_moves} moves>"

    def __len__(self) -> int:
        return len(self.plays["outcome"])

    @property
    def num_moves(self) -> int:
        """Number of moves in all plays."""
        return sum(len(plays) for plays, _ in self._blocks)

    @cached_property
    def moves(self) -> Mapping[str, Column]:
        """One row per move, play by play, in order; made when first asked for.

        ``play``, ``step`` (from 0 within each play), ``day``, ``node``; ``state:NAME``, as the move
        found it; ``player`` (or ``nature``, or ``clock`` where it breaks down); ``type`` of the
        mover, where types are private; ``action`` (or event; of an offer the name of the number)
        and ``offer``, the number, ``nan`` elsewhere. Words are Python strings.
        """
        rows, columns = self._rows(), self._empty_columns()
        for where, (plays, deed) in zip(rows, self._blocks, strict=True):
            columns["play"][where] = plays
            columns["day"][where] = deed.day
            columns["node"][where] = deed.node
            columns["player"][where] = deed.player
            columns["action"][where] = deed.action
            columns["offer"][where] = deed.offer
            for name, level in zip(self.state, deed.state, strict=True):
                columns[f"state:{name}"][where] = level
            if self.private:
                columns["type"][where] = deed.type
        counts = self._counts
        first = np.repeat(np.cumsum(counts) - counts, counts)
        columns["step"][:] = np.arange(self.num_moves) - first
        return columns

    @cached_property
    def _counts(self) -> Plays:
        """Number of moves in each play."""
        counts = np.zeros(len(self), dtype=np.int64)
        for plays, _ in self._blocks:
            counts[plays] += 1
        return counts

    def _empty_columns(self) -> dict[str, Column]:
        dtypes: dict[str, Any] = {"play": np.int64, "step": np.int64, "day": np.int64}
        dtypes["node"] = object
        dtypes |= dict.fromkeys((f"state:{name}" for name in self.state), np.int64)
        dtypes["player"] = object
        if self.private:
            dtypes["type"] = object
        dtypes |= {"action": object, "offer": np.float64}
        return {name: np.empty(self.num_moves, dtype=dtype) for name, dtype in dtypes.items()}

    def _rows(self) -> list[Plays]:
        """For each block the rows of its moves: behind those of earlier plays and moves."""
        free = np.cumsum(self._counts) - self._counts
        rows = []
        for plays, _ in self._blocks:
            rows.append(free[plays])
            free[plays] += 1
        return rows

    def to_dict(self) -> dict[str, Any]:
        """All columns as lists, ready for JSON or a data frame; what is no number is None."""
        return {
            "schema": SCHEMA,
            "model": self.model,
            "parameters": {name: plain(value) for name, value in self.parameters.items()},
            "seed": self.seed,
            "plays": {name: _listed(column) for name, column in self.plays.items()},
            "moves": {name: _listed(column) for name, column in self.moves.items()},
        }

    def to_xarray(self) -> xarray.Dataset:
        """Plays and moves as one data set, moves with ``move_`` before their names.

        ``payoff`` is over plays and players, ``type`` over plays and the players who have one.
        """
        import xarray

        data: dict[str, Any] = {
            "outcome": ("play", self.plays["outcome"]),
            "day": ("play", self.plays["day"]),
            "payoff": (("play", "player"), self._table("payoff", self.players)),
        }
        coordinates: dict[str, Any] = {"play": np.arange(len(self)), "player": list(self.players)}
        if self.private:
            data["type"] = (("play", "informed"), self._table("type", self.private))
            coordinates["informed"] = list(self.private)
        data |= {
            f"move_{name.replace(':', '_')}": ("move", column)
            for name, column in self.moves.items()
        }
        data |= {
            name.replace(":", "_"): ("play", column)
            for name, column in self.plays.items()
            if name.startswith("number:")
        }
        attributes: dict[str, Any] = {"model": self.model}
        attributes |= {} if self.seed is None else {"seed": self.seed}
        attributes |= {f"parameter_{name}": float(v) for name, v in self.parameters.items()}
        return xarray.Dataset(data, coords=coordinates, attrs=attributes)

    def _table(self, kind: str, names: Sequence[str]) -> Column:
        return np.stack([self.plays[f"{kind}:{name}"] for name in names], axis=1)


def histories(
    model: str,
    parameters: Mapping[str, Number],
    seed: int | None,
    players: Sequence[str],
    state: Sequence[str],
    record: Recorder,
) -> Histories:
    """What a recorder has taken down."""
    plays: dict[str, Column] = {"outcome": record.outcome, "day": record.day}
    plays |= {f"payoff:{name}": record.payoffs[:, k] for k, name in enumerate(players)}
    plays |= {f"type:{name}": column for name, column in record.types.items()}
    plays |= {f"number:{name}": column for name, column in record.numbers.items()}
    return Histories(
        model=model,
        parameters=parameters,
        seed=seed,
        players=tuple(players),
        state=tuple(state),
        private=tuple(record.types),
        plays=plays,
        _blocks=tuple(record.blocks),
    )


def _listed(column: Column) -> list[Any]:
    values: list[Any] = column.tolist()
    return [None if value != value else value for value in values]
