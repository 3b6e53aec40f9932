"""Our own options as a file, `options.json`, so that help, completion and wrong settings are answered without JAX.

What `lstm_jax/options.py` finds in the classes is kept there, with a hash of the files in which they are. Where one has
changed since, the classes are asked, which takes two seconds; this makes the list anew:

    python -m lstm_jax.option_list
"""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).parent
FILE = _PACKAGE / "options.json"

SOURCES = (
    "options.py",
    "trials/experiment.py",
    "construction.py",
    "criteria.py",
    "baselines",
    "cells",
    "learners",
    "networks",
    "tasks",
    "trackers",
)
"""The files and folders in which fields, defaults and names of options are."""


def groups() -> list[str]:
    """The parts of an experiment that are chosen by name."""
    listed = _listed()
    return list(_options().GROUPS) if listed is None else list(listed["groups"])


def names(group: str) -> list[str]:
    """The names of our own options of a group."""
    listed = _listed()
    return _options().names(group) if listed is None else list(listed["groups"][group])


def option(group: str, name: str) -> dict[str, Any]:
    """As `lstm_jax.options.option`, which is asked about what is the user's own."""
    ours = (_listed() or {"groups": {}})["groups"].get(group, {})
    return ours[name] if name in ours else _options().option(group, name)


def settings() -> dict[str, Any]:
    """The settings of an experiment, which belong to no part, with their defaults."""
    listed = _listed()
    return _options().settings() if listed is None else listed["settings"]


def made() -> dict[str, Any]:
    """What the file should hold."""
    options = _options()
    found = {group: {name: options.option(group, name) for name in options.names(group)} for group in options.GROUPS}
    return {"hash": _hash(), "groups": found, "settings": options.settings()}


@lru_cache
def _listed() -> dict[str, Any] | None:
    """The list; None if it was made of other files."""
    try:
        kept = json.loads(FILE.read_text(encoding="utf-8"))
        return kept if kept["hash"] == _hash() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _hash() -> str:
    """Of the sources, whatever ends their lines."""
    contents = hashlib.sha256()
    for source in SOURCES:
        for path in sorted((_PACKAGE / source).rglob("*.py")) or [_PACKAGE / source]:
            contents.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return contents.hexdigest()


def _options() -> Any:
    from lstm_jax import options

    return options


if __name__ == "__main__":
    FILE.write_text(json.dumps(made(), indent=1) + "\n", encoding="utf-8")
