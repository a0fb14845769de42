"""What is shipped, and what importing it costs."""

from __future__ import annotations

import configparser
import copy
import pickle
from importlib.resources import files
from pathlib import Path

import pytest

import gametheory_crisis

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ["matplotlib", "nashpy", "numba", "numpy", "pandas", "pydantic", "scipy", "sympy"]
HEAVY += ["xarray", "yaml"]
LOADED = f"import sys; print(*[name for name in {HEAVY} if name in sys.modules])"


@pytest.fixture(scope="module")
def setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["map", "--help"], ["slove"]])
def test_help_imports_no_heavy_library(python, words):
    run = f"from gametheory_crisis.cli.main import main; main({words})"
    result = python("-c", f"{run}; {LOADED}")
    assert result.stdout.splitlines()[-1] == "", result.stdout


def test_importing_the_package_imports_no_heavy_library(python):
    assert python("-c", f"import gametheory_crisis; {LOADED}").stdout == "\n"


@pytest.mark.parametrize("name", gametheory_crisis.__all__)
def test_every_public_name_can_be_had(name):
    assert getattr(gametheory_crisis, name) is not None
    assert name in dir(gametheory_crisis)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        _ = gametheory_crisis.lode


def test_the_errors_survive_a_copy_and_a_pickle():
    problem = gametheory_crisis.Problem("a.yaml", 3, 4, "game.answer", "unknown name")
    errors = [
        gametheory_crisis.ModelError([problem]),
        gametheory_crisis.ParameterError("p is above its range"),
        gametheory_crisis.UnsupportedGame("private types"),
        gametheory_crisis.SolverError("no convergence", {"x": 0.5}),
    ]
    for error in errors:
        for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
            assert type(twin) is type(error)
            assert str(twin) == str(error)
            assert vars(twin) == vars(error)


def test_the_package_says_that_it_is_typed():
    assert files("gametheory_crisis").joinpath("py.typed").is_file()


def test_every_folder_of_modules_is_shipped(setup):
    shipped = set(setup["options"]["packages"].split())
    folders = {
        ".".join(file.parent.relative_to(ROOT).parts)
        for file in (ROOT / "gametheory_crisis").rglob("__init__.py")
    }
    assert shipped == folders | {"gametheory_crisis.models"}


def test_every_data_file_is_shipped(setup):
    """A file that is neither a module nor matched by ``package_data`` would be missing later."""
    for package, patterns in setup["options.package_data"].items():
        folder = ROOT / package.replace(".", "/")
        folder = ROOT / "models" if package == "gametheory_crisis.models" else folder
        matched = {file for pattern in patterns.split(",") for file in folder.glob(pattern.strip())}
        assert matched, package
        data = {f for f in folder.glob("*") if f.suffix in {".yaml", ".json", ".typed"}}
        assert data <= matched


def test_the_shipped_models_are_found_inside_the_package():
    names = {file.name for file in files("gametheory_crisis.models").joinpath("crisis").iterdir()}
    assert "sixty_day_ultimatum.yaml" in names


def test_the_readme_names_the_line_that_runs_the_tests_once():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    runs = [line for line in lines if line.startswith("python3 -m venv") and "pytest" in line]
    assert len(runs) == 1
    assert "'.[test]'" in runs[0]
