"""What is said of a run before and after its work is true."""

import io

import pytest
from rich.console import Console

import lstm_jax
from lstm_jax.errors import InputError
from lstm_jax.jobs import Job, Output, run_jobs
from lstm_jax.trackers import TRACKERS


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"not one of ours"])
def test_of_a_run_whose_checkpoint_is_damaged_nothing_is_said_to_have_begun(tmp_path, content):
    experiment = lstm_jax.experiment("6a", trials=2, budget=2000)
    checkpoint = tmp_path / experiment.name / "checkpoint.npz"
    checkpoint.parent.mkdir()
    checkpoint.write_bytes(content)
    job = Job("6a", experiment, checkpoint.parent, Output(str(tmp_path), 10.0, False), TRACKERS["none"]())
    said = io.StringIO()
    with pytest.raises(InputError, match=r"checkpoint\.npz is damaged"):
        run_jobs([job], Console(file=said))
    assert said.getvalue() == "" and checkpoint.read_bytes() == content
