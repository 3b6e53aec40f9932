"""Configurations of experiments, composed by Hydra from the files in `configs` and from options.

A run that has another part than its row is called `4-1-gru`, `6a-adam`, `4-1-parity`; it is not compared with the
paper's figures.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import hydra
import yaml
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import OmegaConf, open_dict
from omegaconf.errors import (
    GrammarParseError,
    InterpolationResolutionError,
    InterpolationToMissingValueError,
    MissingMandatoryValue,
    OmegaConfBaseException,
)
from yaml import MarkedYAMLError, YAMLError

from lstm_jax.errors import InputError, nearest, unknown
from lstm_jax.overrides import quote_row, quoted
from lstm_jax.own_files import WITHIN
from lstm_jax.paper.closest import CLOSEST
from lstm_jax.paper.tables import ROWS
from lstm_jax.places import CONFIGS

EXPECTED = (InputError, HydraException, OmegaConfBaseException, YAMLError, OSError)
"""Errors that a user can cause, shown as one sentence; any other is our mistake and shows its traceback."""

REFUSED = (InputError, HydraException, OmegaConfBaseException)
"""Those of them that say that settings do not go together; the rest is about files."""

NOT_FOR_USERS = ("full_key:", "object_type=", "reference_type=", "See https")

MERGING = "Error merging override "
"""How Hydra's message begins when a value does not fit; its cause says why."""

OF_HYDRA_1_3: dict[str, Any] = {"version_base": "1.3"} if hydra.__version__.startswith("1.3.") else {}
"""What Hydra is told when it starts, so that 1.3 has its own defaults; later releases have these alone."""

FOLDERS = "hydra.searchpath="
"""How an override begins that names further folders of configurations."""

USUAL = "6a"
"""The experiment of configs/train.yaml, when none is chosen."""

PARTS = ("network", "task", "criterion", "optimizer")
"""Groups whose options become part of a run's name when they are not the row's own."""


@dataclass(frozen=True)
class Row:
    """A row's configuration as its file has it."""

    configuration: dict[str, Any]
    choices: dict[str, str | None]
    """The option that was taken from each group, by the group's name; None where there is none."""


@contextmanager
def composing() -> Iterator[None]:
    """Start Hydra for `compose_row`, whatever else in this process uses it.

    Raises:
        InputError: in one sentence, what Hydra refuses inside.
    """
    before = GlobalHydra.get_state()
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(CONFIGS, **OF_HYDRA_1_3):
            yield
    except (HydraException, OmegaConfBaseException, YAMLError) as error:
        raise InputError(sentence(error)) from None
    finally:
        GlobalHydra.set_state(before)


def compose_row(overrides: list[str]) -> Any:
    """Compose `train` with these overrides: a DictConfig. Hydra has to be started."""
    meant = with_closest(overrides)
    config, choices = _composed(meant)
    return suited(config, choices, meant)


def with_closest(overrides: Sequence[str]) -> list[str]:
    """Overrides of one run with the readings that are meant by `reading=closest`: those recorded for its row.

    >>> with_closest(["experiment=4-1", "reading=closest"]), with_closest(["reading=[closest,full_gradient]"])
    (['experiment=4-1', 'reading=[linear_output]'], ['reading=[full_gradient]'])

    Raises:
        InputError: nothing is recorded for the experiment.
    """
    given = dict(override.split("=", 1) for override in overrides if "=" in override)
    row = given.get("experiment", USUAL).strip("'\"")
    readings = _readings(overrides)
    if "closest" not in readings:
        return list(overrides)
    if row not in CLOSEST:
        raise InputError(f"reading is 'closest': experiment should be {', '.join(CLOSEST)}, not {row!r}.")
    meant = [name for reading in readings for name in (CLOSEST[row] if reading == "closest" else (reading,))]
    chosen = f"reading=[{','.join(meant)}]"
    return [chosen if override.startswith("reading=") else override for override in overrides]


def _readings(overrides: Sequence[str]) -> list[str]:
    """The names of the readings that one run is given."""
    given = dict(override.split("=", 1) for override in overrides if "=" in override)
    return [name.strip() for name in given.get("reading", "").strip("[] ").split(",")]


