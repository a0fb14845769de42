"""The laws of the command line: exit codes, streams, files."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gametheory_crisis.cli.axes import remark_pace
from gametheory_crisis.cli.main import COMMANDS
from gametheory_crisis.cli.output import progress, write_file
from gametheory_crisis.cli.solve import METHODS, REFINEMENTS, SELECTIONS
from gametheory_crisis.cli.strategies import tell
from gametheory_crisis.model import load
from gametheory_crisis.results import Choice

AXES = ("-a", "p=0:0.6:4", "-a", "c_target=0.1,0.3")


@pytest.fixture
def model(tmp_path):
    """A copy of an ultimatum in which the target is offered what a war is worth to it."""
    return Path(shutil.copy(Path(__file__).with_name("standoff.yaml"), tmp_path))


@pytest.fixture
def broken(model):
    path = model.with_name("broken.yaml")
    path.write_text(
        model.read_text().replace("Target: x}", "Target: y}").replace("p - c_c", "q - c_c")
    )
    return path


# Errors


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("slove", "unknown command 'slove'; did you mean 'solve'?"),
        ("zzz", "unknown command 'zzz'; it is one of models, show"),
        ("solve", "Missing argument 'MODEL'"),
        ("solve {model} -p p", "'p': write NAME=VALUE"),
        ("solve {model} -p p=high", "expected a number"),
        ("solve {model} -p p=1/0", "division by zero"),
        ("solve {model} -p p=1e400", "beyond the numbers"),
        ("solve {model} -p p=nan", "expected a number"),
        ("solve {model} -p p=1 -p p=1", "'p' is set twice"),
        ("solve {model} -p c_targt=0.1", "did you mean 'c_target'?"),
        ("solve {model} -p p=2", "p"),
        ("solve {model} --select best", "--select"),
        ("solve {model} -o out.xls", "unknown suffix '.xls'; it may be .txt, .json"),
        ("solve {model} -o no/such/folder/out.json", "there is no folder"),
        ("solve sixty_day_ultimatun", "did you mean 'sixty_day_ultimatum'?"),
        ("solve no_such_file.yaml", "no_such_file.yaml"),
        ("sweep {model}", "no axes: write -a"),
        ("sweep {model} -a p", "write NAME=lo:hi:n, NAME=log:lo:hi:n or NAME=v1,v2,v3 (see"),
        ("sweep {model} -a p=0:1", "write NAME=lo:hi:n"),
        ("sweep {model} -a p=1:0:5", "the first end must be below the second"),
        ("sweep {model} -a p=log:0:1:5", "a logarithmic axis begins above 0"),
        ("sweep {model} -a p=0:1:1", "'1' is no number of cells"),
        ("sweep {model} -a p=0:1:5 -a p=0,1", "two axes for 'p'"),
        ("sweep {model} -a p=0:1:5 -p p=0", "'p' is an axis and also set with -p"),
        ("sweep {model} -a p=0.5,1/2", "a value stands twice"),
        ("sweep {model} -a q=0:1:5", "unknown parameter 'q'"),
        ("sweep {model} -a p=0:2:5", "the axis p ends at 2, but its range is [0, 1]"),
        ("sweep {model} -a p=0,-1/2", "the axis p holds -0.5, but its range is [0, 1]"),
        ("map {model} -x p=-1:1", "the axis p begins at -1, but its range is [0, 1]"),
        ("sweep sixty_day_ultimatum -a T=10.2:10.8:5", "no whole number between"),
        ("sweep {model} -a p=0:1:99999 -a c_target=0:1:99999", "do not fit in memory"),
        ("map {model} -x p=0", "write NAME, NAME=lo:hi or NAME=lo:hi:n"),
        ("map {model} -x c_targt", "did you mean 'c_target'?"),
        ("map {model} --quantity payoff:Targt", "did you mean 'Target'?"),
        ("map {model} --quantity probability", "of which outcome? probability:deal, probability:"),
        ("map {model} --quantity payoff:", "payoff of which player? payoff:Challenger, payoff:Tar"),
        ("map {model} --quantity chance", "unknown quantity 'chance'"),
        ("map {model} -o map.bmp", "unknown suffix '.bmp'; it may be .png, .svg, .pdf"),
        ("new {model}", "exists; --force overwrites it"),
        ("new model.txt", "unknown suffix '.txt'"),
        ("new {model.parent}", "is a folder; write"),
    ],
)
def test_wrong_input_is_one_line_on_stderr_and_exit_code_2(crisis, model, words, message):
    result = crisis(*words.format(model=model).split())
    assert result.code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("crisis: error: ")
    assert result.stderr.count("\n") == 1
    assert message in result.stderr


@pytest.mark.parametrize(
    ("axis", "lack"), [("free", "'free' has no range"), ("fixed", "'fixed' is a single number")]
)
def test_a_name_alone_is_an_axis_only_where_the_file_has_its_ends(crisis, model, axis, lack):
    more = "parameters:\n  free: 1\n  fixed: {value: 1, range: [1, 1]}\n"
    model.write_text(model.read_text().replace("parameters:\n", more))
    result = crisis("map", model, "-y", axis)
    assert (result.code, result.stdout) == (2, "")
    assert f"{lack} in the file; write {axis}=lo:hi" in result.stderr


def test_every_problem_of_a_file_is_a_line_with_its_place(crisis, broken):
    result = crisis("solve", broken)
    lines = result.stderr.splitlines()
    assert (result.code, result.stdout) == (2, "")
    assert len(lines) == 2
    assert all(line.startswith("crisis: error: ") and "broken.yaml:" in line for line in lines)
    assert "'y'" in lines[0]
    assert "'q'" in lines[1]


def test_an_unforeseen_error_is_one_line_unless_debugging(python):
    code = (
        "import sys\n"
        "from gametheory_crisis.cli import main\n"
        "main.COMMANDS['broken'] = ''\n"
        "sys.exit(main.main(['broken']))\n"
    )
    result = python("-c", code)
    assert result.code == 1
    assert result.stderr.startswith("crisis: internal error: ModuleNotFoundError")
    assert result.stderr.count("\n") == 1
    assert "Traceback" in python("-c", code, CRISIS_DEBUG="1").stderr


def test_a_reader_who_leaves_early_gets_no_complaint():
    words = [sys.executable, "-m", "gametheory_crisis", "--help"]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(words, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert done.stderr == b""
    assert done.returncode == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a full device")
def test_a_full_disk_behind_stdout_is_one_line():
    with open("/dev/full", "wb") as full:
        words = [sys.executable, "-m", "gametheory_crisis", "--help"]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, check=False, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("crisis: error: cannot write the output")
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
def test_an_interrupt_is_one_line_and_exit_code_130(model, tmp_path):
    axes = ("-a", "p=0:1:10000", "-a", "c_target=0:1:10000")
    words = ("sweep", str(model), *axes, "-o", str(tmp_path / "big.csv"))
    code = "import sys; from gametheory_crisis.cli.main import main; print(); sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", code, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(1)  # by now the sweep, of a hundred million cells, is under way
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (130, "crisis: interrupted\n")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["standoff.yaml"]


# Results


def test_no_words_at_all_are_a_wish_for_help(crisis):
    bare = crisis()
    assert bare == crisis("--help")
    assert (bare.code, bare.stderr) == (0, "")
    assert bare.stdout.count("\n") > len(COMMANDS)


def test_the_help_of_solve_names_methods_selections_and_refinements(crisis):
    text = " ".join(crisis("solve", "--help").stdout.split())
    for word in (*METHODS, *SELECTIONS, *REFINEMENTS):
        assert word in text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(crisis, name):
    result = crisis(name, "--help")
    assert result.code == 0
    assert f"\n  crisis {name}" in result.stdout
    assert "--json" in result.stdout


@pytest.mark.parametrize("words", ["models", "show", "check", "solve", "sweep", "map"])
def test_json_is_one_object_with_a_schema_and_alone_on_stdout(crisis, model, tmp_path, words):
    more = {
        "models": (),
        "sweep": (model, *AXES),
        "map": (model, "-x", "p=0:1:4", "-y", "c_target=0:1:3", "-o", tmp_path / "m.png"),
    }
    result = crisis(words, *more.get(words, (model,)), "--json", "-q")
    assert (result.code, result.stderr) == (0, "")
    assert result.json["schema"] == f"gametheory_crisis.{words}/1"


def test_the_starter_file_is_a_model_whose_claims_hold(crisis, tmp_path):
    made = crisis("new", tmp_path / "a.yaml", "-q")
    assert (made.code, made.stdout, made.stderr) == (0, "", "")
    result = crisis("check", tmp_path / "a.yaml")
    assert result.code == 0
    assert "1 of 1 claims hold" in result.stdout
    assert "\nok " in result.stdout


@pytest.mark.parametrize("title", ['The "affair": no, #1', "Zürich \\ {x}", "yes", "- a"])
def test_any_title_survives_in_a_starter_file(crisis, tmp_path, title):
    crisis("new", tmp_path / "a.yaml", "--title", title)
    assert crisis("show", tmp_path / "a.yaml", "--json").json["title"] == title


def test_new_overwrites_only_by_force(crisis, model):
    model.write_text("mine")
    assert crisis("new", model).code == 2
    assert model.read_text() == "mine"
    assert crisis("new", model, "--force").code == 0
    assert 'title: "Standoff"' in model.read_text()


def test_new_understands_a_name_without_suffix(crisis, tmp_path):
    result = crisis("new", tmp_path / "talks", "--json")
    assert result.json["file"] == str(tmp_path.resolve() / "talks.yaml")
    assert (tmp_path / "talks.yaml").is_file()


def test_the_commands_that_new_suggests_can_be_pasted(crisis, tmp_path):
    folder = tmp_path / "two words"
    folder.mkdir()
    said = crisis("new", folder / "a.yaml").stdout
    show, check = (shlex.split(command) for command in said.split("`")[1::2])
    assert (show[:2], check[:2]) == (["crisis", "show"], ["crisis", "check"])
    assert crisis(*check[1:]).code == crisis(*show[1:]).code == 0


def test_a_claim_that_fails_is_exit_code_1_with_the_numbers(crisis, model):
    model.write_text(model.read_text().replace("{at: {}, outcome: deal", "{at: {}, outcome: war"))
    result = crisis("check", model)
    assert result.code == 1
    assert "\nfailed" in result.stdout
    assert crisis("check", model, "--json").json["holds"] is False


@pytest.mark.parametrize("count", [0, 2])
def test_a_claim_about_the_number_of_equilibria_tells_the_number(crisis, model, count):
    claim = f"{{equilibria: {count}}}"
    model.write_text(
        model.read_text().replace("{at: {}, outcome: deal", f"{claim}\n  - {{at: {{}}")
    )
    result = crisis("check", model)
    assert result.code == 1
    assert f"1 equilibrium, not {count}" in result.stdout


def test_play_without_end_has_probability_0_where_every_play_ends(crisis, model):
    text = model.read_text().replace("claims:\n", "claims:\n  - {probability: {forever: 0}}\n")
    model.write_text(text)
    assert crisis("check", model).code == 0
    model.write_text(text.replace("{probability: {forever: 0}}", "{outcome: forever}"))
    result = crisis("check", model)
    assert result.code == 1
    assert "forever has probability 0, not 1" in result.stdout


def test_check_warns_where_only_the_names_of_actions_tell_hidden_moves_apart(crisis, tmp_path):
    end = "{outcome: end, payoffs: {A: 0, B: 0}}"
    path = tmp_path / "hidden.yaml"
    path.write_text(
        "format: 1\ntitle: t\nplayers: [A, B]\ngame:\n"
        "  a: {player: A, observed_by: [], actions: {l: b, r: c}}\n"
        f"  b: {{player: B, actions: {{x: {end}}}}}\n"
        f"  c: {{player: B, actions: {{y: {end}}}}}\n"
    )
    (warning,) = crisis("check", path, "--json").json["warnings"]
    assert warning.startswith("B can have seen the same at 'b' and at 'c'")
    assert f"\nwarning: {warning}\n" in crisis("check", path).stdout


def test_models_lists_every_shipped_model_with_its_title(crisis):
    names = {entry["name"]: entry["title"] for entry in crisis("models", "--json").json["models"]}
    text = crisis("models").stdout
    assert "sixty_day_ultimatum" in names
    assert all(name in text and title in text for name, title in names.items())


def test_a_hyphen_in_a_shipped_name_is_an_underscore(crisis):
    hyphen, underscore = (crisis("show", f"sixty{sep}day{sep}ultimatum") for sep in "-_")
    assert hyphen == underscore
    assert hyphen.code == 0


def test_show_tells_players_parameters_and_every_move(crisis, model):
    text = crisis("show", model).stdout
    assert "Challenger  makes the demand" in text
    assert "demand: Challenger offers x between 0 and 1" in text
    assert "accept  -> deal (Challenger: 1 - x, Target: x)" in text
    assert "c_target      0.2  in [0, 1]" in text


def test_solve_tells_what_happens_and_who_does_what(crisis, model):
    result = crisis("solve", model, "-p", "c_target=3/10")
    assert result.code == 0
    assert "outcomes  deal 1" in result.stdout
    assert "Challenger at demand  offers x = 0.2" in result.stdout


@pytest.mark.parametrize(
    ("offers", "told"),
    [
        ((0.2, 0.3, 0.5), "x = 0.2...0.5"),
        ((0.5, 0.3, 0.2), "x = 0.5...0.2"),
        ((0.3, 0.3 + 1e-12, 0.3), "x = 0.3"),
        ((0.85, 0.33, 0.88), "x = between 0.33 and 0.88"),
        ((0.5, 0.1, 0.5), "x = between 0.1 and 0.5"),
    ],
)
def test_only_numbers_that_go_one_way_are_told_by_their_ends(model, offers, told):
    equilibrium = load(model).solve().equilibria[0]
    choices = tuple(
        Choice("Challenger", day, {}, {}, 1.0, offer) for day, offer in enumerate(offers)
    )
    lines = tell(load(model).graph, replace(equilibrium, strategies={"demand": choices}))
    assert lines == ["play", f"  days 0-2  Challenger at demand  offers {told}"]


def test_a_parameter_is_read_exactly(crisis, model):
    payoffs = [
        crisis("solve", model, "-p", f"p={text}", "--json").json["equilibria"][0]["payoffs"]
        for text in ("0.3", "3/10", "3e-1")
    ]
    assert payoffs == [{"Challenger": 0.5, "Target": 0.5}] * 3


def test_a_result_goes_to_a_file_in_the_form_of_its_suffix(crisis, model, tmp_path):
    text, document = tmp_path / "out.txt", tmp_path / "out.json"
    plain = crisis("solve", model).stdout
    for path in (text, document):
        result = crisis("solve", model, "-o", path)
        assert (result.stdout, result.stderr) == ("", f"wrote {path.resolve()}\n")
    assert text.read_text() == plain
    assert json.loads(document.read_text()) == crisis("solve", model, "--json").json


@pytest.mark.parametrize(
    ("words", "offered"),
    [("crisis so", "plain,solve"), ("crisis solve sixty-day-ul", "plain,sixty_day_ultimatum")],
)
def test_the_shell_completes_commands_and_models(python, words, offered):
    position = str(len(words.split()) - 1)
    environment = {"_CRISIS_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": position}
    assert python("-m", "gametheory_crisis", **environment).stdout == f"{offered}\n"


def test_no_colour_reaches_a_pipe(crisis, model):
    assert "\x1b" not in crisis("check", model).stdout


def test_a_csv_holds_every_cell_with_the_last_axis_fastest(crisis, model, tmp_path):
    path = tmp_path / "sweep.csv"
    assert crisis("sweep", model, *AXES, "-o", path, "-q").code == 0
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    cells = [(float(row["p"]), float(row["c_target"])) for row in rows]
    grid = [(p, c) for p in (0.0, 0.2, 0.4, 0.6) for c in (0.1, 0.3)]
    assert np.allclose(cells, grid)
    assert {row["regime"] for row in rows} == {"deal"}
    targets = [float(row["payoff:Target"]) for row in rows]
    assert np.allclose(targets, [max(0.0, 1 - p - c) for p, c in grid])


@pytest.mark.parametrize("suffix", [".nc", ".parquet"])
def test_every_table_says_the_same_as_the_csv(crisis, model, tmp_path, suffix):
    path = tmp_path / f"sweep{suffix}"
    assert crisis("sweep", model, *AXES, "-o", path, "-q").code == 0
    crisis("sweep", model, *AXES, "-o", tmp_path / "sweep.csv", "-q")
    with (tmp_path / "sweep.csv").open(newline="") as file:
        payoffs = [float(row["payoff:Target"]) for row in csv.DictReader(file)]
    assert np.array_equal(_payoffs(path), payoffs)


def _payoffs(path):
    """The target's payoffs, in the order of a CSV."""
    if path.suffix == ".parquet":
        from pyarrow import parquet

        return parquet.read_table(path)["payoff:Target"].to_numpy()
    import xarray

    with xarray.open_dataset(path) as stored:
        return stored["payoff"].sel(player="Target").to_numpy().ravel()


