"""What can be chosen for a part of an experiment, and the fields that a choice brings: those of its dataclass.

A name is one of ours, such as `gru` for a network of that cell, or names something of the user's, `my_module.MyCell`.
So every default stands in one place, the class that uses it, and a configuration says what differs.
"""

import dataclasses
import inspect
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic.fields import FieldInfo

from lstm_jax.configuration import imported
from lstm_jax.errors import InputError, unknown

GROUPS = {
    "network": ("lstm_jax.cells.CELLS", "lstm_jax.cells.COMBINED", "lstm_jax.baselines.BASELINES"),
    "task": ("lstm_jax.tasks.TASKS", "lstm_jax.tasks.STREAMS"),
    "criterion": ("lstm_jax.criteria.CRITERIA",),
    "optimizer": ("lstm_jax.learners.OPTIMIZERS",),
    "tracker": ("lstm_jax.trackers.TRACKERS",),
}
"""For each part of an experiment, the registries of our own classes, which are imported when they are needed."""

MISSING = "???"
"""Hydra's mark for a value that has no default."""

ALPHA = "${alpha}"
"""The learning rate of sgd refers to that of the row, printed in Table 10. Other optimizers have rates of their own."""

LATER: dict[str, dict[str, Any]] = {
    "": {"transfer": None, "precision": "float32"},
    "task": {"targets": "next"},
    "network": {"output_layer": True},
    "optimizer": {"name": "sgd", "batch": 1, "clip": None, "schedule": None},
    "cell": {"input_gate_shift": 0.0, "initial_activation": 0.0, "recurrent_start": "random", "reset": "after"},
}
"""Fields that are newer than the recorded rows, with the values that stand for them in those rows; those of no part
under "".

A record leaves such a field out if its value and its class's default are both this one: the hash in the record's name
stays as it was.
"""


def names(group: str) -> list[str]:
    """The names of our own options of a group.

    >>> names("criterion"), names("optimizer")
    (['window', 'examination'], ['sgd', 'momentum', 'rmsprop', 'adam', 'adamw', 'lion'])
    """
    return list(_registry(group))


def known(group: str, name: Any) -> bool:
    """Whether a name can be chosen: it is one of ours, or can be imported."""
    try:
        return isinstance(name, str) and bool(_fields(group, name))
    except InputError:
        return False


def option(group: str, name: str) -> dict[str, Any]:
    """What choosing a name brings to a configuration: the node of the group, and with a network its usual gradient.

    >>> option("task", "parity")["task"]["noise"]
    0.0
    >>> option("network", "gru")["gradient"]
    'bptt'

    Raises:
        InputError: the name is unknown, or cannot be imported.
    """
    fields = dict(_fields(group, name))
    if group == "network":
        from lstm_jax.learners.rules import usual_rule

        part = _found(group, name)
        return {"gradient": usual_rule(part), group: fields if _is_net(part) else {"cell": fields, **_of_net()}}
    if (group, name) == ("optimizer", "sgd"):
        fields["learning_rate"] = ALPHA
    if group == "tracker":  # of which there may be several, so that each has a node of its own
        return {group: {name.rpartition(".")[2]: fields}}
    return {group: fields}


def settings() -> dict[str, Any]:
    """The settings of an experiment, which belong to no part, with their defaults."""
    return _of_class(imported("lstm_jax.trials.experiment.Settings", "settings"))


