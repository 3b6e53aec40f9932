"""A run directory that something is wrong with: a clear error, and nothing in it changes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lstm_jax.errors import InputError
from lstm_jax.results import files
from lstm_jax.results.records import finished
from lstm_jax.results.training import Summary
from lstm_jax.trials import experiment as experiments
from lstm_jax.trials.engine import run

NODE = {
    "row": "mine",
    "task": {"name": "temporal_order", "positions": [[1, 3], [5, 7]], "min_length": 10, "max_length": 11},
    "network": {"cell": {"name": "memory_blocks", "blocks": 1, "block_size": 2}},
    "criterion": {"name": "window", "size": 100, "fewer_wrong_than": [1]},
    "gradient": "truncated",
    "optimizer": {"learning_rate": 0.5},
    "weight_range": 0.1,
    "trials": 2,
    "budget": 300,
    "curve_interval": 100,
}
EXPERIMENT = experiments.read(NODE)


@pytest.fixture
def interrupted(tmp_path: Path) -> Path:
    """The directory of a run that was left after its first checkpoint."""
    steps = run(EXPERIMENT, tmp_path, checkpoint_seconds=0)
    next(steps)
    steps.close()
    assert (tmp_path / "checkpoint.npz").exists()
    return tmp_path


def assert_refused(directory: Path, message: str) -> None:
    before = {path: path.read_bytes() for path in directory.iterdir()}
    with pytest.raises(InputError, match=message):
        list(run(EXPERIMENT, directory))
    assert {path: path.read_bytes() for path in directory.iterdir()} == before


@pytest.mark.slow
def test_continues_to_the_same_records_with_another_number_of_devices(interrupted, tmp_path_factory):
    whole = tmp_path_factory.mktemp("whole")
    list(run(EXPERIMENT, whole))
    list(run(EXPERIMENT, interrupted, devices=(0,)))
    for name in ("trials.jsonl", "configuration.json"):
        assert (interrupted / name).read_text() == (whole / name).read_text()
    assert not (interrupted / "checkpoint.npz").exists()


@pytest.mark.slow
def test_a_run_made_again_is_not_finished_until_it_has_ended_again(tmp_path):
    list(run(EXPERIMENT, tmp_path))
    records = (tmp_path / "trials.jsonl").read_text()
    steps = run(EXPERIMENT, tmp_path, checkpoint_seconds=0)
    next(steps)
    steps.close()
    assert (tmp_path / "checkpoint.npz").exists() and finished(Summary, tmp_path) == ()
    list(run(EXPERIMENT, tmp_path))
    assert finished(Summary, tmp_path) and (tmp_path / "trials.jsonl").read_text() == records


def test_truncated_checkpoint(interrupted):
    path = interrupted / "checkpoint.npz"
    path.write_bytes(path.read_bytes()[:2000])
    assert_refused(interrupted, r"checkpoint\.npz is damaged")


def test_file_of_another_program(interrupted):
    (interrupted / "checkpoint.npz").write_text("hello")
    assert_refused(interrupted, r"checkpoint\.npz is damaged")


def test_checkpoint_of_another_configuration(interrupted):
    arrays = files.read_arrays(interrupted / "checkpoint.npz")
    files.write_arrays(interrupted / "checkpoint.npz", arrays | {"resolved": np.asarray("{}")})
    assert_refused(interrupted, "another configuration")


def test_checkpoint_of_another_version(interrupted):
    arrays = files.read_arrays(interrupted / "checkpoint.npz")
    files.write_arrays(interrupted / "checkpoint.npz", arrays | {"state_1": arrays["state_1"][..., None]})
    assert_refused(interrupted, "another version")


@pytest.mark.parametrize("text", ["[{", "[]", "{}", "[{}]", "5", "null"])
def test_damaged_summary(tmp_path, text):
    for name in ("configuration.json", "provenance.json", "trials.jsonl"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "summary.json").write_text(text)
    with pytest.raises(InputError, match=r"summary\.json is (half-written or damaged|of another program)"):
        finished(Summary, tmp_path)


def test_directory_that_another_process_uses(interrupted):
    code = f"""
from pathlib import Path
from lstm_jax.results import files
from lstm_jax.results.records import finished
from lstm_jax.results.training import Summary
with files.locked(Path({str(interrupted)!r})):
    print("locked", flush=True)
    input()
"""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        assert_refused(interrupted, "is in use")
        other.kill()
    list(run(EXPERIMENT, interrupted))
    assert finished(Summary, interrupted)