def test_a_sweep_says_its_cells_and_shares(crisis, model):
    summary = crisis("sweep", model, *AXES, "--json").json
    assert summary["cells"] == 8
    assert summary["regimes"] == {"deal": 1.0, "war": 0.0}
    assert sum(summary["status"].values()) == 8
    assert summary["axes"]["p"] == {"from": 0.0, "to": 0.6, "num": 4}
    assert summary["parameters"] == {"c_challenger": 0.1}


def test_a_logarithmic_axis_has_equal_ratios(crisis, model, tmp_path):
    path = tmp_path / "sweep.csv"
    crisis("sweep", model, "-a", "c_target=log:0.001:1:4", "-o", path, "-q")
    with path.open(newline="") as file:
        values = [float(row["c_target"]) for row in csv.DictReader(file)]
    assert np.allclose(values, [0.001, 0.01, 0.1, 1])


def test_a_whole_number_takes_each_value_once(crisis):
    summary = crisis("sweep", "sixty_day_ultimatum", "-a", "T=1:6:40", "--json").json
    assert summary["cells"] == 6


def test_whole_numbers_stay_between_the_ends_and_fewer_than_asked_are_owned_up_to(crisis):
    words = ("sweep", "sixty_day_ultimatum", "-a", "T=10.5:20:40", "--json")
    result = crisis(*words)
    assert result.json["axes"]["T"] == {"from": 11.0, "to": 20.0, "num": 10}
    assert result.stderr == "T takes whole numbers only: 10 of the 40 values asked for\n"
    assert crisis(*words, "-q").stderr == ""


