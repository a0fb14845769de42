"""Files from strangers: each ends in a `ModelError`, quickly and without much memory."""

from __future__ import annotations

import contextlib
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gametheory_crisis.errors import ModelError
from gametheory_crisis.language.reader import read_file, read_model

GOOD = sorted((Path(__file__).parent / "good_models").glob("*.yaml"))
HEAD = "format: 1\ntitle: t\nplayers: [A]\n"
GAME = "game: {a: {outcome: b, payoffs: {A: %s}}}\n"


def payoff(text: str) -> bytes:
    return (HEAD + GAME % f'"{text}"').encode()


def defined(definitions: list[str], last: str, parameters: str = "{p: 1}") -> bytes:
    lines = "\n".join(f"  {line}" for line in definitions)
    return f"{HEAD}parameters: {parameters}\ndefine:\n{lines}\n{GAME % last}".encode()


def long_chain(count: int) -> bytes:
    parameters = "\n".join(f"  p{k}: 1" for k in range(count))
    sums = "\n".join(f"  d{k}: d{k - 1} + p{k}" for k in range(1, count))
    text = f"{HEAD}parameters:\n{parameters}\ndefine:\n  d0: p0\n{sums}\n{GAME % f'd{count - 1}'}"
    return text.encode()


def counters(count: int) -> bytes:
    """A game whose state can take 100 ** count values."""
    states = ", ".join(f"s{k}: [0, 99]" for k in range(count))
    ups = ", ".join(
        f'u{k}: {{next: a, days: 1, set: {{s{k}: "min(s{k} + 1, 99)"}}}}' for k in range(count)
    )
    return f"{HEAD}state: {{{states}}}\ngame: {{a: {{player: A, actions: {{{ups}}}}}}}".encode()


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + k)}: &{chr(98 + k)} [{', '.join([f'*{chr(97 + k)}'] * 9)}]\n" for k in range(9)
)
TOWER = ["a: 9 ** 64", *(f"{chr(97 + k)}: {chr(96 + k)} ** 64" for k in range(1, 6))]

