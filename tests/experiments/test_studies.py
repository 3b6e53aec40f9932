"""The sweeps that are files compose, and their jobs are allowed."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

import lstm_jax
from experiments.application import _in_order
from experiments.study import read
from hydra_plugins.lanes_launcher.lanes_launcher import Composer, combinations, swept
from lstm_jax.composition import OF_HYDRA_1_3, suited
from lstm_jax.jobs import Job, Output
from lstm_jax.jobs.programs import divided, programs
from lstm_jax.overrides import quote_row
from lstm_jax.places import CONFIGS
from lstm_jax.trials.engine import alike

STUDIES = {"gate_bias_6a": (16, 1), "gate_bias_4-1": (16, 1), "lags_2c": (6, 6), "quick_rows": (180, 6)}
"""For each its jobs, and how many kinds of them there are that can be lanes of one program."""


@pytest.mark.parametrize(
    ("arguments", "ordered"),
    [
        (["study=lags_2c"], ["-m", "study=lags_2c"]),
        (["seed=1", "study=mine"], ["-m", "seed=1", "study=mine"]),
        (["study=mine", "--cfg", "job"], ["--cfg", "job", "study=mine"]),
        (["experiment=6a", "--config-dir", "mine", "trials=1"], ["--config-dir", "mine", "experiment=6a", "trials=1"]),
        (["study=mine", "-m"], ["-m", "study=mine"]),
        (["experiment=6a", "-m", "seed=1,2"], ["-m", "experiment=6a", "seed=1,2"]),
        (["experiment=6a", "study=null"], ["experiment=6a", "study=null"]),
    ],
)
def test_a_study_is_a_sweep_and_m_may_stand_anywhere(arguments, ordered):
    assert _in_order(arguments) == ordered


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(path.stem for path in Path(CONFIGS, "study").glob("*.yaml")))
def test_a_study_composes_and_shares_programs(name):
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.override_parser.overrides_parser import OverridesParser

    with initialize_config_dir(CONFIGS, **OF_HYDRA_1_3):
        master = compose("train", [f"study={name}"], return_hydra_config=True)
        loader = GlobalHydra.instance().config_loader()
        assert master.study == name == Path(master.folder).name
        params = [quote_row(f"{key}={value}") for key, value in master.hydra.sweeper.params.items()]
        jobs = combinations(OverridesParser.create(loader).parse_overrides(params))
        composer = Composer(loader, master)
        composed = [swept(i, composer.compose(overrides)) for i, overrides in enumerate(jobs)]
        rows = [read(suited(job.config, job.choices, job.overrides)) for job in composed]
    assert (len(rows), len({alike(row.experiment) for row in rows})) == STUDIES[name]
    assert len({row.directory for row in rows}) == len(rows)
    shared = programs(rows)
    assert sorted(row.directory for part in shared for row in part) == sorted(row.directory for row in rows)
    assert all(len({alike(row.experiment) for row in part}) == 1 for part in shared)


@pytest.mark.parametrize(
    ("trials", "devices", "at_once", "programs"),
    [
        ([10], 2, 16, [1]),
        ([1] * 32, 2, 16, [32]),
        ([1] * 33, 2, 16, [17, 16]),
        ([1] * 33, 1, 16, [33]),
        ([10] * 7, 2, 16, [4, 3]),
        ([150, 1], 2, 16, [2]),
        ([100] * 3, 16, 16, [3]),
        ([1000] * 3, 2, 16, [1, 1, 1]),
        ([2000], 2, 16, [1]),
        ([1] * 3000, 2, 16, [750] * 4),
        ([1] * 3000, 1, 4096, [3000]),
        ([1] * 5000, 1, 4096, [2500, 2500]),
        ([1] * 5000, 2, 4096, [2500, 2500]),
    ],
)
def test_jobs_are_divided_evenly_when_devices_cannot_take_them_at_once(trials, devices, at_once, programs):
    parts = divided(trials, devices, at_once)
    assert [len(part) for part in parts] == programs
    assert [place for part in parts for place in part] == list(range(len(trials)))


def test_the_program_that_is_expected_to_take_longest_comes_first(tmp_path):
    """Sequences of 4-1 and of 6a have at most 110 steps, those of 3a-3 1,100; the paper's nets of 6a needed 31,390."""
    wanted = [("6a", 10_000, 1), ("3a-3", 10_000, 1), ("4-1", 10_000, 3), ("6a", 500_000, 1)]
    output, jobs = Output(str(tmp_path), 10.0, False), []
    for row, budget, trials in wanted:
        experiment = lstm_jax.experiment(row, budget=budget, trials=trials)
        jobs.append(Job(row, experiment, tmp_path / experiment.name, output))
    works = [10_000 * 110, 10_000 * 1100, 3 * 10_000 * 110, 31_390 * 110]
    assert [job.experiment.work for job in jobs] == works
    assert [part[0].experiment.work for part in programs(jobs)] == sorted(works, reverse=True)


def test_values_set_in_a_copy_are_what_composing_gives():
    from hydra.core.global_hydra import GlobalHydra

    jobs = [
        ["experiment=6a", "seed=1", "optimizer.learning_rate=0.1", "network.cell.input_gate_bias=[-1,-2]"],
        ["experiment=6a", "seed=2", "optimizer.learning_rate=0.5", "network.cell.input_gate_bias=[0,0]"],
        ["experiment=4-1", "seed=2", "optimizer.learning_rate=0.5", "network.cell.input_gate_bias=[0,0]"],
        ["experiment=4-1", "seed=3", "optimizer.learning_rate=0.5", "network.cell.input_gate_bias=[0,0]"],
    ]
    with initialize_config_dir(CONFIGS, **OF_HYDRA_1_3):
        master = compose("train", [], return_hydra_config=True)
        loader = GlobalHydra.instance().config_loader()
        composer = Composer(loader, master)
        for job in jobs:
            ours, hydras = composer.compose(job), loader.load_sweep_config(master, job)
            assert OmegaConf.to_container(ours) == OmegaConf.to_container(hydras)
