"""Multiruns as a user starts them: jobs that run together look as if each had run alone."""

import errno
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

from lstm_jax.results import files, load
from tests.experiments.programs import call, command, run
from tests.experiments.test_train import SMALL, kill_after_a_checkpoint

pytestmark = pytest.mark.slow

QUICK = [*SMALL, "trials=2", "budget=2000"]
SWEPT = ["seed=0,1", "optimizer.learning_rate=0.1,0.5"]


def directories(folder: Path) -> dict[str, Path]:
    """Of the runs in a folder, by what the job was asked for."""
    return {
        " ".join(yaml.safe_load(path.read_text())[-2:]): path.parent.parent
        for path in folder.glob("*/.hydra/overrides.yaml")
    }


@pytest.fixture(scope="module")
def swept(tmp_path_factory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("sweep")
    done = call("train", "-m", *QUICK, f"folder={folder}", *SWEPT)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def assert_same(a: Path, b: Path) -> None:
    assert (a / "trials.jsonl").read_text() == (b / "trials.jsonl").read_text()
    assert (a / "configuration.json").read_text() == (b / "configuration.json").read_text()
    ours, theirs = files.read_arrays(a / "curves.npz"), files.read_arrays(b / "curves.npz")
    assert ours.keys() == theirs.keys()
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name])


def test_each_job_has_a_directory_a_configuration_and_a_log(swept):
    folder, _ = swept
    jobs = directories(folder)
    assert sorted(jobs) == sorted(
        f"seed={seed} optimizer.learning_rate={rate}" for seed in (0, 1) for rate in (0.1, 0.5)
    )
    for name, directory in jobs.items():
        config = yaml.safe_load((directory / ".hydra" / "config.yaml").read_text())
        assert f"seed={config['seed']} optimizer.learning_rate={config['optimizer']['learning_rate']}" == name
        resolved = json.loads((directory / "configuration.json").read_text())
        assert resolved["seed"] == config["seed"]
        hydra = yaml.safe_load((directory / ".hydra" / "hydra.yaml").read_text())["hydra"]
        assert hydra["runtime"]["output_dir"] == str(directory)
        named = hydra["job"]["override_dirname"]
        assert name.split()[0] in named or named == "${hydra_override_dirname:}"  # as Hydra 1.4 writes it
        assert "of 2 trials" in (directory / "train.log").read_text()


def test_a_job_comes_to_what_it_comes_to_alone(swept, tmp_path):
    folder, _ = swept
    assert call("train", *QUICK, "seed=1", "optimizer.learning_rate=0.5", f"folder={tmp_path}").returncode == 0
    (alone,) = load(tmp_path).runs
    assert_same(folder / alone.name, alone.directory)


def test_hydras_own_launcher_comes_to_the_same(swept, tmp_path):
    folder, _ = swept
    done = call("train", "-m", *QUICK, f"folder={tmp_path}", *SWEPT, "hydra/launcher=basic")
    assert done.returncode == 0, done.stderr
    runs = load(tmp_path).runs
    assert len(runs) == 4
    for one in runs:
        assert_same(folder / one.name, one.directory)


def test_the_same_command_skips_what_is_finished(swept):
    folder, _ = swept
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*/summary.json")}
    again = call("train", "-m", *QUICK, f"folder={folder}", *SWEPT)
    assert again.returncode == 0
    assert "4 runs: 4 finished before, 0 continued, 0 new" in again.stdout
    assert {path: path.stat().st_mtime_ns for path in folder.glob("*/summary.json")} == before


def test_chunks_in_processes_of_their_own_come_to_the_same(swept, tmp_path):
    folder, _ = swept
    chunks = ["hydra/launcher=processes", "hydra.launcher.jobs_per_chunk=2"]
    done = run("train", "-m", *QUICK, f"folder={tmp_path}", *SWEPT, *chunks)
    assert done.returncode == 0, done.stderr
    assert "4 jobs in 2 chunks" in done.stdout
    for directory in directories(folder).values():
        assert_same(directory, tmp_path / directory.name)


def test_a_chunk_says_what_it_refused(tmp_path):
    rates = "optimizer.learning_rate=0.1,abc"
    done = run("train", "-m", *QUICK, f"folder={tmp_path}", rates, "hydra/launcher=processes")
    assert done.returncode == 2
    assert "some jobs have no result" in done.stderr and "Traceback" not in done.stderr
    assert len(load(tmp_path).runs) == 1
    (errors,) = tmp_path.glob(".submitit/*/*.err")
    assert "optimizer.learning_rate is 'abc'" in errors.read_text()


