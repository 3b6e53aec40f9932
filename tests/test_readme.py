"""What the README and the other documents show works as shown."""

import importlib
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from omegaconf import OmegaConf

import lstm_jax
from lstm_jax.composition import compose_row, composing
from lstm_jax.jobs import read_job
from lstm_jax.overrides import quote_row
from lstm_jax.trials import experiment
from tests.experiments.programs import call

ROOT = Path(__file__).parents[1]

TEXT = "".join(path.read_text() for path in [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))])

BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)

NAME = re.compile(r"\A(?:# @package \S+\n)?# (\S+\.\w+)\n")

SNIPPETS = {found[1]: block for _, block in BLOCKS if (found := NAME.match(block))}
"""Files by their names, as they are copied: the blocks whose first comment is one."""

LINES = [line for language, code in BLOCKS if not language for line in code.splitlines()]

COMMANDS = sorted({line.partition(" #")[0].rstrip() for line in LINES if line.startswith("lstm-jax ")})


def shown(beginning: str) -> list[str]:
    """The one command that begins so, as it stands in a document, as arguments of Python."""
    [line] = [line for line in COMMANDS if line.startswith(f"lstm-jax {beginning}")]
    _, program, *arguments = shlex.split(line)
    return ["-m", f"experiments.{program}", *arguments]


def write(folder: Path) -> None:
    """Put the documents' files into a folder."""
    for name, code in SNIPPETS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(code)


def run(folder: Path, *arguments: str) -> str:
    """The output of a Python program in a folder that holds the documents' files."""
    write(folder)
    environment = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_has_less_than_40_lines(name):
    assert len(SNIPPETS[name].splitlines()) < 40


