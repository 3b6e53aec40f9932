"""What the README shows works as shown."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parent.parent / "README.md").read_text()

SNIPPETS = {name: code for name, code in re.findall(r"```python\n# (\w+\.py)\n(.*?)```", README, re.DOTALL)}


def shown(beginning: str) -> list[str]:
    """The one command that begins so, as it stands in the README."""
    [line] = [line for line in README.splitlines() if line.startswith(f"python -m {beginning}")]
    return shlex.split(line)[1:]


def run(folder: Path, *arguments: str) -> str:
    """The output of a Python program in a folder that holds the README's snippets."""
    for name, code in SNIPPETS.items():
        (folder / name).write_text(code)
    environment = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_has_less_than_40_lines(name):
    assert len(SNIPPETS[name].splitlines()) < 40


@pytest.mark.slow
def test_a_task_of_ones_own_is_learned(tmp_path):
    assert "2/2" in run(tmp_path, *shown("experiments.train row=first-symbol"), "trials=2")


@pytest.mark.slow
def test_a_cell_of_ones_own_learns_a_row(tmp_path):
    output = run(tmp_path, *shown("experiments.train experiment=6a network=my_cell.step"), "trials=2")
    assert "6a-my_cell.step" in output and "2/2" in output


@pytest.mark.slow
def test_a_cell_of_ones_own_beside_others(tmp_path):
    output = run(tmp_path, *shown("experiments.compare cells=[my_cell.step"), "budget=2000", "trials=2")
    assert all(name in output for name in ("my_cell.step", "gru", "memory_blocks"))


@pytest.mark.slow
def test_our_cells_learn_in_a_model_of_flax(tmp_path):
    loss = float(run(tmp_path, "label_sequences.py").split()[-1])
    assert loss < 0.5 < 1.09  # ln 3, what guessing costs


@pytest.mark.slow
def test_the_front_door_trains_and_plots(tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    run(tmp_path, "six_a.py")
    assert (tmp_path / "6a.png").stat().st_size > 10_000
    assert len(list((tmp_path / "runs").glob("6a-*/summary.json"))) == 1


def test_the_front_door_has_twelve_lines():
    assert len([line for line in SNIPPETS["six_a.py"].splitlines() if line]) <= 12


@pytest.mark.slow
def test_an_optimizer_of_ones_own_learns_a_row(tmp_path):
    command = shown("experiments.train experiment=6a optimizer=my_optimizer.heavy")
    output = run(tmp_path, *command, "trials=2", "budget=2000")
    assert "6a-my_optimizer.heavy" in output
