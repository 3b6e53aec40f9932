"""The copy problem: give back a few symbols, in order, a long time after they were shown.

In the form of M. Arjovsky, A. Shah and Y. Bengio, "Unitary evolution recurrent neural networks" (2016), section 5.1;
after S. Hochreiter and J. Schmidhuber (1997), whose tasks ask for less after as long.
"""

from typing import Annotated

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.configuration import Varies, configuration
from lstm_jax.random import integer, uniform
from lstm_jax.types import Array, Bool, Float, Key, Sequence


@configuration
class CopyMemory:
    """Random symbols, blanks, a marker, and as many blanks as there were symbols: there the symbols are the targets.

    All sequences have the same length, 2 symbols + delay + 1; every symbol is asked for symbols + delay + 1 steps after
    it was shown. Inputs: the alphabet, then the blank and the marker. The paper has ten symbols out of eight, and an
    output for the blank, which is its target at all other steps; here there are no targets.

    >>> import jax
    >>> sequence = CopyMemory(symbols=3, delay=4).sample(jax.random.key(0))
    >>> sequence.inputs.tolist(), int(sequence.length)
    ([7, 1, 5, 8, 8, 8, 8, 9, 8, 8, 8], 11)
    >>> sequence.target_mask.sum().item(), sequence.targets[-3:].argmax(axis=1).tolist()
    (3, [7, 1, 5])
    """

    alphabet: Annotated[int, Field(ge=2, le=1000)] = 8
    """Number of different symbols."""
    symbols: Annotated[int, Field(ge=1, le=1000)] = 5
    """How many of them, drawn with equal probabilities, have to be kept."""
    delay: Annotated[int, Field(ge=0, le=1_000_000)] = 100
    """Number of blanks between the symbols and the marker."""
    tolerance: Annotated[float, Field(gt=0), Varies] = 0.3
    """Bound on the absolute errors of all outputs at all steps with a target, in a correct answer."""

    @property
    def inputs(self) -> int:
        """The alphabet, the blank and the marker."""
        return self.alphabet + 2

    @property
    def outputs(self) -> int:
        """One output unit per symbol."""
        return self.alphabet

    def sample(self, key: Key[Array, "*lanes"]) -> Sequence:
        """Draw one sequence per lane."""
        shown = integer(uniform(key, self.symbols), 0, self.alphabet)
        blank, marker = self.alphabet, self.alphabet + 1
        rest = jnp.full((self.delay + 1 + self.symbols, *key.shape), blank, shown.dtype).at[self.delay].set(marker)
        inputs = jnp.concatenate([shown, rest])
        kinds = jnp.arange(self.alphabet).reshape(-1, *(1,) * key.ndim)
        answers = jnp.where(shown[:, None] == kinds, 1.0, 0.0)
        silence = jnp.zeros((len(inputs) - self.symbols, *answers.shape[1:]), answers.dtype)
        asked = jnp.arange(len(inputs)).reshape(-1, *(1,) * key.ndim) >= len(inputs) - self.symbols
        return Sequence(
            inputs,
            jnp.concatenate([silence, answers]),
            jnp.full(key.shape, len(inputs)),
            jnp.broadcast_to(asked, inputs.shape),
        )

    def correct(self, outputs: Float[Array, "time outputs *lanes"], sequence: Sequence) -> Bool[Array, "*lanes"]:
        """An answer is correct when every output's absolute error is below the tolerance wherever there is a target.

        So the right symbol has the largest output at each of these steps, with a tolerance of up to a half.
        """
        assert sequence.target_mask is not None
        errors = jnp.max(jnp.abs(outputs - sequence.targets), axis=1)
        return jnp.all((errors < self.tolerance) | ~sequence.target_mask, axis=0)