@cache
def _reading(name: str) -> dict[str, Any]:
    """What one of our readings sets, by dotted names; nothing of a name that is none."""
    path = Path(CONFIGS) / "reading" / f"{name}.yaml"
    content = (yaml.safe_load(path.read_text()) if path.is_file() else None) or {}
    node = OmegaConf.create(content)
    values = {setting: OmegaConf.select(node, setting) for setting in settings(content) if setting != "defaults"}
    return {setting: value for setting, value in values.items() if not OmegaConf.is_dict(value)}


def check_readings(overrides: Sequence[str]) -> None:
    """Refuse readings of one run that contradict each other.

    Raises:
        InputError: two of them give one setting different values.
    """
    first: dict[str, tuple[str, Any]] = {}
    for name in _readings(overrides):
        for setting, value in _reading(name).items():
            other, before = first.setdefault(setting, (name, value))
            if value != before:
                raise InputError(
                    f"reading has {other!r} and {name!r}, of which only one can be meant: {setting} is {before!r} in "
                    f"the first and {value!r} in the second."
                )


def by_reading(sentence: str, overrides: Sequence[str]) -> str:
    """A sentence about what is no setting, behind the name of the reading that gives it, if one does."""
    for name in _readings(overrides):
        if any(sentence.startswith(f"{setting} is not a setting") for setting in _reading(name)):
            return f"reading has {name!r}, which does not go with this experiment: {sentence}"
    return sentence


def composed() -> tuple[dict[str, str | None], list[str]]:
    """The choices and overrides of the program that Hydra runs, for `suited`."""
    hydra = HydraConfig.get()
    return dict(hydra.runtime.choices), list(hydra.overrides.task)


def row_alone(name: str, *overrides: str) -> Row:
    """The row of a file in configs/experiment, with nothing but these changes. Hydra has to be started."""
    return _row_alone(name, *overrides, *_folders(overrides))


@cache
def _row_alone(name: str, *overrides: str) -> Row:
    config, choices = _composed([quote_row(f"experiment={name}"), *overrides])
    node: Any = OmegaConf.to_container(config, resolve=True)
    return Row(node, choices)


def suited(config: Any, choices: Mapping[str, str | None], overrides: list[str]) -> Any:
    """Take the closest readings if they are asked for, name the row after the parts that are not its own, and return
    the configuration.

    Args:
        config: `train`, as Hydra composes it; it is changed.
        choices: which option was taken from each group.
        overrides: of the command line.

    Raises:
        InputError: a setting is given that the optimizer does not read, or readings contradict each other.
    """
    check_readings(meant := with_closest(overrides))
    if meant != list(overrides):
        # Hydra has composed it without them, for a job of a sweep.
        composed_anew, choices = _composed(meant)
        with open_dict(config):
            config.update(composed_anew)
    given = {override.lstrip("+~").partition("=")[0] for override in overrides}
    optimizer = part_name(config, "optimizer")
    if "alpha" in given and optimizer not in (None, "sgd"):
        raise InputError(f"alpha is {config.alpha}: it is read by sgd; {optimizer} has optimizer.learning_rate.")
    file = choices.get("experiment")
    if "row" in given or not file:
        return config
    own = row_alone(file, *_folders(overrides))
    if other := [name for group in PARTS if (name := _other(config, choices, own, group)) is not None]:
        # The paper's figures are of another net or task; but the row's budget is as good as any.
        config.budget = config.budget or (_budget(config) if config.row in ROWS else None)
        config.row = "-".join([config.row, *other])
    return config


def part_name(configuration: Any, group: str) -> Any:
    """The name that the node of a part gives; for a network of cells, the name of its cell."""
    node = configuration.get(group)
    node = node.get("cell", node) if group == "network" and hasattr(node, "get") else node
    return node.get("name") if hasattr(node, "get") else node


def _other(config: Any, choices: Mapping[str, str | None], own: Row, group: str) -> str | None:
    """The option or the name that replaces a row's own part; None if the part is the row's own."""
    if (choice := choices.get(group)) not in (None, own.choices[group]):
        return choice
    name = part_name(config, group)
    return None if name in (None, part_name(own.configuration, group)) else str(name)


def _folders(overrides: Sequence[str]) -> list[str]:
    """The override that names further folders of configurations, if there is one: here, or of the running program."""
    if here := [override for override in overrides if override.startswith(FOLDERS)]:
        return here
    found = HydraConfig.get().searchpath if HydraConfig.initialized() else []
    return [f"{FOLDERS}{quoted(list(found))}"] if found else []


