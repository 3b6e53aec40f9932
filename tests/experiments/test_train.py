"""The command line as a user meets it."""

import json
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from tests.experiments.programs import call, command

SMALL = (  # Experiment 6a made easy enough for a few seconds
    "task.positions=[[1,3],[5,7]]",
    "task.min_length=10",
    "task.max_length=11",
    "criterion.size=200",
    "curve_interval=500",
    "trials=3",
    "budget=60000",
    "test_sequences=100",
)


def row_directory(folder: Path) -> Path:
    [directory] = [path for path in folder.iterdir() if path.is_dir()]
    return directory


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> tuple[Path, str]:
    """The folder and the terminal output of one small run."""
    folder = tmp_path_factory.mktemp("runs")
    done = call("train", *SMALL, f"folder={folder}")
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


@pytest.mark.slow
def test_shows_and_writes_the_row_beside_the_paper(finished):
    folder, output = finished
    assert "31.4k" in output
    assert "3/3" in output
    [summary] = json.loads((row_directory(folder) / "summary.json").read_text())
    records = [json.loads(line) for line in (row_directory(folder) / "trials.jsonl").read_text().splitlines()]
    presentations = [record["stages"][0]["presentations"] for record in records]
    assert summary["presentations"] == presentations
    assert summary["solved"] == 3
    assert summary["mean"] == pytest.approx(np.mean(presentations))
    assert {"row", "weights", "trials", "budget", "wrong", "seconds", "paper"} <= summary.keys()
    assert summary["weights"] == 156
    assert summary["paper"]["presentations"] == 31_390
    assert (row_directory(folder) / "curves.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_curves_of_every_trial_end_where_the_trial_did(finished):
    folder, _ = finished
    [summary] = json.loads((row_directory(folder) / "summary.json").read_text())
    curves = np.load(row_directory(folder) / "curves.npz")
    for trial, at in enumerate(summary["presentations"]):
        points = np.isfinite(curves["error"][:, trial]).sum()
        assert points == -(-at // 500)
    assert (curves["presentations"] == 500 * np.arange(1, len(curves["error"]) + 1)).all()


@pytest.mark.slow
def test_a_finished_run_is_not_run_again(finished):
    folder, _ = finished
    again = call("train", *SMALL, f"folder={folder}")
    assert "finished before" in again.stdout


@pytest.mark.slow
def test_killed_at_random_moments_it_comes_to_the_same_records(tmp_path):
    # Nothing is solved, so that there are 400 checkpoints to be killed between, however fast the machine.
    long = [*SMALL, "criterion.mean_error_below=1e-9", "budget=200000"]
    assert call("train", *long, f"folder={tmp_path / 'whole'}").returncode == 0
    rng = np.random.default_rng(0)
    for _ in range(2):
        kill_after_a_checkpoint([*long, "checkpoint_seconds=0", f"folder={tmp_path / 'killed'}"], rng.uniform(0, 0.7))
    assert call("train", *long, f"folder={tmp_path / 'killed'}").returncode == 0
    killed, whole = (row_directory(tmp_path / name) for name in ("killed", "whole"))
    assert (killed / "trials.jsonl").read_text() == (whole / "trials.jsonl").read_text()
    assert (killed / "weights.safetensors").read_bytes() == (whole / "weights.safetensors").read_bytes()
    a, b = np.load(killed / "curves.npz"), np.load(whole / "curves.npz")
    assert a.files == b.files
    for field in a.files:
        np.testing.assert_array_equal(a[field], b[field])


def kill_after_a_checkpoint(arguments: list[str], seconds: float) -> None:
    """Start a run, wait for a checkpoint of its own and so many seconds more, and kill it."""
    folder = Path(arguments[-1].removeprefix("folder="))

    def saved() -> list[int]:
        return [path.stat().st_mtime_ns for path in folder.glob("*/checkpoint.npz")]

    before = saved()
    process = subprocess.Popen(command("train", *arguments), stdout=subprocess.DEVNULL)
    while saved() in ([], before):
        assert process.poll() is None
        time.sleep(0.01)
    time.sleep(seconds)
    assert process.poll() is None, "the run ended before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["experiment=9-9"], ["9-9", "2c-9"]),
        (["experiment=4-1", "task.length=-5"], ["task.length", "-5", "22"]),
        (["network.cell.blocks=0"], ["network.cell.blocks", "0", "1"]),
        (["optimizer.learning_rate=abc"], ["optimizer.learning_rate", "abc", "number"]),
        (["optimizer.learning_rate=nan"], ["optimizer.learning_rate", "nan", "finite"]),
        (["trials=0"], ["trials", "0", "1"]),
        (["test_sequences=99999999999"], ["test_sequences", "99999999999", "100000"]),
        (["~optimizer"], ["optimizer is missing"]),
        (["~tracker"], ["tracker is missing"]),
        (["folder=null"], ["folder", "None", "directory"]),
        (["trails=5"], ["trails"]),
        (["folder=/dev/null/runs"], ["folder", "/dev/null/runs"]),
        (["budget=100"], ["budget", "100", "2000"]),
        (["network.cell.input_gate_bias=[-1]"], ["network.cell.input_gate_bias", "[-1.0]", "2"]),
        (["gradient=magic"], ["gradient", "magic", "truncated"]),
        (["task.name=chess"], ["task.name", "chess", "adding"]),
        (["task=null"], ["NoneType"]),
        (["checkpoint_seconds=often"], ["checkpoint_seconds", "often", "number"]),
        (["again=maybe"], ["again", "maybe", "boolean"]),
        (["row=../6a"], ["row", "../6a"]),
        (["network=gruu"], ["network", "gruu", "gru,"]),
        (["network=no.Cell"], ["network", "no.Cell", "imported"]),
        (["task=math.pi"], ["task", "math.pi", "dataclass"]),
        (["network.cell={name: gru, units: 4}"], ["network.cell", "network=gru"]),
        (["network.cell.name=gru"], ["network.cell.blocks", "GRU", "units"]),
        (["network=stacked"], ["network.cell.layers is missing"]),
        (["reading=[output_bias,no_output_bias]"], ["'output_bias' and 'no_output_bias'", "network.output_bias is"]),
        (["reading=errors_at_end"], ["reading has 'errors_at_end'", "task.errors_at is not a setting"]),
        (["optimizer=optax.adam"], ["optimizer.learning_rate is missing"]),
    ],
)
def test_bad_input_gets_one_sentence(arguments, parts, tmp_path):
    refused(call("train", *arguments, cwd=tmp_path), parts)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["row=x", "task=tests.tasks.own.Negative"], ["task.name", "own.Negative", "cannot be used"]),
        (["tracker=tests.tasks.own.Negative"], ["tracker.Negative.name", "own.Negative", "start(folder)"]),
    ],
)
def test_an_own_class_that_does_not_fit_gets_one_sentence(arguments, parts, tmp_path):
    # Started in the root of the repository, from where `tests` can be imported.
    refused(call("train", *arguments, f"folder={tmp_path}"), parts)


def refused(done: subprocess.CompletedProcess[str], parts: list[str]) -> None:
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    for part in parts:
        assert part in done.stderr
