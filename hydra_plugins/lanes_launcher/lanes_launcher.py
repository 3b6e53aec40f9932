"""`hydra/launcher=lanes`: the jobs of a multirun run together, and each looks as if it had run alone.

A program says that its jobs can run together by a function of that name (experiments/application.py); the jobs of any
other program run one after the other. Hydra imports this file whenever a program starts: nothing here imports JAX.
"""

import copy
import gc
import itertools
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Override, OverrideType, RangeSweep
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, configure_log, run_job, setup_globals
from hydra.errors import HydraException
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf, open_dict

from hydra_plugins.lanes_launcher.finished_job import finish
from lstm_jax.runtime import memory

JOB_LISTED, JOB_COMPOSED = 500, 300_000
"""Bytes that a job of a sweep takes while it is a list of overrides, and as a configuration (docs/scaling.md)."""

HERE = "hydra_plugins.lanes_launcher.lanes_launcher"


@dataclass
class LanesConf:
    """Settings of the launcher, `hydra.launcher`."""

    _target_: str = f"{HERE}.LanesLauncher"


@dataclass
class GridConf:
    """Settings of the sweeper, `hydra.sweeper`."""

    _target_: str = f"{HERE}.GridSweeper"
    max_batch_size: int | None = None
    params: dict[str, str] | None = field(default_factory=dict)


ConfigStore.instance().store(group="hydra/launcher", name="lanes", node=LanesConf, provider="lanes_launcher")
ConfigStore.instance().store(group="hydra/sweeper", name="grid", node=GridConf, provider="lanes_launcher")


class GridSweeper(Sweeper):
    """Every combination of the values that settings are given, as Hydra's own sweeper; the launcher composes the jobs.

    Hydra's composes each of them once more beforehand.
    """

    def __init__(self, max_batch_size: int | None, params: dict[str, str] | None = None) -> None:
        self.max_batch_size, self.params = max_batch_size, params or {}

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Make the launcher."""
        self.parser, self.config = OverridesParser.create(hydra_context.config_loader), config
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> list[Sequence[JobReturn]]:
        """Launch all jobs, `max_batch_size` of them at a time.

        Raises:
            HydraException: the sweep has no jobs, or a setting has values that cannot be enumerated.
        """
        from lstm_jax.results import files

        given = [*(f"{name}={value}" for name, value in self.params.items()), *arguments]
        overrides = self.parser.parse_overrides(given)
        _check_number(overrides, self.max_batch_size)
        jobs = combinations(overrides)
        assert self.config is not None and self.launcher is not None
        folder = Path(str(self.config.hydra.sweep.dir))
        folder.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: the same command reads it again before it goes on with a sweep that was killed.
        files.write_text(folder / "multirun.yaml", OmegaConf.to_yaml(self.config))
        if not jobs:
            raise HydraException("The sweep has no jobs: one of its settings has no value to take.")
        size = self.max_batch_size or len(jobs)
        if size < 1:
            raise HydraException(f"hydra.sweeper.max_batch_size is {size}: it should be at least 1.")
        results = []
        for start in range(0, len(jobs), size):
            results.append(self.launcher.launch(jobs[start : start + size], initial_job_idx=start))
            for job in results[-1]:
                _ = job.return_value  # raises what ended the job
        return results


def _check_number(overrides: Sequence[Override], at_once: int | None) -> None:
    """Refuse a sweep whose jobs alone fill the machine's memory, before they are enumerated.

    Raises:
        HydraException: it has so many.
    """
    sizes = {override.get_key_element(): _size(override) for override in overrides}  # the last one of a name holds
    jobs = math.prod(sizes.values())
    needed = JOB_LISTED * jobs + JOB_COMPOSED * min(jobs, at_once or jobs)
    if needed > (there := memory()):
        most = max(sizes, key=lambda name: sizes[name])
        raise HydraException(
            f"{most} has {sizes[most]:,} values: the sweep has {jobs:,} jobs, whose configurations alone take "
            f"{needed / 2**30:,.0f} GiB of memory, and this machine has {there / 2**30:,.0f}."
        )


def _size(override: Override) -> int:
    """How many values a setting takes."""
    values = override.value() if override.is_discrete_sweep() else None
    if isinstance(values, RangeSweep) and values.start is not None and values.stop is not None:
        return max(0, math.ceil((values.stop - values.start) / values.step)) if values.step else 1
    return len(values.list) if isinstance(values, ChoiceSweep) else 1


def combinations(overrides: Sequence[Override]) -> list[list[str]]:
    """For every job the overrides that make it; of a setting that is given twice the last one holds.

    Raises:
        HydraException: a setting has values that cannot be enumerated.
    """
    values: dict[str, list[str]] = {}
    for override in overrides:
        if not override.is_sweep_override():
            values[override.get_key_element()] = [override.get_value_element_as_str()]
        elif override.is_discrete_sweep():
            values[override.get_key_element()] = list(override.sweep_string_iterator())
        else:
            raise HydraException(f"{override.input_line} cannot be enumerated: a grid needs values or a range.")
    return [
        [f"{name}={value}" for name, value in zip(values, job, strict=True)]
        for job in itertools.product(*values.values())
    ]


@dataclass(frozen=True)
class SweptJob:
    """One job of a multirun, composed."""

    number: int
    overrides: list[str]
    """Of the task, as they were written."""
    choices: dict[str, str]
    """Which file was taken from each group."""
    config: DictConfig
    """The task's configuration, without Hydra's."""


@dataclass(frozen=True)
class Outcome:
    """What became of a job."""

    job: SweptJob
    value: Any
    """What the program returns, or the exception that ended the job."""
    name: str | None
    """Of the job's directory; None if it did not come to have one."""
    notes: Sequence[str] = ()
    """For the job's log."""
    trouble: Exception | None = None
    """What the program's exit status has to tell, although the job has a value."""

    def result(self) -> Any:
        """Write the job's log, and return or raise as the job would have."""
        log = logging.getLogger("lstm_jax")
        for note in self.notes:
            log.info(note)
        if isinstance(self.value, Exception):
            log.error(self.value)
            raise self.value
        return self.value

    def complain(self) -> None:
        """Raise the trouble, if there is any."""
        if self.trouble is not None:
            raise self.trouble


