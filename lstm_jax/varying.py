"""Numbers of a configuration that may differ from lane to lane.

A field that is marked with `Varies` decides about no shape. Programs are compiled for the configuration `without` such
numbers, which come as arrays `[*lanes]`: experiments that differ in nothing else are lanes of one program.
"""

import copy
import dataclasses
from functools import lru_cache
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import jax

T = TypeVar("T")


class Varies:
    """Marks a field, `Annotated[float, Varies]`: its code broadcasts over lanes, and no shape depends on it."""


class _Anything:
    """Stands for numbers that vary, where they are not read."""

    def __repr__(self) -> str:
        return "varies"


ANYTHING = _Anything()


def numbers(part: Any) -> dict[str, Any]:
    """The marked numbers of a configuration and of the parts in it, by their path such as `network.output_bias`."""
    found = {}
    for name, value in _fields(part):
        if _varies(type(part), name) and _numeric(value):
            found[name] = value
        for place, inner in _parts(name, value):
            found |= {f"{place}.{path}": number for path, number in numbers(inner).items()}
    return found


def without(part: T) -> T:
    """The same configuration whatever its marked numbers are: equal for all that can be lanes of one program."""
    return given(part, {path: jax.tree.map(lambda _: ANYTHING, value) for path, value in numbers(part).items()})


def given(part: T, values: dict[str, Any]) -> T:
    """The configuration with other numbers, or arrays of them, in marked fields; nothing is checked."""
    if not values:
        return part
    changed = copy.copy(part)
    for name, value in _fields(part):
        inner = [given(item, below(values, place)) for place, item in _parts(name, value)]
        if inner:
            value = tuple(inner) if isinstance(value, tuple) else inner[0]
        # Frozen for everybody else: this copy has no other reader yet.
        object.__setattr__(changed, name, values.get(name, value))
    return changed


def below(values: dict[str, Any], place: str) -> dict[str, Any]:
    """Of values by path those of one part, by their path in it."""
    return {path.removeprefix(f"{place}."): value for path, value in values.items() if path.startswith(f"{place}.")}


def _fields(part: Any) -> list[tuple[str, Any]]:
    return [(field.name, getattr(part, field.name)) for field in dataclasses.fields(part)]


def _parts(name: str, value: Any) -> list[tuple[str, Any]]:
    """The configurations in a field with their places: itself, or several in a tuple."""
    if _is_configuration(value):
        return [(name, value)]
    if isinstance(value, tuple) and value and all(map(_is_configuration, value)):
        return [(f"{name}.{i}", item) for i, item in enumerate(value)]
    return []


def _is_configuration(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _numeric(value: Any) -> bool:
    """Whether a value is a number, or tuples of them: not a word, not a switch, not None."""
    leaves = jax.tree.leaves(value)
    return bool(leaves) and all(isinstance(leaf, int | float) and not isinstance(leaf, bool) for leaf in leaves)


@lru_cache
def _varies(cls: type, name: str) -> bool:
    hint = get_type_hints(cls, include_extras=True)[name]
    return get_origin(hint) is Annotated and Varies in get_args(hint)
