"""Arrays and the few structures that every part of the package shares.

One convention everywhere: features first, lanes last. An array at one time step is `[features, *lanes]`, a sequence
`[time, features, *lanes]`, a weight matrix `[units, sources, *lanes]`. A lane is an independent trial; `*lanes` may be
empty, and code is written by broadcasting so that the same lines serve zero, one or more lane axes.
"""

from typing import Any, NamedTuple

from jaxtyping import Array, Bool, Float, Int, Key

__all__ = ["Array", "Bool", "Float", "Int", "Key", "Sequence", "Weights"]

Weights = Any
"""A tree of arrays, each `[..., *lanes]`: a network's weights, or one value per weight, such as a gradient."""


class Sequence(NamedTuple):
    """One sequence to present to a network.

    Steps at and after `length` are padding: any finite values there leave every result as it is.
    """

    inputs: Float[Array, "time inputs *lanes"] | Int[Array, "time *lanes"]
    """Input vectors, or symbols (integers that stand for one-hot vectors)."""

    targets: Float[Array, "outputs *lanes"] | Float[Array, "time outputs *lanes"]
    """What the outputs should be at the last step, or at every step."""

    length: Int[Array, "*lanes"]
    """Number of steps."""

    target_mask: Bool[Array, "time *lanes"] | None = None
    """At which steps the error counts, with targets at every step; None where there is a target at the end only."""

    expected: Float[Array, "outputs *lanes"] | Float[Array, "time outputs *lanes"] | None = None
    """The targets' expectation, where they are random: targets without noise, or probabilities of the next symbol."""
