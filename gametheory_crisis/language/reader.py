"""A model file to a validated graph of moves; every mistake in the file is told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path as FilePath

from gametheory_crisis.errors import ModelError, Problem
from gametheory_crisis.language import source as yaml_source
from gametheory_crisis.language.answers import (
    read_assumptions,
    read_claims,
    read_map,
    read_regimes,
)
from gametheory_crisis.language.builder import Builder
from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.language.graph import FOREVER, Clock, Graph, Outcome, Parameter
from gametheory_crisis.language.lookalikes import Lookalikes
from gametheory_crisis.language.report import Report, unknown
from gametheory_crisis.language.schema import read_shapes
from gametheory_crisis.language.scopes import Kind, Names
from gametheory_crisis.language.sections import (
    TYPE,
    declare_private,
    read_clock,
    read_joint_prior,
    read_outcomes,
    read_parameters,
    read_players,
    read_private,
    read_state,
)
from gametheory_crisis.language.shapes import ModelShape
from gametheory_crisis.language.source import MAX_BYTES, too_large
from gametheory_crisis.language.validation import check_graph, check_targets


def read_file(path: str | FilePath) -> Graph:
    """Read the model file at ``path``; at most a megabyte of it is ever read.

    Raises
    ------
    ModelError : there is no such file, or it is not a model; lists every mistake found
    """
    name = str(path)
    try:
        with FilePath(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        message = "there is no such file"
    except IsADirectoryError:
        message = "this is a directory, not a model file"
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = f"the file cannot be read: {reason}"
    else:
        if len(data) > MAX_BYTES:
            raise ModelError([Problem(name, 0, 0, "", too_large())])
        return read_model(data, name)
    raise ModelError([Problem(name, 0, 0, "", message)])


def read_model(data: bytes, source: str) -> Graph:
    """Read a model.

    Parameters
    ----------
    data : the bytes of a model file
    source : name of the file, for messages

    Raises
    ------
    ModelError : the file is not a model; lists every mistake found
    """
    root, mistakes = yaml_source.compose(data, source)
    report = Report(source, root)
    for mistake in mistakes:
        report.add_at(mistake.place, mistake.path, mistake.message)
    shape = read_shapes(root, report)
    graph = _Reading(shape, root, report).graph(hashlib.sha256(data).hexdigest())
    report.raise_if_any()
    return graph


_DECLARING = {
    "parameters": Kind.PARAMETER,
    "define": Kind.DEFINITION,
    "state": Kind.STATE,
}


class _Reading:
    """One file being read, from shapes to the graph."""

    def __init__(self, shape: ModelShape, root: yaml_source.Mapping, report: Report) -> None:
        self._shape = shape
        self._root = root
        self._report = report
        self._names = Names(Expressions(), report)
        self._node_names = self._keys("game")
        self._shapes_fit = not len(report)

    def graph(self, digest: str) -> Graph:
        """The graph; of no use where the report has problems."""
        shape, names, report = self._shape, self._names, self._report
        players = read_players(shape, report)
        parameters = read_parameters(shape, names)
        state = read_state(shape, names)
        builder = Builder(names, report, tuple(players), state)
        self._declare(builder)
        names.define(shape.define)
        for name, node in shape.game.items():
            builder.node(name, node, ("game", name))
        clock = read_clock(shape.clock, builder, names, players)
        nodes = builder.nodes()
        private = read_private(shape, names, tuple(players))
        joint_prior = read_joint_prior(shape, names, private)
        outcomes = read_outcomes(shape, nodes, builder.paths, report)
        regimes = read_regimes(shape, names, outcomes)
        claims = read_claims(shape, names, parameters, tuple(players), outcomes, regimes)
        start = self._start()
        cycle: tuple[str, ...] = ()
        if check_targets(builder, self._node_names, report) and self._shapes_fit:
            cycle = check_graph(nodes, start, clock, state, names, builder.paths, report)
        if cycle:
            outcomes.setdefault(FOREVER, Outcome(FOREVER))
        return Graph(
            source=report.source,
            title=shape.title,
            doc=shape.doc,
            expressions=names.expressions,
            players=players,
            parameters=parameters,
            definitions=names.definitions,
            state=state,
            clock=clock,
            nodes=nodes,
            start=start,
            outcomes=outcomes,
            regimes=regimes,
            private=private,
            joint_prior=joint_prior,
            assumptions=read_assumptions(shape, names),
            claims=claims,
            map_axes=read_map(shape.map, parameters, names),
            sources=tuple(text for text in shape.sources if text is not None),
            digest=digest,
            cycle=cycle,
            warnings=()
            if len(report)
            else (
                *self._warnings(parameters, clock),
                *Lookalikes(nodes, start, clock, state, names.expressions).warnings(players),
            ),
        )

    def _declare(self, builder: Builder) -> None:
        for name in self._shape.define:
            self._names.declare(name, Kind.DEFINITION, ("define", name))
        declare_private(self._shape, self._names)
        for name, node in self._shape.game.items():
            builder.declare_offers(node, ("game", name))
        builder.declare_offers(self._shape.clock.expires, ("clock", "expires"))
        if self._shape.clock.breakdown is not None:
            builder.declare_offers(self._shape.clock.breakdown.to, ("clock", "breakdown", "to"))
        if not self._shapes_fit:
            self._declare_broken()

    def _declare_broken(self) -> None:
        """Enter names whose entries could not be read, so that their uses are no mistakes."""
        kinds = self._names.kinds
        for section, kind in _DECLARING.items():
            for name in self._keys(section):
                kinds.setdefault(name, kind)
        for player in self._keys("private"):
            for name in self._keys("private", player):
                if name != TYPE:
                    kinds.setdefault(name, Kind.PRIVATE)

    def _keys(self, *path: str) -> list[str]:
        """Keys of the mapping at ``path`` of the file, those of broken entries included."""
        value: yaml_source.Value = self._root
        for step in path:
            if not isinstance(value, yaml_source.Mapping) or step not in value.entries:
                return []
            value = value.entries[step]
        return list(value.entries) if isinstance(value, yaml_source.Mapping) else []

    def _start(self) -> str:
        start = self._shape.start
        if start is None:
            return next(iter(self._node_names), "")
        if start not in self._node_names:
            self._report.add(("start",), unknown("node", start, self._node_names))
            self._shapes_fit = False
        return start

    def _warnings(self, parameters: dict[str, Parameter], clock: Clock) -> Iterable[str]:
        names = self._names
        for name, kind in names.kinds.items():
            if name not in names.used and kind is not Kind.DAY:
                yield f"'{name}' is {kind.value} that nothing reads"
        if clock.deadline is not None:
            deadline = names.expressions.symbol_name(clock.deadline)
            if deadline in parameters and not parameters[deadline].integer:
                yield f"'{deadline}' is the deadline; declare it with `integer: true`"