def completed(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """A resolved configuration with every field of its parts: what it leaves out has its class's default.

    Names and fields are not checked.
    """
    made = dict(configuration)
    for group in ("network", "task", "criterion", "optimizer"):
        node = made.get(group)
        if isinstance(node, Mapping) and "cell" in node:
            made[group] = {**_of_net(), **node, "cell": _completed_cell(node["cell"])}
        elif isinstance(node, Mapping):
            made[group] = _with_defaults(group, node)
    return made


def recorded(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """A completed configuration without those fields of `LATER` that have the values given there."""
    kept = {name: node for name, node in configuration.items() if not (name in LATER[""] and node == LATER[""][name])}
    made = {name: _without_later(name, node) for name, node in kept.items()}
    network = made.get("network")
    if isinstance(network, Mapping) and "cell" in network:
        made["network"] = {**network, "cell": _cell_without_later(network["cell"])}
    return made


def _cell_without_later(node: Any) -> Any:
    """The same for a cell and the cells that it is made of."""
    if not isinstance(node, Mapping):
        return node
    made = dict(_without_later("cell", node))
    if isinstance(made.get("layers"), list):
        made["layers"] = [_cell_without_later(layer) for layer in made["layers"]]
    if "cell" in made:
        made["cell"] = _cell_without_later(made["cell"])
    return made


def _without_later(group: str, node: Any) -> Any:
    """A node without the fields of `LATER` that have the values given there."""
    if group not in LATER or not isinstance(node, Mapping) or _name(node.get("cell")) == "elman":
        return node  # all records of Elman's nets say so
    part = "network" if group == "cell" else group
    usual = _of_net() if "cell" in node and group != "cell" else _with_defaults(part, {"name": _name(node)})
    without = {name for name, value in LATER[group].items() if usual.get(name) == value == node.get(name)}
    return {name: value for name, value in node.items() if name not in without}


def _completed_cell(node: Any) -> Any:
    if isinstance(node, str):
        node = {"name": node}
    if not isinstance(node, Mapping):
        return node
    made = _with_defaults("network", node)
    if isinstance(made.get("layers"), list):
        made["layers"] = [_completed_cell(layer) for layer in made["layers"]]
    if "cell" in made:
        made["cell"] = _completed_cell(made["cell"])
    return made


def _with_defaults(group: str, node: Mapping[str, Any]) -> dict[str, Any]:
    name = _name(node) or ("sgd" if group == "optimizer" else None)
    try:
        defaults = _fields(group, name) if isinstance(name, str) else {}
    except InputError:  # whoever reads the node says so
        defaults = {}
    return {**{key: value for key, value in defaults.items() if value != MISSING}, **node}


def _name(node: Any) -> Any:
    return node.get("name") if isinstance(node, Mapping) else None


@lru_cache
def _fields(group: str, name: str) -> Mapping[str, Any]:
    """The fields of a node with this name, with their defaults; the name comes first."""
    found = _found(group, name)
    is_class = dataclasses.is_dataclass(found)
    if not (is_class or (callable(found) and group in ("network", "optimizer"))):
        raise InputError(f"{group} is {name!r}: it should name a `configuration` dataclass.")
    if group == "optimizer":
        descent = _of_class(imported("lstm_jax.learners.Descent", group))
        own = _of_class(found if is_class else imported("lstm_jax.learners.Optimizer", group))
        function = {} if is_class else _of_function(found, 1)
        return {"name": name, **own, **function, **{field: descent[field] for field in ("weight_change", "batch")}}
    if group == "network" and not is_class:
        if isinstance(found, type):
            return {"name": name, **_of_function(found.__init__, 1, "in_features", "rngs")}
        return {"name": name, **_of_function(getattr(inspect.getmodule(found), "init", None), 2)}
    given = () if group != "network" else ("inputs", "outputs") if _is_net(found) else ("inputs",)
    return {"name": name, **_of_class(found, *given)}


def _found(group: str, name: str) -> Any:
    """The class or function that a name stands for."""
    registry = _registry(group)
    if name in registry:
        return registry[name]
    if "." in name:
        return imported(name, group)
    raise unknown(f"{group} is {name!r}", name, registry, ", or module.name of your own")


def _is_net(found: Any) -> bool:
    """Whether it is a whole network, not a cell."""
    return dataclasses.is_dataclass(found) and not hasattr(found, "step")


@lru_cache
def _of_net() -> Mapping[str, Any]:
    """The fields of a network of cells besides its cell."""
    return _of_class(imported("lstm_jax.networks.Network", "network"), "cell", "outputs")


def _of_class(cls: Any, *given: str) -> dict[str, Any]:
    """The fields of a dataclass as plain values, those without a default as `MISSING`."""
    return {field.name: _default(field) for field in dataclasses.fields(cls) if field.name not in given}


def _default(field: dataclasses.Field) -> Any:
    default = field.default
    if isinstance(default, FieldInfo):
        return MISSING if default.is_required() else _plain(default.get_default(call_default_factory=True))
    if field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    return MISSING if default is dataclasses.MISSING else _plain(default)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _plain(dataclasses.asdict(value))
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


def _of_function(function: Any, first: int, *given: str) -> dict[str, Any]:
    """The arguments from number `first` on that a configuration can give: without a default, or with a plain one."""
    try:
        parameters = list(inspect.signature(function).parameters.values())[first:]
    except (TypeError, ValueError):  # it is written in C, or is none: nothing is known of its arguments
        return {}
    named = [each for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    values = {each.name: MISSING if each.default is each.empty else each.default for each in named}
    plain = (bool, int, float, str, type(None))
    return {name: value for name, value in values.items() if name not in given and isinstance(value, plain)}


@lru_cache
def _registry(group: str) -> Mapping[str, Any]:
    return {name: cls for registry in GROUPS[group] for name, cls in imported(registry, group).items()}
