"""The command that runs a configuration again, from its record alone."""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lstm_jax import options
from lstm_jax.composition import PARTS, part_name, row_alone
from lstm_jax.overrides import quoted
from lstm_jax.paper.tables import ROWS
from lstm_jax.places import CONFIGS

USUAL = "6a"
"""The file that is changed into experiments of one's own."""


def command(configuration: Mapping[str, Any]) -> str:
    """The command as it is typed. Hydra has to be started."""
    parts = [*overrides(configuration), "again=true"]
    return " ".join(["lstm-jax train", *map(shlex.quote, parts)])


def overrides(configuration: Mapping[str, Any]) -> list[str]:
    """Overrides for a row's file and for what is different from it. Hydra has to be started."""
    return [f"experiment={_file(str(configuration['row']))}", *changes(configuration)]


def changes(configuration: Mapping[str, Any]) -> list[str]:
    """What is different from the row's file."""
    given = options.completed(configuration)
    row = _file(str(given["row"]))
    parts = _parts(row, given)
    # The rest of the program's settings says where results go, and no record has it.
    usual = {name: value for name, value in row_alone(row, *parts).configuration.items() if name in given}
    if given["row"] in ROWS and given["budget"] == ROWS[given["row"]].budget:
        given["budget"] = None
    return [*parts, *_differences(usual, given)]


def _parts(row: str, given: Mapping[str, Any]) -> list[str]:
    """Options in place of the row's own parts. What cannot be chosen on this machine is described field by field."""
    own = row_alone(row).configuration
    chosen = ((group, part_name(given, group)) for group in PARTS if part_name(given, group) != part_name(own, group))
    return [f"{group}={name}" for group, name in chosen if options.known(group, name)]


def _differences(usual: Mapping[str, Any], given: Mapping[str, Any], path: str = "") -> Iterator[str]:
    yield from (f"~{path}{name}" for name in usual if name not in given)
    for name, value in given.items():
        if name not in usual:
            yield f"+{path}{name}={quoted(value)}"
        elif isinstance(value, Mapping) and isinstance(usual[name], Mapping):
            yield from _differences(usual[name], value, f"{path}{name}.")
        elif value != usual[name]:
            yield f"{path}{name}={quoted(value)}"


def _file(row: str) -> str:
    """The file whose name begins the row's."""
    files = (path.stem for path in Path(CONFIGS, "experiment").glob("*.yaml"))
    return max((name for name in files if f"{row}-".startswith(f"{name}-")), key=len, default=USUAL)