@pytest.fixture
def called(tmp_path, monkeypatch) -> Callable[..., str]:
    """As `run` of a command of ours in an empty folder, within this process."""
    write(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()

    def called(beginning: str, *more: str) -> str:
        _, program, *arguments = shown(beginning)
        done = call(program.removeprefix("experiments."), *arguments, *more, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return called


@pytest.mark.slow
def test_a_task_of_ones_own_is_learned(called):
    assert "2/2" in called("train row=first-symbol", "trials=2")


@pytest.mark.slow
def test_a_cell_of_ones_own_learns_a_row(tmp_path):
    output = run(tmp_path, *shown("train experiment=6a network=my_cell.step"), "trials=2")
    assert "6a-my_cell.step" in output and "2/2" in output


@pytest.mark.slow
def test_a_cell_of_ones_own_beside_others(called):
    output = called("compare cells=[my_cell.step", "budget=2000", "trials=2")
    assert all(name in output for name in ("my_cell.step", "gru", "memory_blocks"))


@pytest.mark.slow
def test_our_cells_learn_in_a_model_of_flax(tmp_path):
    loss = float(run(tmp_path, "label_sequences.py").split()[-1])
    assert loss < 0.5 < 1.09  # ln 3, what guessing costs


@pytest.mark.slow
def test_layers_read_symbols_of_different_lengths(tmp_path):
    assert run(tmp_path, "last_symbol.py").splitlines() == ["(2, 5)", "(2, 4, 16) (2, 8) (2, 8)"]


def test_a_cell_of_flax_brings_its_weights(tmp_path):
    assert run(tmp_path, "weights_of_flax.py") == "(50, 4, 8)\n"


@pytest.mark.slow
def test_weights_of_other_libraries_come_and_go(tmp_path):
    shapes = "[(3, 12), (4, 12), (2, 12), (3, 12), (4, 12), (2, 12)]"
    wanted = ["Bidirectional (8, 50, 8)", shapes, "True"]
    assert run(tmp_path, "weights_in_and_out.py").splitlines() == wanted


@pytest.mark.slow
def test_a_trained_net_is_a_layer(tmp_path):
    lines = run(tmp_path, "trained_net.py").splitlines()
    assert lines[-3:] == ["(2, 8, 2)", "(4, 4)", "True"]


@pytest.mark.slow
def test_layers_have_second_derivatives(tmp_path):
    assert abs(float(run(tmp_path, "curvature.py"))) > 1e-6


@pytest.mark.slow
def test_an_episode_in_a_rollout_is_as_one_alone(tmp_path):
    assert float(run(tmp_path, "rollout.py")) < 1e-6


@pytest.mark.slow
def test_a_model_is_random_until_it_is_evaluated(tmp_path):
    assert run(tmp_path, "regularised.py").split() == ["False", "True"]


@pytest.mark.slow
def test_the_front_door_trains_and_plots(tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    run(tmp_path, "six_a.py")
    assert (tmp_path / "6a.png").stat().st_size > 10_000
    assert len(list((tmp_path / "runs").glob("6a-*/summary.json"))) == 1


def test_the_front_door_has_twelve_lines():
    assert len([line for line in SNIPPETS["six_a.py"].splitlines() if line]) <= 12


@pytest.mark.slow
def test_an_optimizer_of_ones_own_learns_a_row(called):
    output = called("train experiment=6a optimizer=my_optimizer.heavy", "trials=2", "budget=2000")
    assert "6a-my_optimizer.heavy" in output


def test_a_configuration_of_ones_own_composes_on_ours(tmp_path):
    output = run(tmp_path, *shown("train --config-dir my_configs"), "--cfg", "job")
    assert "row: mine" in output and "name: gru" in output and "name: temporal_order" in output


@pytest.mark.slow
def test_a_configuration_of_ones_own_trains(called):
    assert "0/1" in called("train --config-dir my_configs", "trials=1", "budget=2000", "test_sequences=10")


def test_configurations_of_ones_own_are_accepted_as_they_are_shown(tmp_path):
    write(tmp_path)
    accepted = lstm_jax.experiment("mine", config_dir=tmp_path / "my_configs")
    assert (accepted.settings.row, accepted.settings.trials) == ("mine", 30)
    small = lstm_jax.experiment("6a", "network=small", config_dir=tmp_path / "my_configs")
    assert small.trial.network.cell.blocks == 1


def test_commands_name_programs():
    for command in COMMANDS:
        program = command.split()[1]
        assert program.startswith("-") or program == "completion" or (ROOT / "experiments" / f"{program}.py").exists()


@pytest.mark.slow
@pytest.mark.parametrize("command", [c for c in COMMANDS if re.match(r"lstm-jax train [^-]", c) and "study=" not in c])
def test_a_command_that_trains_is_accepted(command, tmp_path, monkeypatch):
    write(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    overrides = [quote_row(each) for each in shlex.split(command)[2:] if each not in ("--cfg", "job", "--help")]
    with composing():
        node: Any = OmegaConf.to_container(compose_row(overrides), resolve=True)
    assert read_job(node, experiment.read).experiment.settings.trials >= 1


def test_the_net_of_the_readme_does_what_is_said_of_it():
    """Row 6a: the first block's input gate opens at Y and X; then the output for Y, X is near 0.9 until the end."""
    with np.load(ROOT / "results" / "traces" / "6a.npz") as found:
        gate, relevant, outputs = found["input_gate"][:, 0], found["relevant"], found["outputs"]
        state = found["state"][:, :2]
        assert found["inputs"][relevant].tolist() == [7, 6]
    first, second = np.flatnonzero(relevant)
    assert np.all(gate[relevant] > 0.9) and np.all(gate[first + 1 : -1][~relevant[first + 1 : -1]] < 0.01)
    # Carried along: in the 43 steps between, states move less than at either symbol.
    jumps = np.abs(state[[first, second]] - state[[first - 1, second - 1]])
    assert np.all(np.abs(state[second - 1] - state[first]) < jumps.min(0))
    assert len(outputs) - 1 - second == 48
    assert np.all(np.abs(outputs[second:, 2] - 0.9) < 0.05) and np.all(outputs[second:, [0, 1, 3]] < 0.1)


def test_what_people_cite_is_this_version_and_the_paper():
    citation: Any = OmegaConf.to_container(OmegaConf.load(ROOT / "CITATION.cff"))
    assert {"cff-version", "message", "title", "authors", "version"} <= set(citation)  # all that the format asks for
    assert citation["version"] == lstm_jax.__version__
    [paper] = citation["references"]
    assert (paper["year"], paper["volume"], paper["issue"], paper["start"]) == (1997, 9, 8, 1735)
