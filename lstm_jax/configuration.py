"""Configuration as frozen dataclasses: every field is checked when one is made.

The dataclass that does the work is its own schema: the fields of a Hydra node `task` are those of the task's class.
"""

import dataclasses
import importlib
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Annotated, Any, TypeVar, cast, dataclass_transform, get_args, get_origin, get_type_hints

import pydantic
import pydantic.dataclasses

from lstm_jax.errors import InputError, nearest, unknown
from lstm_jax.own_code import failure, using

T = TypeVar("T")
U = TypeVar("U")


class Varies:
    """Marks a field, `Annotated[float, Varies]`, whose number may differ from lane to lane.

    Its code broadcasts over lanes, and no shape depends on it.
    """


@dataclass_transform(frozen_default=True)
def checked(cls: type[T]) -> type[T]:
    """Make a class a frozen, hashable dataclass whose fields are checked against their annotations, defaults included.

    Numbers are not converted from text, and must be finite; a whole number stands for a floating-point one, too. What
    is not allowed, or is no field, ends in an `InputError`. What a `__post_init__` raises comes out as it is.
    """
    config = pydantic.ConfigDict(strict=True, allow_inf_nan=False, validate_default=True)
    made: Any = pydantic.dataclasses.dataclass(frozen=True, config=config)(cls)
    check = made.__init__

    def init(self: Any, *arguments: Any, **fields: Any) -> None:
        names = _names(made, ())
        for name in fields:
            if name not in names:
                raise InputError(_no_setting(name, made, names))
        if len(arguments) > len(names):
            raise InputError(f"{cls.__name__} has {len(names)} settings: {len(arguments)} values are too many.")
        try:
            check(self, *arguments, **fields)
        except pydantic.ValidationError as error:
            first: Any = error.errors()[0]
            if not first["loc"]:  # no field: pydantic has wrapped what __post_init__ raised
                raise first["ctx"]["error"] from None
            raise InputError(_sentence(error, names, arguments, fields)) from None

    made.__init__ = init  # the class has the signature: pydantic keeps it there
    return cast(type[T], made)


@dataclass_transform(frozen_default=True)
def configuration(cls: type[T]) -> type[T]:
    """Make a class a `checked` dataclass that is also a pytree, for the parts of networks, tasks and learners.

    Numbers in fields marked with `Varies`, and the configurations in it, are its children; everything else is its
    structure. So whatever has the same structure can be lanes of one program, in which each leaf is an array
    `[*lanes]`. What `jax.tree.map` makes is not checked.

    >>> from lstm_jax.cells import LSTM
    >>> LSTM(inputs=3, units=0)
    Traceback (most recent call last):
        ...
    lstm_jax.errors.InputError: units is 0: it should be greater than or equal to 1.
    """
    import jax  # here, so that a program's settings can be read without it

    made = checked(cls)
    jax.tree_util.register_pytree_node(made, _flatten, partial(_unflatten, made))
    return made


def _flatten(part: Any) -> tuple[list[Any], tuple[tuple[str, ...], tuple[tuple[str, Any], ...]]]:
    fields = {field.name: getattr(part, field.name) for field in dataclasses.fields(part)}
    inner = {name: value for name, value in fields.items() if _is_child(type(part), name, value)}
    rest = tuple((name, value) for name, value in fields.items() if name not in inner)
    return list(inner.values()), (tuple(inner), rest)


def _unflatten(cls: type[T], structure: tuple[tuple[str, ...], tuple[tuple[str, Any], ...]], children: Any) -> T:
    names, rest = structure
    made = object.__new__(cls)
    vars(made).update(rest, **dict(zip(names, children, strict=True)))
    return made


def _is_child(cls: type, name: str, value: Any) -> bool:
    import jax

    if name in _varying(cls):
        leaves = jax.tree.leaves(value)
        return bool(leaves) and not any(isinstance(leaf, str | bool) for leaf in leaves)
    items = value if isinstance(value, tuple) and value else (value,)
    return all(pydantic.dataclasses.is_pydantic_dataclass(type(item)) for item in items)


@lru_cache
def _varying(cls: type) -> frozenset[str]:
    hints = get_type_hints(cls, include_extras=True)
    return frozenset(name for name, hint in hints.items() if get_origin(hint) is Annotated and Varies in get_args(hint))


def arrays(part: T, lanes: tuple[int, ...] = (), precision: str = "float32") -> T:
    """A configuration with each of its varying numbers as an array `[*lanes]`, the same for all: float32 or int32.

    With another `precision` those that are not whole are of that type, and so is whatever is computed with them.

    >>> from lstm_jax.tasks import Adding
    >>> arrays(Adding(length=100, tolerance=0.5), lanes=(3,)).tolerance.tolist()
    [0.5, 0.5, 0.5]
    """
    import jax
    import numpy as np

    def array(number: Any) -> Any:
        return np.full(lanes, number, precision if np.asarray(number).dtype.kind == "f" else np.int32)

    return jax.tree.map(array, part)