def test_one_cell_is_no_plural(crisis, model):
    assert "1 cell (1)" in crisis("sweep", model, "-a", "p=0.5").stdout


def test_a_long_wait_is_announced_where_a_model_is_solved_point_by_point(model, capsys):
    slow = model.with_name("slow.yaml")
    third = "      haggle: {outcome: deal, payoffs: {Challenger: 1 - x ** 2, Target: x ** 3}}\n"
    slow.write_text(model.read_text().replace("      resist:", f"{third}      resist:"))
    for path, cells, quiet in ((model, 1001, False), (slow, 1000, False), (slow, 1001, True)):
        remark_pace(load(path), {"p": np.zeros(cells)}, "-a", quiet=quiet)
        assert capsys.readouterr().err == ""
    remark_pace(load(slow), {"p": np.zeros(1001)}, "-a", quiet=False)
    assert "point by point" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("suffix", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
)
def test_pictures_are_drawn_in_the_format_of_their_suffix(crisis, model, tmp_path, suffix, magic):
    drawn, tree = tmp_path / f"map.{suffix}", tmp_path / f"tree.{suffix}"
    assert crisis("map", model, "-x", "p=0:1:8", "-y", "c_target=0:1:8", "-o", drawn).code == 0
    assert crisis("show", model, "-o", tree).code == 0
    assert drawn.read_bytes().startswith(magic)
    assert tree.read_bytes().startswith(magic)


