"""What every program here shares: Hydra's start, and errors that are one sentence.

JAX is imported inside a program's work, never here: `--cfg job` answers without it unless a part of an experiment is
chosen, whose fields are those of its class.
"""

import contextlib
import functools
import logging
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hydra
from hydra import compose
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from lstm_jax import make_fast
from lstm_jax.composition import EXPECTED, FOLDERS, OF_HYDRA_1_3, by_reading, sentence, settings, with_closest
from lstm_jax.errors import InputError, nearest
from lstm_jax.overrides import quote_row
from lstm_jax.own_code import blamed
from lstm_jax.own_files import located
from lstm_jax.places import CONFIGS

from .at_work import at_work
from .usage import asked, usage

NO_MEMORY = "RESOURCE_EXHAUSTED"
"""How JAX's errors begin about memory that is not there."""

NO_DEVICE = ("Unable to initialize backend", "Unknown backend")
"""How JAX's errors about devices begin that are not there."""

OF_RUNS = ("train", "trace")
"""Programs whose settings are those of one run."""

MODES = {"-r", "--run", "-m", "--multirun", "-c", "--cfg", "-i", "--info", "-sc", "--shell-completion"}
"""Options of Hydra of which a command has at most one."""

ANSWERS = MODES - {"-r", "--run", "-m", "--multirun"} | {"--hydra-help", "--version"}
"""Those after which nothing is run: what they print may be read by other programs."""

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

    Bad input ends with one sentence on stderr and exit status 2; Ctrl-C and SIGTERM with status 130.
    `HYDRA_FULL_ERROR=1` shows tracebacks.
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
                with _devices():
                    return outcome()
            except EXPECTED as error:
                # Handled here and not around Hydra, so that the other jobs of a multirun go on.
                if show_tracebacks:
                    raise
                failed = True
                _fail(error)
                return None
            except Exception as error:
                told = blamed(error)
                if show_tracebacks or told is None:
                    raise
                failed = True
                _fail(told)
                return None

        vars(job).update(together=together, settle=settle, check_sweep=check_sweep)

        def main() -> None:
            nonlocal failed
            make_fast()
            if logging.lastResort and not show_tracebacks:
                logging.lastResort.addFilter(_no_traceback)
            # Hydra would print lines of its own and exit with status 1.
            os.environ["HYDRA_FULL_ERROR"] = "1"
            try:
                sys.argv[1:] = _in_order([quote_row(argument) for argument in sys.argv[1:]])
                if config_name in OF_RUNS and not {"-m", "--multirun"} & set(sys.argv[1:]):
                    sys.argv[1:] = with_closest(sys.argv[1:])
                _check_names(sys.argv[1:])
                _check_folders(sys.argv[1:])
                _check_jax()
                if asked(sys.argv[1:]):
                    print(usage(config_name, sys.argv[1:]), flush=True)
                    return
                at_once = ANSWERS & set(sys.argv[1:])
                with _devices(), _stoppable(), contextlib.nullcontext() if at_once else at_work(config_name):
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
                _fail(_before_the_work(error))
            except KeyboardInterrupt:
                kept = "the same command continues where it stopped" if resumes else "nothing was kept"
                print(f"\nInterrupted; {kept}.", file=sys.stderr)
                sys.exit(130)
            if failed:
                sys.exit(2)

        show_tracebacks = os.environ.get("HYDRA_FULL_ERROR") == "1"
        return main

    return wrap


def _no_traceback(record: logging.LogRecord) -> bool:
    """Whether a line of a log is none: JAX logs that of a callback that fails, which we tell in a sentence."""
    return not record.exc_info


def _before_the_work(error: ValueError | RecursionError) -> Exception:
    """What Hydra's composing comes to, as far as the error says it."""
    if isinstance(error, RecursionError):
        return InputError("The configuration never ends: a file is among its own defaults.")
    if isinstance(error, UnicodeDecodeError):
        line = error.object[: error.start].count(b"\n") + 1
        files = [path for folder in _own_folders() for path in folder.rglob("*.yaml") if path.is_file()]
        path = next((path for path in files if path.read_bytes() == error.object), "A file of settings")
        return InputError(f"{path} is not written in UTF-8: see its line {line}.")
    return error


def _check_names(arguments: list[str]) -> None:
    """Refuse settings without a name, about which Hydra says nothing that helps."""
    for argument in arguments:
        if re.match(r"[+~]*(=|$)", argument):
            raise InputError(f"{argument!r} is not a setting: it should be name=value, such as experiment=6a.")


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM, by which clusters and machines that shut down end a program, do what Ctrl-C does."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _devices() -> Iterator[None]:
    """Turn what JAX raises when its devices, or as much memory as it needs, are not there into a sentence."""
    try:
        yield
    except MemoryError as error:
        raise InputError(f"There is not enough memory: {error}.") from None
    except RuntimeError as error:
        if str(error).startswith(NO_MEMORY):
            raise InputError(f"There is not enough memory: {str(error).partition(': ')[2].splitlines()[0]}") from None
        if not str(error).startswith(NO_DEVICE):
            raise
        platforms, reason = os.environ.get("JAX_PLATFORMS", ""), str(error).splitlines()[0].rstrip(".")
        raise InputError(f"JAX_PLATFORMS is {platforms!r}: {reason}.") from None


def _check_jax() -> None:
    """Refuse a setting of JAX under which arrays of lanes could not be broadcast."""
    if (given := os.environ.get("JAX_NUMPY_RANK_PROMOTION", "allow")) == "raise":
        raise InputError(f"JAX_NUMPY_RANK_PROMOTION is {given!r}: it should be 'allow', since arrays have lanes last.")


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
    for name in ("folder", "results", "records"):
        if name in config and not (isinstance(config[name], str) and config[name]):
            raise InputError(f"{name} is {config[name]!r}: it should be the path of a directory.")
    return config


def _fail(error: BaseException) -> None:
    if isinstance(error, BrokenPipeError):  # whoever read the output has seen enough, as in `| head`
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    told = sentence(error)
    chosen: set[str] = set()
    if HydraConfig.initialized():
        of_hydra = HydraConfig.get()
        told = by_reading(told, of_hydra.overrides.task)
        chosen = {
            str(of_hydra.job.config_name),
            *(f"{group}/{name}" for group, name in of_hydra.runtime.choices.items()),
        }
    told = located(told, _own_folders(), chosen)
    print(told, file=sys.stderr)


def _own_folders() -> list[Path]:
    """The user's folders of configurations: those that Hydra has found, or before that the one that was given."""
    if HydraConfig.initialized():
        sources = HydraConfig.get().runtime.config_sources
        return [Path(source.path) for source in sources if source.schema == "file" and source.path != CONFIGS]
    given = zip(sys.argv, sys.argv[1:], strict=False)
    return [Path(folder).absolute() for option, folder in given if option in ("--config-dir", "-cd")]
