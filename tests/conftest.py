"""Settings and fixtures of the whole suite."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from gametheory_crisis.cli.main import main

# The first example of a jitted function compiles it, whatever the deadline; and a suite that gives
# the same verdict twice is worth more than a little luck.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")


@dataclass(frozen=True)
class Result:
    """What one call of the command line left."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The one JSON object on stdout."""
        return json.loads(self.stdout)


@pytest.fixture
def crisis(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """The command line, called inside this process."""

    def call(*words: str | Path) -> Result:
        capsys.readouterr()
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call


@pytest.fixture
def python() -> Callable[..., Result]:
    """A fresh interpreter, for laws about start-up and about the process as a whole."""

    def call(*words: str, **environment: str) -> Result:
        done = subprocess.run(
            [sys.executable, *words],
            capture_output=True,
            text=True,
            env=os.environ | environment,
            timeout=60,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return call
