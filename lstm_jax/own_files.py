"""Files of settings of the user's own: which of them a sentence is about."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

GLOBAL = "# @package _global_"
"""First line of a file whose settings are not those of its folder."""


def located(sentence: str, folders: Iterable[Path], chosen: Collection[str] = ()) -> str:
    """A sentence about a setting, behind the name of the file that gives it; as it is where none of these files does.

    Args:
        sentence: as an `InputError` has it: the setting's name, and what is wrong with it or with its value.
        folders: of configurations, as Hydra searches them.
        chosen: which files are in use, such as `experiment/mine`, as far as that is known: they are looked at first.
    """
    found = [(path, path.relative_to(folder)) for folder in folders for path in _files(folder)]
    for path, inside in sorted(found, key=lambda file: file[1].with_suffix("").as_posix() not in chosen):
        text = path.read_text(encoding="utf-8", errors="replace")
        package = "" if text.startswith(GLOBAL) else ".".join(inside.parent.parts)
        try:
            content = yaml.safe_load(text)
        except yaml.YAMLError:
            continue
        for name, value in _settings(content, package):
            about = rf"(^|: ){re.escape(name)} (has |is not a setting|is {re.escape(repr(value))}[: ])"
            if re.search(about, sentence):
                first = f" (its first line should be {GLOBAL!r})" if name == package else ""
                return f"{path}{first}: {sentence}"
    return sentence


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.yaml")) if path.is_file()]


def _settings(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every value in nested mappings and the mappings themselves, by dotted names."""
    if path:
        yield path, node
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from _settings(value, f"{path}.{name}" if path else str(name))
