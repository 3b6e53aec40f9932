"""The documentation builds without a warning, its links lead somewhere, and examples in docstrings are true."""

import ast
import doctest
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lstm_jax.cells import CELLS
from lstm_jax.paper.closest import QUICK

ROOT = Path(__file__).parents[1]

LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


def documents() -> Iterator[Path]:
    for pattern in ("*.md", "docs/*.md", "experiments/*.md"):
        yield from sorted(ROOT.glob(pattern))


def examples() -> Iterator[doctest.DocTest]:
    """Every docstring with an example, found in the source: what checks types hides functions from doctest's finder."""
    for path in sorted(ROOT.glob("lstm_jax/**/*.py")):
        text = path.read_text()
        if ">>>" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                continue
            docstring = ast.get_docstring(node)
            if docstring and ">>>" in docstring:
                parts = path.relative_to(ROOT).with_suffix("").parts
                module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
                name = f"{module}.{getattr(node, 'name', '')}".rstrip(".")
                line = node.body[0].lineno - 1
                yield doctest.DocTestParser().get_doctest(docstring, {"module": module}, name, str(path), line)


@pytest.mark.slow
@pytest.mark.parametrize("example", list(examples()), ids=lambda example: example.name)
def test_an_example_in_a_docstring_is_true(example, monkeypatch):
    monkeypatch.chdir(ROOT)
    example.globs = dict(vars(importlib.import_module(example.globs["module"])))
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    result = runner.run(example, out=said.append)
    assert not result.failed, "".join(said)


@pytest.mark.parametrize("document", list(documents()), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(document):
    for target in LINK.findall(document.read_text()):
        assert (document.parent / target).is_file(), f"{target}: a page of the site can link to files alone"


def test_every_page_has_one_line_in_the_list_of_pages():
    listed = LINK.findall((ROOT / "docs" / "README.md").read_text())
    assert sorted(name for name in listed if not name.startswith("..")) == sorted(
        path.name for path in ROOT.glob("docs/*.md") if path.name != "README.md"
    )
    assert "docs/README.md" in LINK.findall((ROOT / "README.md").read_text())


@pytest.mark.parametrize("number", range(1, 7))
def test_a_page_of_an_experiment_begins_with_what_it_is_about(number):
    """The problem, a net at work, what came out, where the printed conditions fall short; long tables are folded."""
    text = (ROOT / "docs" / f"experiment-{number}.md").read_text()
    begins, *_ = text.partition("\n## Details\n")
    [row] = [row for row in QUICK if row.startswith(str(number))]
    parts = ["**Problem.**", f"moving-{row}.svg", "**What came out,**", f"<!-- beside {number}: end", " fall short.**"]
    assert sorted(parts, key=begins.index) == parts
    for mark in re.findall(r"<!-- (?:beside|rows|readings|search) [^:]+: begin -->", text):
        assert re.search(rf"<details><summary>[^<]+</summary>\n\n{mark}", text), mark
    assert text.count("<details>") == text.count("</details>")


def test_every_cell_has_a_line_in_the_table_of_types():
    """The table that docs/layers.py writes."""
    table = (ROOT / "docs/layers.md").read_text().partition("types: begin -->")[2].partition("<!--")[0]
    lines = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("|")]
    assert lines[2:-1] == list(CELLS)


def test_what_the_page_of_the_architecture_names_is_there():
    text = (ROOT / "docs" / "architecture.md").read_text()
    named = re.findall(r"(?<![\w./])(?:lstm_jax/)?(\w+(?:/|\.py))(?!\w)", text)
    assert len(named) > 10
    missing = [name for name in named if not any((ROOT / folder / name).exists() for folder in ("", "lstm_jax"))]
    assert missing == ["dashboard/"]  # in lstm_jax/report, as the page says


@pytest.mark.slow
def test_the_documentation_builds_without_a_warning(tmp_path):
    command = [sys.executable, "docs/build.py", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "site" / "api" / "lstm_jax" / "front.html").read_text()
    assert "its name in Table 10" in page
    assert (tmp_path / "site" / "index.html").exists()


def test_the_picture_of_the_architecture_is_that_of_the_source(tmp_path):
    drawn = tmp_path / "architecture.svg"
    done = subprocess.run(
        [sys.executable, "docs/architecture.py", str(drawn)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert drawn.read_text() == (ROOT / "docs" / "architecture.svg").read_text()