Together = Callable[[Sequence[SweptJob]], Iterator[Outcome]]
"""Runs jobs, and reports on each as soon as it has ended."""


class LanesLauncher(Launcher):
    """Runs jobs together where the program can."""

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keep what a launch needs; the program may refuse the sweep as a whole."""
        self.config, self.hydra_context, self.task_function = config, hydra_context, task_function
        check = getattr(task_function, "check_sweep", None)
        if check is not None:
            check(config)

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run the jobs; the results stand in the order of the overrides."""
        setup_globals()
        gc.unfreeze()  # what a sweeper's batch before this one left can go now
        configure_log(self.config.hydra.hydra_logging, self.config.hydra.verbose)
        # Thousands of configurations stay until the end: nobody needs to search them for garbage again and again.
        gc.disable()
        try:
            configs = self._compose(job_overrides, initial_job_idx)
        finally:
            gc.freeze()
            gc.enable()
        together: Together | None = getattr(self.task_function, "together", None)
        if together is None:
            return [self._run(config, self.task_function) for config in configs]
        # Whoever composes a row beside the jobs then looks for it in the same folders.
        HydraConfig.instance().set_config(self.config)
        settle: Callable[[Callable[[], Any]], Any] = vars(self.task_function)["settle"]
        results: dict[int, JobReturn] = {}
        for outcome in together([swept(config.hydra.job.num, config) for config in configs]):
            settle(outcome.complain)
            config = configs[outcome.job.number - initial_job_idx]
            with open_dict(config):
                config.hydra.job.id = outcome.name or str(outcome.job.number)
                config.hydra.output_subdir = config.hydra.output_subdir or ".hydra"
                config.hydra.job_logging = _to_file(config)

            def task(_, outcome=outcome):
                return settle(outcome.result)

            if config.hydra.job.chdir or config.hydra.job.env_set:
                results[outcome.job.number] = self._run(config, task)
            else:
                results[outcome.job.number] = finish(config, outcome.job.config, task, self.hydra_context)
        configure_log(self.config.hydra.hydra_logging, self.config.hydra.verbose)
        return [results[config.hydra.job.num] for config in configs]

    def _compose(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> list[DictConfig]:
        composer, configs = Composer(self.hydra_context.config_loader, self.config), []
        for number, overrides in enumerate(job_overrides, start=initial_job_idx):
            config = composer.compose(list(overrides))
            with open_dict(config):
                config.hydra.job.num, config.hydra.job.id = number, str(number)
            configs.append(config)
        return configs

    def _run(self, config: DictConfig, task: TaskFunction) -> JobReturn:
        return run_job(task, config, "hydra.sweep.dir", "hydra.sweep.subdir", self.hydra_context)


class Composer:
    """Composes the jobs of a sweep as `load_sweep_config` does, without composing every one from its files.

    Jobs that choose the same files differ in values alone, which are set in a copy of the first one's configuration: a
    twentieth of the time.
    """

    def __init__(self, loader: ConfigLoader, master: DictConfig) -> None:
        self.loader, self.master = loader, master
        self.parser = OverridesParser.create(loader)
        self.known: dict[str, Override] = {}
        self.groups: dict[str, bool] = {}
        self.composed: dict[tuple[Any, ...], DictConfig] = {}

    def compose(self, overrides: list[str]) -> DictConfig:
        """The configuration of one job.

        Raises:
            HydraException: an override is not one, or does not fit.
        """
        parsed = [self._parsed(override) for override in overrides]
        signature = tuple(
            override.key_or_group if self._is_value(override) else override.input_line for override in parsed
        )
        if signature not in self.composed:
            self.composed[signature] = self.loader.load_sweep_config(self.master, overrides)
            return copy.deepcopy(self.composed[signature])
        config = copy.deepcopy(self.composed[signature])
        for override in parsed:
            if self._is_value(override):
                OmegaConf.update(config, override.key_or_group, override.value(), merge=True)
        of_task = [override for override in parsed if not override.is_hydra_override()]
        config.hydra.overrides.task = [override.input_line for override in of_task]
        if not OmegaConf.is_interpolation(config.hydra.job, "override_dirname"):  # Hydra 1.4 looks it up when asked
            config.hydra.job.override_dirname = _dirname(of_task, config.hydra.job.config.override_dirname)
        return config

    def _parsed(self, override: str) -> Override:
        """What one override says; those of a sweep come again and again."""
        if override not in self.known:
            (self.known[override],) = self.parser.parse_overrides([override])
        return self.known[override]

    def _is_group(self, name: str) -> bool:
        """Whether a name is that of a group; of a group that was given a list Hydra keeps no choice."""
        if name not in self.groups:
            self.groups[name] = bool(self.loader.get_group_options(name))
        return self.groups[name]

    def _is_value(self, override: Override) -> bool:
        """Whether an override sets a value and chooses no file."""
        return (
            override.type == OverrideType.CHANGE
            and not self._is_group(override.key_or_group)
            and not override.is_hydra_override()
        )


def _dirname(overrides: Sequence[Override], settings: DictConfig) -> str:
    """What `${hydra.job.override_dirname}` stands for."""
    lines = (str(override.input_line) for override in overrides if override.key_or_group not in settings.exclude_keys)
    return settings.item_sep.join(sorted(lines)).replace("=", settings.kv_sep)


def swept(number: int, config: DictConfig) -> SweptJob:
    """A composed job as a program gets it."""
    task = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
    choices = {str(group): str(choice) for group, choice in config.hydra.runtime.choices.items()}
    return SweptJob(number, list(config.hydra.overrides.task), choices, task)


def _to_file(config: DictConfig) -> dict[str, Any]:
    """Logging into the job's directory, and nowhere else; what the user has chosen instead stays."""
    if config.hydra.runtime.choices["hydra/job_logging"] != "none":
        return config.hydra.job_logging
    file = {
        "class": "logging.FileHandler",
        "formatter": "simple",
        "filename": "${hydra.runtime.output_dir}/${hydra.job.name}.log",
    }
    return {
        "version": 1,
        "formatters": {"simple": {"format": "[%(asctime)s][%(name)s][%(levelname)s] - %(message)s"}},
        "handlers": {"file": file},
        "root": {"level": "INFO", "handlers": ["file"]},
        "disable_existing_loggers": False,
    }
