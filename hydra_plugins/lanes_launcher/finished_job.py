"""What Hydra does around a job, for jobs whose work is done already.

`hydra.core.utils.run_job` copies the configuration four times and writes it by a YAML library in Python: 30 to 100 ms a
job, more than a short training takes. Here it is copied once and written by the library's C half; the same files
come out.
"""

from pathlib import Path
from typing import Any

import yaml
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobReturn, JobStatus, configure_log
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, ListConfig, OmegaConf, open_dict


class _Dumper(yaml.CDumper):
    """Writes as OmegaConf does, but faster: it quotes text that would be read as a truth value or a number."""


def _text(dumper: Any, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'" if _needs_quotes(text) else None)


_Dumper.add_representer(str, _text)

TRUTH = {word for plain in ("y", "n", "yes", "no", "true", "false", "on", "off") for word in (plain, plain.upper())}
TRUTH |= {word.capitalize() for word in TRUTH}


def _needs_quotes(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text in TRUTH
    return True


def finish(config: DictConfig, task_config: DictConfig, task: TaskFunction, context: HydraContext) -> JobReturn:
    """Give a job its directory, log and `.hydra`, tell the callbacks, and take its value or what ended it.

    Args:
        config: of the job, composed; its working directory and environment are not changed.
        task_config: the part that is not Hydra's.
        task: returns the value, or raises.
        context: Hydra's, with its callbacks.
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
        context.callbacks.on_job_start(config=config, task_function=task)
        try:
            result.return_value, result.status = task(task_config), JobStatus.COMPLETED
        except Exception as error:
            result.return_value, result.status = error, JobStatus.FAILED
        context.callbacks.on_job_end(config=config, job_return=result)
        return result
    finally:
        instance.cfg = previous


def _write(config: DictConfig | ListConfig, path: Path) -> None:
    plain = OmegaConf.to_container(config, resolve=False, enum_to_str=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.dump(plain, Dumper=_Dumper, default_flow_style=False, allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8")
