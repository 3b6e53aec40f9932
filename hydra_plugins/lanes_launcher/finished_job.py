"""What Hydra does around a job, for jobs whose work is done already.

`hydra.core.utils.run_job` copies the configuration four times and writes it by a YAML library in Python: 30 to 100 ms a
job, more than a short training takes. Here it is copied once and written by the library's C half; the same files
come out.
"""

from pathlib import Path
from typing import Any

import yaml
from hydra._internal.callbacks import Callbacks
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobReturn, JobStatus, configure_log
from hydra.types import TaskFunction
from omegaconf import DictConfig, ListConfig, OmegaConf, open_dict
from omegaconf._utils import OmegaConfDumper


class _Dumper(yaml.CDumper):
    """OmegaConf's, but faster."""


_of_text: Any = OmegaConfDumper.str_representer
_Dumper.add_representer(str, _of_text)


def finish(config: DictConfig, task_config: DictConfig, task: TaskFunction, callbacks: Callbacks) -> JobReturn:
    """Give a job its directory, log and `.hydra`, tell the callbacks, and take its value or what ended it.

    Args:
        config: of the job, composed; its working directory and environment are not changed.
        task_config: the part that is not Hydra's.
        task: returns the value, or raises.
        callbacks: Hydra's.
    """
    instance: Any = HydraConfig.instance()
    previous, instance.cfg = instance.cfg, config  # for interpolations such as ${hydra:job.num}
    try:
        directory = Path(str(OmegaConf.select(config, "hydra.sweep.dir")), str(config.hydra.sweep.subdir)).absolute()
        with open_dict(config):
            config.hydra.runtime.output_dir = str(directory)
        instance.set_config(config)
        directory.mkdir(parents=True, exist_ok=True)
        configure_log(config.hydra.job_logging, config.hydra.verbose)
        overrides = config.hydra.overrides.task
        if config.hydra.output_subdir is not None:
            _write(task_config, directory / str(config.hydra.output_subdir) / "config.yaml")
            _write(instance.cfg, directory / str(config.hydra.output_subdir) / "hydra.yaml")
            _write(overrides, directory / str(config.hydra.output_subdir) / "overrides.yaml")
        result = JobReturn(
            overrides=[str(override) for override in overrides],
            cfg=task_config,
            hydra_cfg=instance.cfg,
            working_dir=str(Path.cwd()),
            task_name=str(config.hydra.job.name),
        )
        callbacks.on_job_start(config=config, task_function=task)
        try:
            result.return_value, result.status = task(task_config), JobStatus.COMPLETED
        except Exception as error:
            result.return_value, result.status = error, JobStatus.FAILED
        callbacks.on_job_end(config=config, job_return=result)
        return result
    finally:
        instance.cfg = previous


def _write(config: DictConfig | ListConfig, path: Path) -> None:
    plain = OmegaConf.to_container(config, resolve=False, enum_to_str=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.dump(plain, Dumper=_Dumper, default_flow_style=False, allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8")
