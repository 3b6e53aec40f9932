"""Squashing functions: the logistic function stretched to a range, tanh, ReLU, and the identity.

Following the paper's tables a squashing function is named by its range: f is (0, 1), the paper's g is (-2, 2) and its
h is (-1, 1).
"""

from typing import Annotated, Literal

import jax
import jax.numpy as jnp
from pydantic import AfterValidator

from lstm_jax.types import Array, Float


def _rising(bounds: tuple[float, float]) -> tuple[float, float]:
    if bounds[0] >= bounds[1]:
        raise ValueError("should be a range [low, high] with low below high")
    return bounds


Squashing = Literal["identity", "tanh", "relu"] | Annotated[tuple[float, float], AfterValidator(_rising)]
"""`"identity"`, `"tanh"`, `"relu"`, or the range (low, high) of a logistic function: low + (high - low) / (1 +
exp(-x))."""

LOGISTIC: Squashing = (0.0, 1.0)
"""f of the paper (eq. 3), the squashing function of all gates."""


def squash(squashing: Squashing, x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """Apply a squashing function to net inputs (eqs. 3-5).

    >>> x = jnp.array([-9.0, 0.0, 9.0])
    >>> [[round(y, 2) for y in squash(range, x).tolist()] for range in ((0.0, 1.0), (-2.0, 2.0), "tanh")]
    [[0.0, 0.5, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]
    """
    if squashing == "identity":
        return x
    if squashing == "tanh":
        return jnp.tanh(x)
    if squashing == "relu":
        return jax.nn.relu(x)
    low, high = squashing
    y = jax.nn.sigmoid(x)
    return y if squashing == LOGISTIC else low + (high - low) * y


def slope(squashing: Squashing, y: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """Derivative of a squashing function, given its value y instead of its net input.

    >>> slope((0.0, 1.0), jnp.array([0.0, 0.5, 1.0])).tolist()
    [0.0, 0.25, 0.0]
    """
    if squashing == "identity":
        return jnp.ones_like(y)
    if squashing == "tanh":
        return 1 - y * y
    if squashing == "relu":
        return (y > 0).astype(y.dtype)
    low, high = squashing
    return (y - low) * (high - y) / (high - low)
