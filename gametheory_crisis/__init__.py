"""Crisis bargaining as games: one model file, many questions.

>>> import gametheory_crisis as gtc
>>> model = gtc.load("sixty_day_ultimatum")
>>> model.solve(c_iran=0.4).equilibria[0].regime
'deal'

Everything listed in ``__all__`` is loaded from its module when first used, so importing the package
costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gametheory_crisis.analysis.flip.nearest import flip
    from gametheory_crisis.analysis.flip.results import Flips
    from gametheory_crisis.analysis.histories import Histories
    from gametheory_crisis.analysis.scenarios.discovery import Scenarios, scenarios
    from gametheory_crisis.analysis.scenarios.results import Box, Rule, Scenario
    from gametheory_crisis.analysis.sensitivity.morris import MorrisEffects
    from gametheory_crisis.analysis.sensitivity.profiles import Profiles
    from gametheory_crisis.analysis.sensitivity.run import sensitivity
    from gametheory_crisis.analysis.sensitivity.sobol import SobolIndices
    from gametheory_crisis.analysis.timeline import Timeline, timeline
    from gametheory_crisis.errors import (
        CrisisError,
        ModelError,
        ParameterError,
        Problem,
        SolverError,
        UnsupportedGame,
    )
    from gametheory_crisis.interop.gambit_files import read_gambit
    from gametheory_crisis.model import Model, load, shipped_models
    from gametheory_crisis.nash_results import (
        NashBatch,
        NashComponent,
        NashEquilibrium,
        NashResult,
    )
    from gametheory_crisis.normal_form import nash
    from gametheory_crisis.repeated_game import RepeatedGame
    from gametheory_crisis.repeated_results import (
        Automaton,
        CriticalDiscount,
        PayoffSet,
        Sustained,
    )
    from gametheory_crisis.results import Belief, Choice, Equilibrium, Reply, Solution
    from gametheory_crisis.sweeps.sweep import Sweep, run_sweep, sweep

__version__ = "0.1.0"

__all__ = [
    "Automaton",
    "Belief",
    "Box",
    "Choice",
    "CrisisError",
    "CriticalDiscount",
    "Equilibrium",
    "Flips",
    "Histories",
    "Model",
    "ModelError",
    "MorrisEffects",
    "NashBatch",
    "NashComponent",
    "NashEquilibrium",
    "NashResult",
    "ParameterError",
    "PayoffSet",
    "Problem",
    "Profiles",
    "RepeatedGame",
    "Reply",
    "Rule",
    "Scenario",
    "Scenarios",
    "SobolIndices",
    "Solution",
    "SolverError",
    "Sustained",
    "Sweep",
    "Timeline",
    "UnsupportedGame",
    "__version__",
    "flip",
    "load",
    "nash",
    "read_gambit",
    "run_sweep",
    "scenarios",
    "sensitivity",
    "shipped_models",
    "sweep",
    "timeline",
]

_HOMES = {
    "analysis.flip.nearest": ("flip",),
    "analysis.flip.results": ("Flips",),
    "analysis.histories": ("Histories",),
    "analysis.sensitivity.morris": ("MorrisEffects",),
    "analysis.sensitivity.profiles": ("Profiles",),
    "analysis.sensitivity.run": ("sensitivity",),
    "analysis.sensitivity.sobol": ("SobolIndices",),
    "analysis.scenarios.results": ("Box", "Rule", "Scenario"),
    "analysis.scenarios.discovery": ("Scenarios", "scenarios"),
    "sweeps.sweep": ("Sweep", "run_sweep", "sweep"),
    "analysis.timeline": ("Timeline", "timeline"),
    "errors": (
        "CrisisError",
        "ModelError",
        "ParameterError",
        "Problem",
        "SolverError",
        "UnsupportedGame",
    ),
    "interop.gambit_files": ("read_gambit",),
    "model": ("Model", "load", "shipped_models"),
    "nash_results": ("NashBatch", "NashComponent", "NashEquilibrium", "NashResult"),
    "normal_form": ("nash",),
    "repeated_game": ("RepeatedGame",),
    "repeated_results": ("Automaton", "CriticalDiscount", "PayoffSet", "Sustained"),
    "results": ("Belief", "Choice", "Equilibrium", "Reply", "Solution"),
}
_HOME = {name: f"{__name__}.{module}" for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
