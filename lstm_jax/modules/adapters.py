"""Flax's recurrent cells, classes and instances, as cells of ours."""

import inspect
from typing import Any

import jax
from flax import nnx

from lstm_jax.cells.nnx_cell import NNXCell
from lstm_jax.errors import InputError


def from_nnx(module: nnx.RNNCellBase | type[nnx.RNNCellBase], **settings: Any) -> Any:
    """A Flax cell as a cell of ours.

    >>> from_nnx(nnx.GRUCell, in_features=3, hidden_features=4).outputs
    4

    Args:
        module: a class, whose `in_features` and other arguments are `settings`; or an instance.
        **settings: arguments of a class.

    Returns:
        Of a class, an `NNXCell`; of an instance, an `NNXCell` and the instance's weights, without lanes.

    Raises:
        InputError: the class cannot be made with these settings.
    """
    if isinstance(module, type):
        inputs = settings.pop("in_features", None)
        if inputs is None:
            raise InputError("in_features is missing: it is the size of the input vector.")
        return NNXCell(inputs=inputs, cell=_path(module), settings=tuple(settings.items()))
    cls = type(module)
    named = [
        name
        for name in inspect.signature(cls.__init__).parameters
        if name not in ("self", "in_features", "rngs", "carry_init")
    ]
    # What an instance does not remember are ways to draw its weights, which it has.
    own = {name: getattr(module, name) for name in named if hasattr(module, name)}
    inputs: int = getattr(module, "in_features")  # noqa: B009
    if "hidden_features" in named and "hidden_features" not in own:
        own["hidden_features"] = jax.tree.leaves(module.initialize_carry((inputs,), nnx.Rngs(0)))[0].shape[-1]
    cell = NNXCell(inputs=inputs, cell=_path(cls), settings=tuple(own.items()))
    return cell, jax.tree.leaves(nnx.split(module, nnx.Param, ...)[1])


def _path(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