HOSTILE = {
    "alias bomb": (BOMB.encode(), "anchors|aliases"),
    "anchor": ((HEAD + "game: &x {a: {outcome: b, payoffs: {A: 1}}}").encode(), "anchors"),
    "tag": ((HEAD + "doc: !!python/name:os.system x\n" + GAME % 1).encode(), "tags"),
    "merge key": ((HEAD + "map: {<<: 1}\n" + GAME % 1).encode(), "merge keys"),
    "second document": ((HEAD + GAME % 1 + "---\na: 1").encode(), "second document"),
    "ten megabytes": (b"a: " + b"x" * 10_000_000, "more than 1,000,000 bytes"),
    "brackets": (b"a: " + b"[" * 30_000, "32 levels deep"),
    "braces": (b"{a: " * 30_000, "32 levels deep"),
    "indents": ("\n".join(" " * k + "a:" for k in range(900)).encode(), "32 levels deep"),
    "many values": (b"a: [" + b"1," * 200_000 + b"]", "50,000 values"),
    "power tower": (payoff("9**9**9"), "more than a thousand digits"),
    "huge number": (payoff("1e400"), "beyond the numbers"),
    "huge exponent": (payoff("1e999999999"), "not a decimal number|cannot be read|beyond"),
    "constant division by zero": (payoff("1/(2 - 2)"), "division by zero"),
    "four thousand digits": (payoff("1" * 1900), "more than 64 characters"),
    "digits in a parameter": (
        (HEAD + "parameters: {p: " + "1" * 4000 + "}\n" + GAME % "p").encode(),
        "expected a number",
    ),
    "parentheses": (payoff("(" * 450_000 + ")" * 450_000), "at most 2000 characters"),
    "short parentheses": (payoff("(" * 990 + "1" + ")" * 990), "nested too deeply"),
    "minus chain": (payoff("-" * 1990 + "1"), "nested"),
    "not chain": (payoff("not " * 450 + "1"), "nested"),
    "long sum": (payoff("+".join(["1"] * 900)), "nested"),
    "call chain": (payoff("abs(" * 150 + "1" + ")" * 150), "nested"),
    "power of a parameter": (payoff("__class__"), "unknown name '__class__'"),
    "attribute": (payoff("(1).__class__"), "attributes"),
    "import": (payoff("__import__('os').system('true')"), "only functions can be called"),
    "lambda": (payoff("(lambda: 1)()"), "only functions can be called"),
    "comprehension": (payoff("[x for x in (1, 2)]"), "cannot stand"),
    "f-string": (payoff("f'{1}'"), "cannot stand|reserved|text"),
    "walrus": (payoff("(x := 1)"), "assigned"),
    "not a number": (payoff("nan"), "unknown name 'nan'"),
    "YAML infinity": ((HEAD + "parameters: {p: .inf}\n" + GAME % "p").encode(), "a number such"),
    "duplicate key": ((HEAD + "title: u\n" + GAME % 1).encode(), "duplicate key 'title'"),
    "NUL": ((HEAD + GAME % 1).encode() + b"\0", "control character"),
    "invalid UTF-8": (HEAD.encode() + b"doc: \xff\xfe", "not UTF-8"),
    "empty": (b"", "the file is empty"),
    "byte order mark": (b"\xef\xbb\xbf", "the file is empty"),
    "only remarks": (b"# nothing\n# here\n", "the file is empty"),
    "list at the top": (b"- 1\n- 2\n", "a mapping of sections"),
    "text at the top": (b"hello", "a mapping of sections"),
    "tab": (b"format: 1\nplayers:\n\tA: b\n", "a tab"),
    "list as key": (b"[a, b]: 1\n", "a key is plain text"),
    "long key": (b"k" * 900 + b": 1\n", "a key has at most"),
    "tower of definitions": (defined(TOWER, "f"), "more than a thousand digits"),
    "doubling constants": (
        defined(["d0: 3", *(f"d{k}: d{k - 1} * d{k - 1}" for k in range(1, 60))], "d59"),
        "more than a thousand digits",
    ),
    "deep definitions": (
        defined(["d0: p", *(f"d{k}: d{k - 1} + 1" for k in range(1, 900))], "d899"),
        "200 levels deep",
    ),
    "circle": (
        defined([f"d{k}: d{(k + 1) % 900} + 1" for k in range(900)], "d0"),
        "definitions in a circle",
    ),
    "many parameters": (
        f"{HEAD}parameters: {{{', '.join(f'p{k}: 1' for k in range(20_000))}}}\n".encode(),
        "more than 1,000 entries",
    ),
    "long chain": (long_chain(12_000), "more than 1,000 entries"),
    "many unknown names": (
        (HEAD + "game:\n" + "".join(
            f"  n{k}: {{outcome: b, payoffs: {{A: {'x' * 50}{k}}}}}\n" for k in range(5000)
        )).encode(),
        "the rest of the file",
    ),
    "many profiles": (
        f"{HEAD}game: {{a: {{simultaneous: {{A: [{', '.join(f'a{k}' for k in range(30_000))}]}}, "
        "results: [{when: ['*'], outcome: b, payoffs: {A: 1}}]}}".encode(),
        "combinations of actions",
    ),
    "many states": (counters(3), "pairs of a node and a state"),
    "long powers": (
        (HEAD + "state: {s: [0, 9]}\ndefine: {a: s ** 64, b: a ** 64, c: b ** 64, d: c ** 64}\n"
         'game: {a: {player: A, actions: {b: {next: a, days: 1, set: {s: "min(9 + d, 9)"}}}}}'
         ).encode(),
        "`set` is undefined|makes s",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "match"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_end_in_an_error_soon(data, match):
    begin = time.process_time()
    with pytest.raises(ModelError, match=match) as caught:
        read_model(data, "m.yaml")
    # Each takes less than a second; a machine of half the speed is allowed for.
    assert time.process_time() - begin < 2
    assert all(len(str(problem)) < 1000 for problem in caught.value.problems)
    assert all("\n" not in str(problem) for problem in caught.value.problems)


@pytest.mark.parametrize(
    "name", ["alias bomb", "ten megabytes", "many values", "long chain", "doubling constants"]
)
def test_hostile_files_take_little_memory(name):
    data, match = HOSTILE[name]
    tracemalloc.start()
    try:
        with pytest.raises(ModelError, match=match):
            read_model(data, "m.yaml")
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


def test_definitions_that_double_in_text_stay_small():
    doubling = ["d0: p", *(f"d{k}: d{k - 1} * d{k - 1}" for k in range(1, 150))]
    graph = read_model(defined(doubling, "d149"), "m.yaml")
    assert len(graph.expressions) < 400


def test_a_file_that_is_not_there_is_a_problem_of_one_line(tmp_path):
    with pytest.raises(ModelError, match=r"nowhere\.yaml: there is no such file"):
        read_file(tmp_path / "nowhere.yaml")
    with pytest.raises(ModelError, match="this is a directory"):
        read_file(tmp_path)
    with pytest.raises(ModelError, match="cannot be read"):
        read_file("a\0b")


def test_a_large_file_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(10**10)
    tracemalloc.start()
    try:
        with pytest.raises(ModelError, match="more than 1,000,000 bytes"):
            read_file(path)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


SNIPPETS = ["{", "}", "[", "]", ":", ",", '"', "*", "&a", "- ", "\n", "\t", "#", "1e9", "day", "x",
            "(", ")", "**", "next", "set", "if", "\0", "rest", "-", "/0", ": {}", "é"]  # fmt: skip


@settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(
    path=st.sampled_from(GOOD),
    edits=st.lists(
        st.tuples(
            st.floats(0, 1, exclude_max=True), st.integers(0, 12), st.sampled_from(["", *SNIPPETS])
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_a_mutated_file_reads_or_is_a_model_error(path, edits):
    text = path.read_text(encoding="utf-8")
    for where, cut, snippet in edits:
        position = int(where * len(text))
        text = text[:position] + snippet + text[position + cut :]
    with contextlib.suppress(ModelError):
        assert read_model(text.encode(), path.name).nodes
