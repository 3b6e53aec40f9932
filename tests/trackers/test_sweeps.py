"""Files for `wandb sweep`: the command that an agent makes of them is one of ours, and its metric is logged."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from experiments.study import read
from lstm_jax.composition import OF_HYDRA_1_3
from lstm_jax.places import CONFIGS
from lstm_jax.results import load
from lstm_jax.trackers import measures
from tests.results.made_runs import make_run

SWEEPS = sorted((Path(CONFIGS) / "wandb_sweeps").iterdir())


def commands(sweep: dict[str, Any]) -> list[list[str]]:
    """What an agent runs for every point of the grid, with the macros as W&B documents them."""
    names, found = list(sweep["parameters"]), []
    for values in itertools.product(*(sweep["parameters"][name]["values"] for name in names)):
        arguments = [f"{name}={value}" for name, value in zip(names, values, strict=True)]
        macros = {"${env}": ["/usr/bin/env"], "${args_no_hyphens}": arguments}
        found.append([word for part in sweep["command"] for word in macros.get(part, [part])])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("path", SWEEPS, ids=lambda path: path.stem)
def test_every_command_of_a_sweep_is_a_run_of_its_own(path, tmp_path):
    sweep: Any = OmegaConf.to_container(OmegaConf.load(path), resolve=False)
    found = commands(sweep)
    assert len(found) > 1
    names = set()
    with initialize_config_dir(CONFIGS, **OF_HYDRA_1_3):
        for environment, command, program, *overrides in found:
            assert (environment, command, program) == ("/usr/bin/env", "lstm-jax", "train")
            job = read(compose("train", overrides))
            assert [type(tracker).__name__ for tracker in job.trackers] == ["Wandb"]
            assert job.experiment.settings.row == path.stem.partition("_")[0]
            names.add(job.experiment.name)
    assert len(names) == len(found)
    make_run(tmp_path, "own", [100, None])
    assert sweep["metric"]["name"] in measures.of_run(load(tmp_path).runs[0])
    assert sweep["metric"]["goal"] == "minimize"


def test_the_metric_is_what_the_program_returns_to_other_sweepers(tmp_path):
    make_run(tmp_path, "own", [100, None, 300])
    (run,) = load(tmp_path).runs
    assert measures.of_run(run)["objective"] == (100 + 1000 + 300) / 3