def test_a_sweeper_that_learns_from_what_jobs_return(tmp_path):
    settings = [
        "hydra/sweeper=optuna",
        "hydra.sweeper.n_trials=4",
        "hydra.sweeper.n_jobs=2",
        "hydra.sweeper.sampler.seed=1",
    ]
    done = run("train", "-m", *QUICK, *settings, f"folder={tmp_path}", "optimizer.learning_rate=interval(0.1,1.0)")
    assert done.returncode == 0, done.stderr
    best = yaml.safe_load((tmp_path / "optimization_results.yaml").read_text())
    runs = load(tmp_path).runs
    assert len(runs) == 4
    settings = f"optimizer.learning_rate={best['best_params']['optimizer.learning_rate']}"
    assert f"Best of the sweep: {settings}, which take {best['best_value']:,.6g} presentations" in done.stdout
    assert best["best_value"] == min(sum(at or 2000 for at in run.summary[0].presentations) / 2 for run in runs)


def test_a_full_disk_leaves_what_a_sweep_is_told_of_itself(swept, monkeypatch):
    folder, _ = swept
    before = (folder / "multirun.yaml").read_bytes()

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", full)
    done = call("train", "-m", *QUICK, f"folder={folder}", *SWEPT)
    assert (done.returncode, done.stderr) == (2, f"{folder}/multirun.yaml: no space left on device.\n")
    assert (folder / "multirun.yaml").read_bytes() == before


def test_killed_a_sweep_goes_on_to_the_same_records(tmp_path):
    long = [*SMALL, "criterion.mean_error_below=1e-9", "budget=60000"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert call("train", "-m", *long, f"folder={whole}", *SWEPT).returncode == 0
    interrupted = ["-m", *long, "checkpoint_seconds=0", *SWEPT, f"folder={killed}"]
    kill_after_a_checkpoint(interrupted, 0.3)
    assert call("train", *interrupted).returncode == 0
    for directory in directories(whole).values():
        assert_same(directory, killed / directory.name)
        assert not (killed / directory.name / "checkpoint.npz").exists()


def test_a_job_that_is_refused_leaves_the_others_alone(swept, tmp_path):
    folder, _ = swept
    rates = "optimizer.learning_rate=0.1,abc,-1"
    done = call("train", "-m", *QUICK, f"folder={tmp_path}", "seed=0", rates)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("optimizer.learning_rate=abc: optimizer.learning_rate is 'abc': it should be")
    assert lines[1].startswith("optimizer.learning_rate=-1: optimizer.learning_rate is -1: it should be")
    (one,) = load(tmp_path).runs
    assert_same(folder / one.name, one.directory)


def test_every_job_may_be_refused(tmp_path):
    done = call("train", "-m", *QUICK, f"folder={tmp_path}", "weight_range=-1,-2")
    assert done.returncode == 2
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["weight_range=-1", "weight_range=-2"]


def test_a_folder_of_another_study_is_left_as_it_is(swept, tmp_path):
    folder, _ = swept
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    done = call("train", "study=lags_2c", f"folder={folder}", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        f"folder is '{folder}': it has the runs of no study, and this sweep is of the study lags_2c; choose another "
        "folder.\n"
    )
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_trials_that_diverge_are_reported(tmp_path):
    done = call(
        "train", "-m", *QUICK, f"folder={tmp_path}", "weight_range=0.1,3e38", "network.output_squashing=identity"
    )
    assert done.returncode == 2
    assert "weight_range=3e+38: 2 of 2 trials diverged." in done.stderr
    assert len(load(tmp_path).runs) == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["seed=range(0,0)"], "The sweep has no jobs"),
        (["sneed=1,2"], "sneed"),
        (["folder=a,b"], "folder"),
        (["again=true,false"], "again"),
        (["experiment=6a,9z"], "9z"),
    ],
)
def test_a_sweep_that_cannot_be(arguments, sentence, tmp_path):
    done = call("train", "-m", *QUICK, *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_folder_that_is_none(tmp_path):
    (tmp_path / "file").write_text("")
    done = call("train", "-m", *QUICK, "seed=0,1", f"folder={tmp_path / 'file'}")
    assert done.returncode == 2
    assert done.stderr.startswith("folder is ")
    assert len(done.stderr.strip().splitlines()) == 1


def test_ctrl_c_ends_a_sweep_quietly(tmp_path):
    long = [*SMALL, "criterion.mean_error_below=1e-9", "budget=1000000", "checkpoint_seconds=0", f"folder={tmp_path}"]
    with subprocess.Popen(command("train", "-m", *long, "seed=0,1"), stderr=subprocess.PIPE, text=True) as process:
        while not list(tmp_path.glob("*/checkpoint.npz")):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command continues" in error and "Traceback" not in error
