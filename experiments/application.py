"""What every program here shares: Hydra's start, and errors that are one sentence.

JAX is imported inside a program's work, never here: `--cfg job` answers without it unless a part of an experiment is
chosen, whose fields are those of its class.
"""

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hydra
from hydra import compose
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from lstm_jax import make_fast
from lstm_jax.composition import EXPECTED, FOLDERS, OF_HYDRA_1_3, sentence, settings, with_closest
from lstm_jax.errors import InputError, nearest
from lstm_jax.overrides import quote_row
from lstm_jax.own_files import located
from lstm_jax.places import CONFIGS

from .usage import asked, usage

OF_RUNS = ("train", "trace")
"""Programs whose settings are those of one run."""

MODES = {"-r", "--run", "-m", "--multirun", "-c", "--cfg", "-i", "--info", "-sc", "--shell-completion"}
"""Options of Hydra of which a command has at most one."""

WITH_VALUE = ("-c", "--cfg", "-p", "--package", "-cd", "--config-dir", "-cn", "--config-name", "-cp", "--config-path")
"""Options of Hydra that are followed by their value."""


def application(
    config_name: str,
    together: Any = None,
    check_sweep: Callable[[DictConfig], None] | None = None,
    resumes: bool = True,
) -> Callable[[Callable[[DictConfig], Any]], Callable[[], None]]:
    """Turn a function of a composed configuration into a program.

    Args:
        config_name: its file in `configs`.
        together: runs the jobs of a multirun together (`Together` of hydra_plugins/lanes_launcher); without it they run
            one after the other.
        check_sweep: refuses a multirun as a whole, given its configuration, before anything is written.
        resumes: whether the same command continues what was interrupted.

    Bad input ends with one sentence on stderr and exit status 2; Ctrl-C with status 130. `HYDRA_FULL_ERROR=1` shows
    tracebacks.
    """

    def wrap(work: Callable[[DictConfig], Any]) -> Callable[[], None]:
        started = failed = False

        @functools.wraps(work)
        def job(config: DictConfig) -> Any:
            nonlocal started
            started = True
            return settle(lambda: work(_with_folders(_all_read(config, config_name))))

        def settle(outcome: Callable[[], Any]) -> Any:
            nonlocal failed
            try:
                return outcome()
            except EXPECTED as error:
                # Handled here and not around Hydra, so that the other jobs of a multirun go on.
                if show_tracebacks:
                    raise
                failed = True
                _fail(error)
                return None

        vars(job).update(together=together, settle=settle, check_sweep=check_sweep)

        def main() -> None:
            nonlocal failed
            make_fast()
            # Hydra would print lines of its own and exit with status 1.
            os.environ["HYDRA_FULL_ERROR"] = "1"
            try:
                sys.argv[1:] = _in_order([quote_row(argument) for argument in sys.argv[1:]])
                if config_name in OF_RUNS and not {"-m", "--multirun"} & set(sys.argv[1:]):
                    sys.argv[1:] = with_closest(sys.argv[1:])
                _check_folders(sys.argv[1:])
                if asked(sys.argv[1:]):
                    print(usage(config_name, sys.argv[1:]))
                    return
                hydra.main(config_path=CONFIGS, config_name=config_name, **OF_HYDRA_1_3)(job)()
            except EXPECTED as error:
                if show_tracebacks:
                    raise
                failed = True
                _fail(error)
            except (ValueError, RecursionError) as error:
                # What Hydra raises when a group is given a number or null, or when a file is its own default.
                if show_tracebacks or started:
                    raise
                failed = True
                circle = "The configuration never ends: a file is among its own defaults"
                _fail(InputError(f"{circle}.") if isinstance(error, RecursionError) else error)
            except KeyboardInterrupt:
                kept = "the same command continues where it stopped" if resumes else "nothing was kept"
                print(f"\nInterrupted; {kept}.", file=sys.stderr)
                sys.exit(130)
            if failed:
                sys.exit(2)

        show_tracebacks = os.environ.get("HYDRA_FULL_ERROR") == "1"
        return main

    return wrap


def _in_order(arguments: list[str]) -> list[str]:
    """Arguments with options before the overrides, as Hydra wants them; a study is a sweep, and needs no -m."""
    studies = any(argument.startswith("study=") and argument != "study=null" for argument in arguments)
    if studies and not MODES & set(arguments):
        arguments = ["-m", *arguments]
    of_option = [before in WITH_VALUE for before in ["", *arguments]]
    options, overrides = [], []
    for argument, is_value in zip(arguments, of_option, strict=False):
        (options if is_value or argument.startswith("-") else overrides).append(argument)
    return [*options, *overrides]


def _check_folders(arguments: list[str]) -> None:
    """Refuse further folders of configurations that are not there, of which Hydra would only warn."""
    given = [argument for argument in arguments if argument.startswith(FOLDERS)]
    for override in OverridesParser.create().parse_overrides(given):
        folders: Any = override.value()
        for folder in folders if isinstance(folders, list) else [folders]:
            path = str(folder).removeprefix("file://")
            if not path.startswith("pkg://") and not Path(path).is_dir():
                raise InputError(f"hydra.searchpath has {path!r}: it should be a folder.")


def _all_read(config: DictConfig, config_name: str) -> DictConfig:
    """The configuration, if it has what the program's own file has at its top, and nothing else.

    What is below is read by those whose fields it has, and they refuse what they do not know.
    """
    of_hydra = HydraConfig.get()
    overrides = of_hydra.overrides.task
    changes = [override for override in overrides if not override.startswith(("+", "~"))]
    if len(changes) == len(overrides) and of_hydra.job.config_name == config_name:
        return config
    own = compose(config_name, changes)
    for name in config:
        if name not in own:
            plain: Any = OmegaConf.to_container(own, resolve=False)
            known = f"{config_name} has {', '.join(plain)}"
            raise InputError(f"{name} is not a setting here{nearest(name, settings(plain))}: {known}.")
    for name in own:
        if name not in config:
            raise InputError(f"{name} is missing: it can be changed, but not left out.")
    return config


def _with_folders(config: DictConfig) -> DictConfig:
    """The configuration, if what has to be a folder's path is one."""
    for name in ("folder", "results"):
        if name in config and not (isinstance(config[name], str) and config[name]):
            raise InputError(f"{name} is {config[name]!r}: it should be the path of a directory.")
    return config


def _fail(error: BaseException) -> None:
    told = sentence(error)
    if HydraConfig.initialized():
        of_hydra = HydraConfig.get()
        sources = of_hydra.runtime.config_sources
        folders = [Path(source.path) for source in sources if source.schema == "file" and source.path != CONFIGS]
        chosen = {f"{group}/{name}" for group, name in of_hydra.runtime.choices.items()}
        told = located(told, folders, {str(of_hydra.job.config_name), *chosen})
    print(told, file=sys.stderr)
