"""What the rest of the package asks of a cell."""

from typing import Any, Protocol, runtime_checkable

import jax.numpy as jnp

from lstm_jax.types import Array, Float, Int, Key


@runtime_checkable
class Cell(Protocol):
    """A layer of recurrent units: pure functions of weights, carry and input."""

    @property
    def inputs(self) -> int:
        """Size of the input vector, or of the alphabet."""
        ...

    @property
    def outputs(self) -> int:
        """Number of activations that the layer shows."""
        ...

    @property
    def weight_count(self) -> int:
        """Number of weights."""
        ...

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> Any:
        """Draw initial weights: a tree of arrays `[..., *lanes]`."""
        ...

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> Any:
        """What a sequence starts from: a tree of floating-point arrays `[..., *lanes]`."""
        ...

    def step(
        self,
        weights: Any,
        carry: Any,
        x: Float[Array, "inputs *#lanes"] | Int[Array, "*#lanes"],
        /,
        truncate: bool = False,
    ) -> tuple[Any, Float[Array, "outputs *lanes"]]:
        """One step: the new carry and what the layer shows.

        With `truncate`, errors are not propagated back through activations that re-enter the layer (appendix A.1).
        """
        ...
