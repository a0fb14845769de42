"""Points shared out over processes, for solvers that hold the interpreter lock.

A worker is this module run by a fresh interpreter, which is sent a solver and then lists of points
through its standard input. Unlike with `multiprocessing`, it does not import the main program
again, which may be a script that sweeps as soon as it is imported.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from gametheory_crisis.errors import SolverError
from gametheory_crisis.solvers.cells import Cells, Floats, empty_cells
from gametheory_crisis.solvers.spreading import Progress, spread

if TYPE_CHECKING:
    from gametheory_crisis.solvers.pointwise import CellByCell

_PROGRAM = "from gametheory_crisis.solvers.cell_workers import serve; serve()"
PIECE = 16
"""Points that are sent to a process at once."""


def solve_shared(
    solver: CellByCell,
    fixed: Mapping[str, float],
    row: Mapping[str, Floats],
    cell: Mapping[str, Floats],
    quantities: Sequence[str],
    workers: CellWorkers,
    progress: Progress | None = None,
    select: str | None = None,
) -> Cells:
    """Solve every combination of a row with a cell in several processes; see `CellByCell.solve`.

    Raises
    ------
    SolverError
        A process ended before its time.
    """
    rows = len(next(iter(row.values()))) if row else 1
    cells = len(next(iter(cell.values()))) if cell else 1
    number = rows * cells
    columns = {name: np.full(number, value) for name, value in fixed.items()}
    columns |= {name: np.repeat(values, cells) for name, values in row.items()}
    columns |= {name: np.tile(values, rows) for name, values in cell.items()}
    out = empty_cells(solver.num_players, solver.num_outcomes, 1, number, quantities)

    def piece(start: int, stop: int) -> None:
        part = {name: values[start:stop] for name, values in columns.items()}
        for name, values in vars(workers.solve(part, quantities, select)).items():
            getattr(out, name)[..., start:stop] = values

    spread(piece, number, 1, PIECE, len(workers), progress)
    return Cells(
        **{
            name: array.reshape(*array.shape[:-2], rows, cells) if array.size else array
            for name, array in vars(out).items()
        }
    )


class CellWorkers:
    """Processes that solve points of one model; as a context, it ends them.

    Parameters
    ----------
    solver : what solves the points; it has to pickle
    number : of processes
    """

    def __init__(self, solver: CellByCell, number: int) -> None:
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
        environment = {**os.environ, "PYTHONPATH": path}
        command = [sys.executable, "-P", "-c", _PROGRAM]
        self._processes = [
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
            )
            for _ in range(number)
        ]
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self._solver = pickle.dumps(solver)

    def __len__(self) -> int:
        return len(self._processes)

    def __enter__(self) -> CellWorkers:
        for process in self._processes:
            self._idle.put(process)
            _send(process, self._solver)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        for process in self._processes:
            if error is not None:
                process.kill()
            process.communicate()

    def solve(
        self, columns: Mapping[str, Floats], quantities: Sequence[str], select: str | None = None
    ) -> Cells:
        """Solve a list of points in the next idle process.

        Raises
        ------
        SolverError
            The process ended.
        """
        process = self._idle.get()
        try:
            _send(process, pickle.dumps((columns, quantities, select)))
            answer: tuple[Cells | None, Exception | None] = pickle.load(process.stdout)  # type: ignore[arg-type]
        except (EOFError, OSError):
            raise SolverError("a process that solves points ended before its time") from None
        finally:
            self._idle.put(process)
        found, error = answer
        if found is None:
            raise error or SolverError("a process that solves points gave no answer")
        return found


def _send(process: subprocess.Popen[bytes], packed: bytes) -> None:
    if process.stdin is not None:
        process.stdin.write(packed)
        process.stdin.flush()


def serve() -> None:
    """What a worker does: read a solver, then lists of points, and write what it finds."""
    # An interrupt ends the parent, and the end of its input ends a worker.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever prints must not do so between answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    requests = sys.stdin.buffer
    try:
        solver: CellByCell = pickle.load(requests)
        while True:
            answers.write(_answer(solver, *pickle.load(requests)))
            answers.flush()
    except EOFError:
        return


def _answer(
    solver: CellByCell,
    columns: Mapping[str, Floats],
    quantities: Sequence[str],
    select: str | None,
) -> bytes:
    try:
        found = solver.solve({}, {}, columns, quantities=quantities, select=select, threads=1)
        return pickle.dumps((found, None))
    except Exception as error:
        return _packed(error)


def _packed(error: Exception) -> bytes:
    """An error as an answer; in words where it does not survive the journey."""
    error.add_note(traceback.format_exc())
    try:
        packed = pickle.dumps((None, error))
        pickle.loads(packed)
    except Exception:
        return pickle.dumps((None, SolverError(f"{type(error).__name__}: {error}")))
    return packed
