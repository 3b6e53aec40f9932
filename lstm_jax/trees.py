"""Trees of arrays as arrays by names, and back."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from lstm_jax.errors import InputError


def by_name(tree: Any, separator: str = ".") -> dict[str, Any]:
    """The leaves of a tree, each named by where it stands.

    >>> by_name({"gate": (1, 2)})
    {'gate.0': 1, 'gate.1': 2}
    >>> by_name(3)
    {'weights': 3}
    """
    paths = jax.tree_util.tree_leaves_with_path(tree)
    return {jax.tree_util.keystr(path, simple=True, separator=separator) or "weights": leaf for path, leaf in paths}


def filled(like: Any, arrays: Mapping[str, Any], what: str, separator: str = ".") -> Any:
    """A tree of the structure of another, from arrays by names.

    Args:
        like: its leaves have the shapes that are wanted.
        arrays: as `by_name` gives them.
        what: begins the message of an error.
        separator: as in `by_name`.

    Raises:
        InputError: an array is missing, is one too many, or has another shape.
    """
    wanted = by_name(like, separator)
    for name in (*wanted, *arrays):
        if name not in arrays:
            raise InputError(f"{what}{name} is missing: it should have the shape {wanted[name].shape}.")
        if name not in wanted:
            raise InputError(f"{what}{name} is one too many: there should be {', '.join(wanted)}.")
        if jnp.shape(arrays[name]) != wanted[name].shape:
            raise InputError(
                f"{what}{name} has the shape {jnp.shape(arrays[name])}: it should have {wanted[name].shape}."
            )
    return jax.tree.unflatten(jax.tree.structure(like), [arrays[name] for name in wanted])
