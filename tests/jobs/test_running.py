"""What is said of a run before and after its work is true."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from lstm_jax.errors import InputError
from lstm_jax.jobs import Job, Output, run_jobs
from lstm_jax.results import files
from lstm_jax.trials.engine import run
from tests.trials.test_checkpoints import EXPERIMENT


def small(folder: Path) -> Job:
    directory = folder / EXPERIMENT.name
    return Job(EXPERIMENT.label, EXPERIMENT, directory, Output(str(folder), 10.0, False))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"not one of ours"])
def test_of_a_run_whose_checkpoint_is_damaged_nothing_is_said_to_have_begun(tmp_path, content):
    job = small(tmp_path)
    checkpoint = job.directory / "checkpoint.npz"
    checkpoint.parent.mkdir()
    checkpoint.write_bytes(content)
    said = io.StringIO()
    with pytest.raises(InputError, match=r"checkpoint\.npz is damaged"):
        run_jobs([job], Console(file=said))
    assert said.getvalue() == "" and checkpoint.read_bytes() == content


def test_of_a_run_whose_directory_another_process_has_nothing_is_said_to_have_begun(tmp_path):
    job = small(tmp_path)
    job.directory.mkdir()
    said = io.StringIO()
    with files.locked(job.directory), pytest.raises(InputError, match="is in use"):
        run_jobs([job], Console(file=said))
    assert said.getvalue() == ""


@pytest.mark.slow
def test_a_checkpoint_is_read_once(tmp_path, monkeypatch):
    job, reads = small(tmp_path), []
    steps = run(job.experiment, job.directory, checkpoint_seconds=0)
    next(steps)
    steps.close()
    read = files.read_arrays
    monkeypatch.setattr(files, "read_arrays", lambda path: [reads.append(path.name), read(path)][1])
    said = io.StringIO()
    run_jobs([job], Console(file=said, width=300))
    assert reads == ["checkpoint.npz"] and "mine: continued from its checkpoint in " in said.getvalue()


@pytest.mark.slow
def test_of_a_finished_run_what_a_killed_process_was_writing_goes(tmp_path):
    job = small(tmp_path)
    first = run_jobs([job], Console(file=io.StringIO()))
    half = job.directory / ".summary.md-12"
    half.write_text("half")
    with files.locked(tmp_path):  # another directory's lock matters to nobody
        assert run_jobs([job], Console(file=io.StringIO())) == first
    assert not half.exists()
    with files.locked(job.directory):  # a process that runs there may be writing it
        half.write_text("half")
        assert run_jobs([job], Console(file=io.StringIO())) == first
        assert half.exists()