def build(cls: type[T], node: Any, path: str, **given: Any) -> T:
    """Make a `configuration` dataclass from a configuration node.

    >>> from lstm_jax.tasks import Adding
    >>> build(Adding, {"length": 200}, "task").length
    200
    >>> build(Adding, {"length": 205}, "task")
    Traceback (most recent call last):
        ...
    lstm_jax.errors.InputError: task.length is 205: it should be a multiple of 10, since lengths reach T + T/10.

    Args:
        cls: the dataclass.
        node: its fields as plain values; lists become tuples.
        path: where the node stands in the configuration, for messages.
        **given: further values that do not come from the node, for those fields that the class has.

    Raises:
        InputError: a field is unknown, missing, or not allowed.
    """
    if not isinstance(node, Mapping):
        raise InputError(f"{path} is {node!r}: it needs the fields {', '.join(_names(cls, given))}.")
    for name in node:
        if name not in _names(cls, given):
            raise InputError(_no_setting(name, cls, _names(cls, given), path))
    fields = {name: freeze(value) for name, value in node.items()}
    known = {name: value for name, value in given.items() if name in _names(cls, ())}
    try:
        return cls(**fields, **known)
    except InputError as error:
        raise InputError(_join(path, str(error))) from None


def build_from_one(node: Mapping[str, Any], first: type[T], second: type[U], **given: Any) -> tuple[T, U]:
    """Make two dataclasses from one node that has the fields of both.

    Args:
        node: plain values.
        first: the one dataclass, some of whose fields may be given.
        second: the other.
        **given: fields of the first that do not come from the node.

    Raises:
        InputError: as `build`.
    """
    of_first, of_second = _names(first, given), _names(second, {})
    for name in node:
        if name not in (*of_first, *of_second):
            known = (*given, *of_first, *of_second)
            raise InputError(f"{name} is not a setting{nearest(name, known)}: known are {', '.join(known)}.")
    own = {name: value for name, value in node.items() if name in of_first}
    rest = {name: value for name, value in node.items() if name not in own}
    return build(first, own, "", **given), build(second, rest, "")


def named(registry: Mapping[str, type], node: Any, path: str, **given: Any) -> Any:
    """Make the dataclass that a node names: `name` is a key of the registry, or `module.Class` for one of yours.

    >>> from lstm_jax.tasks import TASKS
    >>> named(TASKS, {"name": "adding", "length": 200}, "task").length
    200

    Raises:
        InputError: the name is unknown, or as `build`.
    """
    if not isinstance(node, Mapping):
        raise InputError(f"{path} is {node!r}: it needs a name, one of {', '.join(registry)}, and fields.")
    fields = dict(node)
    name = fields.pop("name", None)
    cls = registry.get(name) if isinstance(name, str) else None
    if cls is None and isinstance(name, str) and "." in name:
        cls = imported(name, f"{path}.name")
        if not (isinstance(cls, type) and dataclasses.is_dataclass(cls)):
            raise InputError(f"{path}.name is {name!r}: it should name a `configuration` dataclass.")
        with using(f"{path}.name", name):
            return build(cls, fields, path, **given)
    if cls is None:
        raise unknown(f"{path}.name is {name!r}", name, registry, ", or module.Class for your own")
    return build(cls, fields, path, **given)


def imported(name: str, path: str) -> Any:
    """What `module.attribute` names; modules in the working directory are found, too.

    Raises:
        InputError: it cannot be imported; the sentence says where in its file that fails.
    """
    module, _, attribute = name.rpartition(".")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (Exception, SystemExit) as error:  # somebody else's code may fail in any way
        raise InputError(f"{path} is {name!r}, which cannot be imported: {failure(error)}.") from None


def freeze(value: Any) -> Any:
    """Plain values that can be hashed: lists become tuples.

    >>> freeze([1, [2, 3]])
    (1, (2, 3))
    """
    return tuple(freeze(item) for item in value) if isinstance(value, list) else value


def _names(cls, given) -> list[str]:
    return [field.name for field in dataclasses.fields(cls) if field.name not in given]


def _no_setting(name: str, cls: type, names: Sequence[str], path: str = "") -> str:
    known = f"{cls.__name__} has {', '.join(names) or 'none'}"
    return f"{_join(path, name)} is not a setting{nearest(name, names, _join(path, ''))}: {known}."


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _sentence(
    error: pydantic.ValidationError, names: Sequence[str], arguments: Sequence[Any], fields: Mapping[str, Any]
) -> str:
    """The first wrong field, or the first in a mapping: its name, its value, and all that would have been allowed."""
    errors: Any = error.errors()
    place = errors[0]["loc"][0]
    name = names[place] if isinstance(place, int) and place < len(names) else str(place)
    if errors[0]["type"] in ("missing", "missing_argument") and len(errors[0]["loc"]) == 1:
        return f"{name} is missing: it has no default."
    value = _thawed({**dict(zip(names, arguments, strict=False)), **fields}.get(name))
    same = [item for item in errors if item["loc"][0] == place]
    inner = errors[0]["loc"][1:2]
    if isinstance(value, Mapping) and inner and inner[0] in value:
        name, value = f"{name}.{inner[0]}", value[inner[0]]
        same = [item for item in same if item["loc"][1:2] == inner]
    # A list whose items are refused counts as too short, too.
    same = [item for item in same if item["type"] != "too_short"] or same
    messages = (item["msg"].removeprefix("Input ").removeprefix("Value error, ") for item in same)
    allowed = dict.fromkeys(_plain(message) for message in messages)
    return f"{name} is {value!r}: it {', or '.join(allowed)}."


def _thawed(value: Any) -> Any:
    """A value as it stands in a file: tuples are lists."""
    return [_thawed(item) for item in value] if isinstance(value, tuple) else value


def _plain(message: str) -> str:
    """Pydantic's message in the words of people who write YAML."""
    message = message.replace("tuple", "list").replace("Tuple", "list")
    message = re.sub(r"^list (should have at least \d+ items?) after validation.*", r"\1", message, flags=re.IGNORECASE)
    return message if message.startswith("should") else f"should be so that: {message[0].lower()}{message[1:]}"
