"""The notebooks run as they stand, one after the other in an empty folder, with what the wheel brings."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))
MAGIC = re.compile(r"%%writefile (\S+)\n")

PROGRAM = """
import ast, json, pathlib, sys

for name in ("experiments", "tests", "flax", "pandas"):
    sys.modules[name] = None  # a wheel has none of these
sys.path.insert(0, "")
for cells in json.load(sys.stdin):
    space = {"__name__": "__main__"}
    for file, code in cells:
        if file:
            pathlib.Path(file).write_text(code)
            continue
        tree = ast.parse(code)
        shown = isinstance(tree.body[-1], ast.Expr)  # the value of a last line is shown
        if shown:
            tree.body[-1] = ast.Assign([ast.Name("_shown", ast.Store())], tree.body[-1].value)
        exec(compile(ast.fix_missing_locations(tree), "cell", "exec"), space)
        if shown and space["_shown"] is not None:
            value = space["_shown"]
            print(value._repr_html_() if hasattr(value, "_repr_html_") else value)
"""
"""Runs notebooks, each a list of cells: the file that a cell is written to or nothing, and its code."""


def cells(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text())["cells"]


def codes(path: Path) -> list[tuple[str, str]]:
    """Of every cell of code the file that it is written to, if it is, and the code."""
    found = ["".join(cell["source"]) for cell in cells(path) if cell["cell_type"] == "code"]
    return [(magic[1], code[magic.end() :]) if (magic := MAGIC.match(code)) else ("", code) for code in found]


@pytest.mark.slow
def test_they_run_and_show_what_they_say(tmp_path, request):
    compiled = {  # kept for the next time, as in tests/conftest.py
        "JAX_COMPILATION_CACHE_DIR": str(request.config.cache.mkdir("compiled")),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    environment = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps([codes(path) for path in NOTEBOOKS]),
        cwd=tmp_path,
        env=environment | compiled | {"MPLBACKEND": "agg", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for part in (
        "6a-my_cell.step-",
        "network.cell.unit is not a setting",
        "<b>2 runs of 1-4 (2)</b>",
        "'restricted_mean'",
        "LogRank(",
        "4 of 4 trials solved",
    ):
        assert part in done.stdout, part
    order = r"in the sequence: (., .); the net says: \1\n"
    assert re.search(order, done.stdout)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_they_are_small_and_have_no_outputs(path):
    content = json.loads(path.read_text())
    assert (content["nbformat"], content["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in cells(path)}) == len(cells(path))
    code = [cell for cell in cells(path) if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert path.stat().st_size < 10_000 and cells(path)[0]["cell_type"] == "markdown"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_they_need_no_more_than_the_wheel(path):
    for _, code in codes(path):
        for node in ast.walk(ast.parse(code)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.split(".")[0] for name in names} <= {"lstm_jax", "jax", "matplotlib", "numpy"}


def test_the_documents_name_each_of_them():
    text = (ROOT / "docs" / "install.md").read_text()
    assert len(NOTEBOOKS) == 3 and all(f"../notebooks/{path.name}" in text for path in NOTEBOOKS)