def test_a_map_without_a_file_is_called_after_its_model(crisis, model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    summary = crisis("map", model, "-x", "p=0:1:4", "-y", "c_target=0:1:4", "--json").json
    assert summary["file"] == str(tmp_path.resolve() / "standoff-map.png")
    assert (tmp_path / "standoff-map.png").is_file()


def test_a_map_takes_its_axes_from_the_file(crisis, model, tmp_path):
    summary = crisis("map", model, "-y", "c_target=0:1:3", "-o", tmp_path / "m.png", "--json").json
    assert summary["axes"]["p"] == {"from": 0.0, "to": 1.0, "num": 400}
    assert summary["axes"]["c_target"]["num"] == 3
    assert list(summary["axes"]) == ["p", "c_target"]


# Files and progress


def test_a_file_is_whole_or_as_it_was(tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("before")

    def fail(target):
        target.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_file(path, fail)
    assert path.read_text() == "before"
    assert [file.name for file in tmp_path.iterdir()] == ["out.csv"]


def test_progress_is_for_terminals_only():
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, quiet in [(io.StringIO(), False), (Terminal(), True)]:
        with progress(quiet, stream) as show:
            assert show is None
    terminal = Terminal()
    with progress(False, terminal) as show:
        assert show is not None
        show(1, 2)
    assert " 50 % of 2 cells" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")
