"""The block kernel, operation by operation, and what keeps its compiled code from going stale."""

from __future__ import annotations

import itertools
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gametheory_crisis
from gametheory_crisis.games.arithmetic import APPLY
from gametheory_crisis.kernels import jit
from gametheory_crisis.kernels.blocks import BLOCK, run
from gametheory_crisis.kernels.operations import ARITY, CONDITIONS, Operation

NUMBERS = (0.0, 1.0, -1.0, 0.5, 2.0, -2.5, 3.0, math.nan)
TRUTHS = (0.0, 1.0, math.nan)
READS_CONDITIONS = {Operation.AND: 2, Operation.OR: 2, Operation.NOT: 1, Operation.WHERE: 1}
"""How many of the first operands are conditions."""
SOLVERS_OWN = {Operation.GREATER, Operation.SAME, Operation.SELECT, Operation.CLOSE}
"""Operations whose operands are known to be numbers."""


def operands_of(operation: Operation) -> list[tuple[float, ...]]:
    conditions = READS_CONDITIONS.get(operation, 0)
    known = [value for value in NUMBERS if not math.isnan(value)]
    values = known if operation in SOLVERS_OWN else NUMBERS
    columns = [TRUTHS if k < conditions else values for k in range(ARITY[operation])]
    return list(itertools.product(*columns))[:BLOCK]


@pytest.mark.kernels
@pytest.mark.parametrize("operation", Operation, ids=lambda operation: operation.name)
def test_every_operation_of_the_kernel_equals_its_plain_twin(operation: Operation) -> None:
    rows = operands_of(operation)
    registers = np.zeros((4, BLOCK))
    for k, row in enumerate(rows):
        registers[1 : 1 + len(row), k] = row
    code = np.array([[int(operation), 0, 1, 2, 3]], dtype=np.int32)
    run(code, 0, 1, registers, len(rows))
    for k, row in enumerate(rows):
        expected, found = float(APPLY[operation](*row)), registers[0, k]
        assert found == expected or (math.isnan(found) and math.isnan(expected)), row
        if operation in CONDITIONS:
            assert found in (0.0, 1.0) or math.isnan(found)


SOLVE = """
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.model import Model

text = b"format: 1\\ntitle: sum\\nplayers: [A]\\nparameters: {a: 1, b: 2}\\n" \\
    b"game: {end: {outcome: over, payoffs: {A: a + b}}}\\n"
cells = Model(read_model(text, "sum.yaml"), "sum").solve_batch([[1.0, 2.0]], threads=1)
print(cells.payoff[0, 0, 0])
"""


def test_compiled_code_depends_on_the_kernels_that_it_calls_and_on_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in {
        "solver": "from gametheory_crisis.kernels.helper import (\n    help,\n)\n",
        "helper": "from gametheory_crisis.kernels.deeper import dig\n",
        "deeper": "",
        "other": "",
    }.items():
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.setattr(jit, "__file__", str(tmp_path / "jit.py"))
    before = jit.source_digest("gametheory_crisis.kernels.solver")
    (tmp_path / "other.py").write_text("changed = 1\n")
    assert jit.source_digest("gametheory_crisis.kernels.solver") == before
    (tmp_path / "deeper.py").write_text("changed = 1\n")
    assert jit.source_digest("gametheory_crisis.kernels.solver") != before


@pytest.mark.slow
def test_a_changed_helper_is_seen_although_its_file_looks_the_same(tmp_path: Path) -> None:
    package = Path(gametheory_crisis.__file__).parent
    site = tmp_path / "site"
    shutil.copytree(
        package, site / "gametheory_crisis", ignore=shutil.ignore_patterns("__pycache__")
    )
    environment = os.environ | {
        "PYTHONPATH": str(site),
        "NUMBA_CACHE_DIR": str(tmp_path / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NUMBA_DISABLE_JIT": "0",
    }

    def answer() -> float:
        done = subprocess.run(
            [sys.executable, "-c", SOLVE],
            capture_output=True,
            text=True,
            env=environment,
            cwd=tmp_path,
            check=True,
        )
        return float(done.stdout)

    assert answer() == 3.0
    assert list((tmp_path / "cache").rglob("*.nbc"))
    source = site / "gametheory_crisis" / "kernels" / "blocks.py"
    before, text = source.stat(), source.read_text()
    old = "d[i] = a[i] + b[i]\n"
    assert text.count(old) == 1
    source.write_text(text.replace(old, "d[i] = a[i] - b[i]\n"))
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (source.stat().st_size, source.stat().st_mtime_ns) == (
        before.st_size,
        before.st_mtime_ns,
    )
    assert answer() == -1.0
