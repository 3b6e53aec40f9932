"""The few names a notebook starts from."""

from typing import Any

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

import lstm_jax
from lstm_jax.composition import OF_HYDRA_1_3
from lstm_jax.errors import InputError
from lstm_jax.places import CONFIGS
from tests.experiments.programs import call

SMALL: dict[str, Any] = {"trials": 2, "budget": 2000, "seed": 3}


@pytest.mark.slow
def test_an_experiment_is_that_of_the_command_line(tmp_path):
    run = lstm_jax.train(lstm_jax.experiment("6a", "optimizer.learning_rate=0.3", **SMALL), tmp_path / "ours")
    small = [f"{name}={value}" for name, value in SMALL.items()]
    done = call("train", "experiment=6a", "optimizer.learning_rate=0.3", *small, f"folder={tmp_path / 'theirs'}")
    assert done.returncode == 0, done.stderr
    [other] = lstm_jax.load(tmp_path / "theirs").runs
    assert (run.name, run.records, run.configuration) == (other.name, other.records, other.configuration)
    np.testing.assert_array_equal(run.curves["error"], other.curves["error"])


@pytest.mark.slow
def test_a_finished_run_is_read_and_not_trained_again(tmp_path, capsys):
    experiment = lstm_jax.experiment("6a", **SMALL)
    run = lstm_jax.train(experiment, tmp_path)
    written = (run.directory / "trials.jsonl").stat().st_mtime_ns
    again = lstm_jax.train(experiment, tmp_path)
    assert "finished before" in capsys.readouterr().out
    assert (again.directory / "trials.jsonl").stat().st_mtime_ns == written
    lstm_jax.train(experiment, tmp_path, again=True)
    assert (again.directory / "trials.jsonl").stat().st_mtime_ns > written
    assert [run.name for run in lstm_jax.load(tmp_path).runs] == [experiment.name]


def test_it_leaves_another_program_of_hydra_as_it_was():
    with initialize_config_dir(CONFIGS, **OF_HYDRA_1_3):
        lstm_jax.experiment("4-1", trials=2)
        assert OmegaConf.to_container(compose("train"))["row"] == "6a"  # pyright: ignore
    assert not GlobalHydra.instance().is_initialized()
    lstm_jax.experiment("4-1", trials=2)
    assert not GlobalHydra.instance().is_initialized()


@pytest.mark.parametrize(
    ("row", "changes", "settings", "parts"),
    [
        ("7", [], {}, ["experiment", "'7'", "such as 2c-7", "train --help lists all"]),
        ("6a", [], {"trials": 0}, ["trials", "0", "1"]),
        ("6a", [], {"trails": 3}, ["trails"]),
        ("6a", ["network=grru"], {}, ["network", "grru", "gru"]),
        ("6a", ["network.cell.blocks=zero"], {}, ["network.cell.blocks", "zero"]),
        ("6a", ["optimizer.learning_rate="], {}, ["optimizer.learning_rate"]),
        ("6a", ["study=gate_bias_6a"], {}, ["study=gate_bias_6a", "train"]),
        ("6a", [], {"folder": "x"}, ["folder=x", "train"]),
        ("6a", ["-m"], {}, ["-m"]),
    ],
)
def test_bad_input_is_one_sentence(row, changes, settings, parts):
    with pytest.raises(InputError) as error:
        lstm_jax.experiment(row, *changes, **settings)
    assert len(str(error.value).splitlines()) == 1
    for part in parts:
        assert part in str(error.value)


def test_what_is_no_experiment_is_not_trained(tmp_path):
    with pytest.raises(InputError, match="experiment is '6a'"):
        lstm_jax.train("6a", tmp_path)  # pyright: ignore[reportArgumentType]


def test_every_name_has_a_docstring():
    assert set(lstm_jax.__all__) == {"__version__", "experiment", "load", "make_fast", "train"}
    assert all(getattr(lstm_jax, name).__doc__ for name in lstm_jax.__all__)
