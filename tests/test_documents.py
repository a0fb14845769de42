"""The examples of the README and of the documents do what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from gametheory_crisis.analysis.claims import check_claims
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.model import Model

ROOT = Path(__file__).parents[1]


def blocks(document: str, language: str) -> list[str]:
    text = (ROOT / document).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def test_the_python_example_of_the_readme_runs_and_gives_what_its_comments_say():
    example, _, _ = blocks("README.md", "python")
    checks = (
        "\nassert solution.equilibria[0].regime == 'strike'"
        "\nassert batch.status.max() == 1"
        "\nassert kernel(theta[0]).payoffs.tolist() == batch.payoff[:, 0, 0].tolist()"
    )
    done = subprocess.run([sys.executable, "-c", example + checks], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_days_and_repetitions_of_the_readme_are_as_its_comments_say():
    _, example, _ = blocks("README.md", "python")
    checks = (
        "\nassert str(restraint.critical('grim').critical) == '1/2'"
        "\nassert len(histories.plays['day']) == 1_000"
        "\nassert (line.cumulative.sum(axis=0) <= 1 + 1e-9).all()"
        "\nassert set(restraint.payoff_set(0.6).vertices) >= {(1, 1), (3, 3)}"
    )
    done = subprocess.run([sys.executable, "-c", example + checks], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_arrays_of_the_readme_are_solved_as_its_comments_say():
    _, _, example = blocks("README.md", "python")
    checks = (
        "\nassert (result.complete, len(result), result[0].regret) == (True, 1, 0)"
        "\nassert [list(x) for x in result[0].strategies] == [[0, 1], [0, 1]]"
        "\nassert (np.diff(batch.offsets) % 2 == 1).all()"
    )
    done = subprocess.run([sys.executable, "-c", example + checks], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_complete_files_of_the_language_document_are_models_whose_claims_hold():
    whole = [block for block in blocks("docs/language.md", "yaml") if "format: 1" in block]
    assert len(whole) == 2
    for text in whole:
        graph = read_model(text.encode(), "example.yaml")
        assert graph.warnings == ()
        assert graph.claims
        assert all(result.holds for result in check_claims(Model(graph, "example")))


def test_every_file_that_a_document_links_to_exists():
    documents = sorted(path.relative_to(ROOT) for path in (ROOT / "docs").glob("*.md"))
    for document in (Path("README.md"), Path("CONTRIBUTING.md"), *documents):
        text = (ROOT / document).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            if "://" not in target:
                assert ((ROOT / document).parent / target).exists(), f"{document}: {target}"
