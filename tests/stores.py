"""A small sweep to a store, and what its numbers are in memory."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import gametheory_crisis as gtc
from gametheory_crisis.sweeps.plan import Plan, grid_plan
from gametheory_crisis.sweeps.store import SweepStore
from gametheory_crisis.sweeps.stored import run_to_store
from gametheory_crisis.sweeps.sweep import run_plan

MODEL = "sixty_day_ultimatum"
AXES = {"c_iran": np.linspace(0, 0.6, 101), "threat": np.linspace(0, 0.6, 150)}
VARIABLES = (
    "regime",
    "regimes_mask",
    "status",
    "equilibria",
    "expected_day",
    "probability",
    "payoff",
)


def plan(axes: Any = None, values: Any = None, quantities: Any = None) -> Plan:
    """What is swept."""
    return grid_plan(gtc.load(MODEL), AXES if axes is None else axes, values, quantities)


def swept(
    path: Path, *, axes: Any = None, values: Any = None, quantities: Any = None, **options: Any
) -> SweepStore:
    """The store, filled."""
    return run_to_store(plan(axes, values, quantities), path, **options)


def stored_digest(axes: Any) -> str:
    """The digest that a store of the axes must have, from the numbers in memory."""
    return _digest(tuple((name, tuple(values)) for name, values in axes.items()))


@cache
def _digest(axes: Any) -> str:
    sweep = run_plan(plan({name: np.array(values) for name, values in axes}))
    digest = hashlib.sha256()
    for name in VARIABLES:
        digest.update(np.ascontiguousarray(getattr(sweep, name)).tobytes())
    return digest.hexdigest()