def _composed(overrides: list[str]) -> tuple[Any, dict[str, str | None]]:
    others = [override for override in overrides if not override.startswith(FOLDERS)]
    config = compose("train", [*others, *_folders(overrides)], return_hydra_config=True)
    choices = dict(config.hydra.runtime.choices)
    with open_dict(config):
        del config["hydra"]
    return config, choices


def _budget(config: Any) -> int:
    """The row's budget, rounded up to whole batches."""
    batch = (config.get("optimizer") or {}).get("batch", 1)
    budget = ROWS[config.row].budget
    return -(-budget // batch) * batch if isinstance(batch, int) and batch > 0 else budget


def sentence(error: BaseException) -> str:
    """What a user has to know about an error, in one sentence."""
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        return f"{mark.name} is damaged: {error.problem} in line {mark.line + 1}, column {mark.column + 1}."
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        group, _, name = error.missing_cfg_file.rpartition("/")
        within = found[0] if (found := WITHIN.match(str(error))) else ""
        if error.options:
            return str(unknown(f"{within}{group} is {name!r}", name, error.options))
        group = group or "configuration"
        return f"{within}{group} has {name!r}, of which there is no file: --help lists what there is."
    if isinstance(error, MissingMandatoryValue):
        return f"{error.full_key} is missing: it has no default."
    if isinstance(error, InterpolationToMissingValueError):
        return f"{str(error).splitlines()[0].rpartition(' ')[2].rstrip('.')} is missing: it has no default."
    if isinstance(error, OverrideParseException) and "=" not in error.override:
        return f"{error.override!r} is not a setting: it should be name=value, such as experiment=6a."
    if isinstance(error, OverrideParseException):
        return (
            f"{error.override!r} cannot be read: a bracket or a quote in it is not closed, or a sign needs quotes, "
            "as in 'name=\"a=b\"'."
        )
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror[0].lower()}{error.strerror[1:]}."
    if isinstance(error, GrammarParseError | InterpolationResolutionError) and error.full_key:
        reason = str(error).splitlines()[0].rstrip(".")
        return f"{error.full_key} has an interpolation that cannot be resolved: {reason[0].lower()}{reason[1:]}."
    if isinstance(error, HydraException) and error.__cause__ and str(error).startswith(MERGING):
        return f"{str(error)[len(MERGING) :].strip()!r} cannot be set: {sentence(error.__cause__)}"
    if isinstance(error, HydraException) and error.__cause__ and not str(error):
        return sentence(error.__cause__)
    if refused := re.match(r"Could not override '([^']+)'\.", str(error)):
        # Of a mapping only the field in it that is not there; where fields have free names it may be added.
        inner = str(getattr(error.__cause__, "full_key", None) or "")
        field = inner if inner.startswith(f"{refused[1]}.") else refused[1]
        added = f", and +{refused[1]}=... adds {field} where names are free" if field != refused[1] else ""
        return f"{field} is not a setting here{_nearest(field, error)}: --help lists all settings{added}."
    lines = (line.strip().rstrip(".") for line in str(error).splitlines())
    return "; ".join(line for line in lines if line and not line.startswith(NOT_FOR_USERS)) + "."


def _nearest(name: str, error: BaseException) -> str:
    """The setting that was meant, as `nearest` says it: of those that the configuration has at this place."""
    cause = error.__cause__
    node = cause.parent_node if isinstance(cause, OmegaConfBaseException) else None
    if not OmegaConf.is_dict(node):
        return ""
    plain: Any = OmegaConf.to_container(node, resolve=False)
    path, dot, last = name.rpartition(".")
    return nearest(last, settings(plain), path + dot)


def settings(node: Mapping[str, Any], path: str = "") -> list[str]:
    """The names of all settings in nested mappings, dotted, those of each level before those below.

    >>> settings({"task": {"length": 100}, "seed": 1})
    ['task', 'seed', 'task.length']
    """
    below = [(f"{path}{name}", value) for name, value in node.items()]
    inner = [name for own, value in below if isinstance(value, Mapping) for name in settings(value, f"{own}.")]
    return [*(name for name, _ in below), *inner]
