"""Keeping finished runs: the record is read as the runs are, and its curves are those of a longer interval."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from lstm_jax.results import load
from tests.experiments.programs import call

SMALL = ("experiment=6a", "trials=3", "budget=2100", "test_sequences=20")


def program(name: str, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = call(name, *arguments)
    assert done.returncode == status, done.stderr
    return done


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[int, Path]:
    """The same trials with two intervals; one ends in the middle of the other's."""
    folders = {interval: tmp_path_factory.mktemp(f"every-{interval}") for interval in (100, 400)}
    for interval, folder in folders.items():
        program("train", *SMALL, f"curve_interval={interval}", f"folder={folder}")
    return folders


@pytest.mark.slow
def test_curves_are_those_of_a_longer_interval(runs, tmp_path):
    program("record", f"runs={runs[100]}", f"record={tmp_path}", "points=6")
    (kept,), (longer,) = load(tmp_path).runs, load(runs[400]).runs
    assert kept.curves["presentations"].tolist() == [400, 800, 1200, 1600, 2000, 2100]
    for name, curve in longer.curves.items():
        np.testing.assert_allclose(kept.curves[name], curve, rtol=1e-5)


@pytest.mark.slow
def test_everything_else_is_as_it_was(runs, tmp_path):
    program("record", f"runs={runs[100]}", f"record={tmp_path}")
    (kept,), (run,) = load(tmp_path).runs, load(runs[100]).runs
    assert (kept.records, kept.summary, kept.provenance) == (run.records, run.summary, run.provenance)
    assert sorted(path.name for path in kept.directory.iterdir()) == [
        "SHA256SUMS",
        "configuration.json",
        "curves.npz",
        "provenance.json",
        "summary.json",
        "trials.jsonl",
    ]


@pytest.mark.slow
def test_weights_are_kept_where_that_is_asked_for(runs, tmp_path):
    (run,) = load(runs[100]).runs
    for asked in ("true", "false"):
        program("record", f"runs={runs[100]}", f"record={tmp_path}", f"weights={asked}")
        (kept,) = load(tmp_path).runs
        if asked == "true":
            assert kept.weights.keys() == run.weights.keys()
            for name, weights in run.weights.items():
                np.testing.assert_array_equal(kept.weights[name], weights)
        assert (kept.directory / "weights.safetensors").exists() == (asked == "true")


@pytest.mark.slow
def test_what_is_not_finished_is_left_out(runs, tmp_path):
    (run,) = load(runs[100]).runs
    unfinished = tmp_path / "runs" / "going-on"
    unfinished.mkdir(parents=True)
    (unfinished / "configuration.json").write_text(json.dumps(run.configuration))
    done = program("record", f"runs={tmp_path / 'runs'}", f"record={tmp_path / 'record'}")
    assert done.stdout == "going-on: left out, it is not finished.\n"
    assert not (tmp_path / "record" / "going-on").exists()


@pytest.mark.slow
def test_a_record_among_the_runs_stays_as_it_is(runs, tmp_path):
    shutil.copytree(runs[100], tmp_path / "runs")
    again = ("record", f"runs={tmp_path / 'runs'}", f"record={tmp_path / 'runs' / 'kept'}", "points=6")
    program(*again)
    done = program(*again)
    (kept,) = load(tmp_path / "runs" / "kept").runs
    assert f"{kept.name}: left as it is, it is in the record." in done.stdout
    assert kept.finished and len(kept.curves["presentations"]) == 6


@pytest.mark.slow
def test_a_run_without_curves_does_not_keep_others_out(runs, tmp_path):
    (run,) = load(runs[100]).runs
    for name in ("a", "b"):
        shutil.copytree(run.directory, tmp_path / "runs" / name)
    (tmp_path / "runs" / "a" / "curves.npz").unlink()
    done = program("record", f"runs={tmp_path / 'runs'}", f"record={tmp_path / 'kept'}")
    assert "a: left out." in done.stdout
    assert [run.name for run in load(tmp_path / "kept").runs] == ["b"]


@pytest.mark.slow
def test_runs_are_not_replaced_by_themselves(runs):
    done = program("record", f"runs={runs[100]}", f"record={runs[100]}", status=2)
    assert "should be another folder" in done.stderr and "Traceback" not in done.stderr
