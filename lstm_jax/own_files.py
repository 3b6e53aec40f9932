"""Files of settings of the user's own: which of them a sentence is about."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

GLOBAL = "# @package _global_"
"""First line of a file whose settings are not those of its folder."""

NO_NODE = ("experiment", "reading", "study")
"""Folders all of whose files have to begin with that line: no setting is called as they are."""

WITHIN = re.compile(r"In '(\w+/[^']+)': ")
"""How a sentence begins that names a file as Hydra does, by its path in a folder of configurations."""


def located(sentence: str, folders: Iterable[Path], chosen: Collection[str] = ()) -> str:
    """A sentence about a setting, behind the name of the file that gives it; as it is where none of these files does.

    Args:
        sentence: as an `InputError` has it: the setting's name, and what is wrong with it or with its value; or as
            Hydra has it, beginning with a file's name.
        folders: of configurations, as Hydra searches them.
        chosen: which files are in use, such as `experiment/mine`, as far as that is known: they are looked at first.
    """
    found = [(path, path.relative_to(folder)) for folder in folders for path in _files(folder)]
    within = WITHIN.match(sentence)
    rest = sentence[within.end() :] if within else sentence
    for path, inside in sorted(found, key=lambda file: _name(file[1]) not in chosen):
        text = path.read_text(encoding="utf-8", errors="replace")
        about = _name(inside) == within[1] if within else _about(text, inside, sentence, _name(inside) in chosen)
        if about:
            return f"{path}{_wrong(text, inside)}: {rest}"
    return sentence


def _name(inside: Path) -> str:
    return inside.with_suffix("").as_posix()


def _about(text: str, inside: Path, sentence: str, chosen: bool) -> bool:
    """Whether a file, by its text and its path in a folder of configurations, is what a sentence is about."""
    if chosen and sentence.endswith(" is missing: it has no default.") and _wrong(text, inside):
        return True
    package = "" if text.startswith(GLOBAL) else ".".join(inside.parent.parts)
    for name, value in _settings(_content(text), package):
        refused = "" if name == package else rf"|has |is {re.escape(repr(value))}[: ]"
        if re.search(rf"(^|: ){re.escape(name)} (is not a setting{refused})", sentence):
            return True
    return False


def _wrong(text: str, inside: Path) -> str:
    """What is wrong with a whole file, in brackets, whatever else it says; empty if nothing is."""
    if inside.parts[0] not in NO_NODE:
        return ""
    if not isinstance(_content(text), Mapping):
        return " (it should have settings, by their names)"
    return "" if text.startswith(GLOBAL) else f" (its first line should be {GLOBAL!r})"


def _content(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:  # Hydra says so where it reads it
        return None


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.yaml")) if path.is_file()]


def _settings(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every value in nested mappings and the mappings themselves, by dotted names; and what is chosen from groups."""
    if path:
        yield path, node
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from _settings(value, f"{path}.{name}" if path else str(name))
        choices = node.get("defaults")
        for choice in choices if isinstance(choices, list) else []:
            for group, option in choice.items() if isinstance(choice, Mapping) else []:
                yield str(group).rpartition(" ")[2].strip("/"), option
