"""What the launcher does around a job against Hydra's own `run_job`."""

from pathlib import Path
from typing import Any

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobReturn, run_job
from hydra.experimental.callback import Callback
from hydra.types import HydraContext, RunMode
from omegaconf import open_dict

from hydra_plugins.lanes_launcher.finished_job import finish
from hydra_plugins.lanes_launcher.lanes_launcher import swept
from lstm_jax.composition import OF_HYDRA_1_3
from lstm_jax.places import CONFIGS

OVERRIDES = ["experiment=6a", "trials=2", "seed=3", "row='yes'", "++note='a: b # Größe'", "++empty=null"]
TEXTS = (
    "1e3",
    "1_0",
    "0x1F",
    "007",
    "-.5",
    ".inf",
    "nan",
    "infinity",
    "N",
    "Off",
    "oFF",
    "null",
    "~",
    "12:30",
    " x",
    "",
)
OVERRIDES += [f"++text{i}='{text}'" for i, text in enumerate(TEXTS)]


@pytest.fixture
def hydra():
    with initialize_config_dir(CONFIGS, **OF_HYDRA_1_3):
        yield GlobalHydra.instance().hydra


def both(hydra: Any, folder: Path, task) -> tuple[JobReturn, JobReturn]:
    """By Hydra into `folder/theirs`, and by the launcher into `folder/ours`."""
    results = []
    for name in ("theirs", "ours"):
        config = hydra.compose_config("train", [*OVERRIDES, f"hydra.sweep.dir={folder / name}"], RunMode.MULTIRUN)
        with open_dict(config):
            config.hydra.job.num, config.hydra.job.id = 7, "7"
            config.hydra.output_subdir = ".hydra"
            config.hydra.sweep.subdir = "job"
        callbacks: Any = Callback()
        context = HydraContext(config_loader=hydra.config_loader, callbacks=callbacks)
        if name == "theirs":
            results.append(run_job(task, config, "hydra.sweep.dir", "hydra.sweep.subdir", context))
        else:
            results.append(finish(config, swept(7, config).config, task, context))
    return results[0], results[1]


def test_the_same_files_and_the_same_result(hydra, tmp_path):
    def task(config):
        assert HydraConfig.get().job.num == 7
        return config.seed + 1

    theirs, ours = both(hydra, tmp_path, task)
    for name in ("config.yaml", "hydra.yaml", "overrides.yaml"):
        written = [(tmp_path / whose / "job" / ".hydra" / name).read_text() for whose in ("theirs", "ours")]
        assert written[1] == written[0].replace("/theirs", "/ours")
    assert ours.return_value == theirs.return_value == 4
    assert (ours.status, ours.overrides, ours.cfg) == (theirs.status, theirs.overrides, theirs.cfg)
    assert (ours.task_name, ours.working_dir) == (theirs.task_name, theirs.working_dir)
    assert not HydraConfig.initialized()


def test_what_ends_a_job_is_kept(hydra, tmp_path):
    def task(config):
        raise ValueError("no")

    theirs, ours = both(hydra, tmp_path, task)
    assert ours.status == theirs.status
    with pytest.raises(ValueError, match="no"):
        _ = ours.return_value
