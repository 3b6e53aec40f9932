"""A run directory that something is wrong with: a clear error, and nothing in it changes."""

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lstm_jax.errors import InputError
from lstm_jax.results import files
from lstm_jax.results.records import finished
from lstm_jax.results.training import Summary, TrialRecord
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


@pytest.mark.parametrize("name", ["error", "records", "seconds", "trial_of_lane"])
def test_checkpoint_that_lacks_something(interrupted, name):
    arrays = files.read_arrays(interrupted / "checkpoint.npz")
    arrays.pop(name)
    files.write_arrays(interrupted / "checkpoint.npz", arrays)
    assert_refused(interrupted, rf"checkpoint\.npz has no {name}, as of another version")


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


@pytest.mark.slow
def test_a_disk_that_is_full_at_any_write_leaves_a_run_that_comes_to_the_same(tmp_path, monkeypatch):
    whole, sync, written = tmp_path / "whole", files.os.fsync, []
    monkeypatch.setattr(files.os, "fsync", lambda file: (written.append(file), sync(file)))
    list(run(EXPERIMENT, whole, checkpoint_seconds=0))
    assert len(written) >= 8  # provenance, configuration, a checkpoint or more, and five results
    for last in range(len(written)):
        directory, left = tmp_path / str(last), iter(range(last))

        def full(file, left=left):
            if next(left, None) is None:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            sync(file)

        monkeypatch.setattr(files.os, "fsync", full)
        with pytest.raises(OSError, match=re.escape(f"No space left on device: '{directory}/")):
            list(run(EXPERIMENT, directory, checkpoint_seconds=0))
        assert not (directory / "summary.json").exists()
        monkeypatch.setattr(files.os, "fsync", sync)
        list(run(EXPERIMENT, directory))
        assert finished(Summary, directory, TrialRecord)
        for name in ("trials.jsonl", "curves.npz", "weights.safetensors", "configuration.json"):
            assert (directory / name).read_bytes() == (whole / name).read_bytes(), (last, name)
        assert {path.name for path in directory.iterdir()} == {path.name for path in whole.iterdir()}


TEN = """
import os, sys
from pathlib import Path
from lstm_jax.errors import InputError
from lstm_jax.trials.engine import run

begin, ready = os.pipe()
processes = []
for _ in range(10):
    processes.append(os.fork())
    if processes[-1] == 0:
        os.close(ready)
        from tests.trials.test_checkpoints import EXPERIMENT  # which starts JAX, and that cannot be forked

        os.read(begin, 1)  # all begin at once, when the other end is closed
        try:
            list(run(EXPERIMENT, Path(sys.argv[1])))
            os._exit(0)
        except InputError as error:
            os._exit(2 if "is in use: another process is running there" in str(error) else 1)
os.close(ready)
print(sorted(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in processes))
"""


@pytest.mark.slow
def test_of_ten_processes_on_one_directory_one_runs(tmp_path):
    done = subprocess.run([sys.executable, "-c", TEN, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.stdout == f"{[0, *[2] * 9]}\n", done.stderr
    assert finished(Summary, tmp_path, TrialRecord)
