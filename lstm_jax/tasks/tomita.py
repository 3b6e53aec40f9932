"""Is a string legal? Grammars 1, 2 and 4 of Tomita (1982), with strings of hundreds of symbols."""

from typing import Literal

import jax.numpy as jnp
from jax import lax

from lstm_jax.configuration import configuration
from lstm_jax.errors import InputError
from lstm_jax.random import uniform
from lstm_jax.tasks.two_classes import TwoClasses
from lstm_jax.types import Array, Bool, Float, Int, Key, Sequence

SHORTEST = 4
"""The smallest `min_length`, with which every grammar has a legal and an illegal string of some length."""


@configuration
class Tomita(TwoClasses):
    """Strings of 1 and 0, shown as 1 and -1; legal strings, half of all, are the first class.

    Grammar 1: `1*`, no zeros. Grammar 2: `(1 0)*`. Grammar 4: no three zeros in succession.
    In a legal string of grammar 4 both symbols are equally probable wherever both may stand.
    """

    grammar: Literal[1, 2, 4] = 1
    illegal: Literal["random", "fault"] = "random"
    """Reading: an illegal string is random, or a legal one with a single fault somewhere."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.min_length < SHORTEST:
            raise InputError(f"min_length is {self.min_length}: it should be at least {SHORTEST}.")
        if self.grammar == 2 and self.min_length == self.max_length and self.min_length % 2:
            raise InputError(f"max_length is {self.max_length}: in grammar 2 there should be an even length.")

    def sample(self, key: Key[Array, "*lanes"]) -> Sequence:
        """Draw one string per lane."""
        draws = uniform(key, 3 + self.max_length)
        length = self.lengths(draws[0])
        legal = draws[1] < 0.5
        coins = draws[3:] < 0.5
        if self.grammar == 2:
            even = length - length % 2 * jnp.where(length > self.min_length, 1, -1)
            length = jnp.where(legal | (self.illegal == "fault"), even, length)
        lawful = self._legal(coins)
        wrong = lawful if self.illegal == "fault" else coins
        wrong = jnp.where(self.accepts(wrong, length), self._spoilt(wrong, length, draws[2]), wrong)
        return self.sequence(jnp.where(jnp.where(legal, lawful, wrong), 1.0, -1.0), length, legal)

    def accepts(self, ones: Bool[Array, "time *lanes"], length: Int[Array, "*lanes"]) -> Bool[Array, "*lanes"]:
        """Whether strings, as far as they go, are legal."""
        t = jnp.arange(len(ones)).reshape(-1, *(1,) * length.ndim)
        if self.grammar == 1:
            return jnp.all(ones | (t >= length), axis=0)
        if self.grammar == 2:
            return jnp.all((ones == (t % 2 == 0)) | (t >= length), axis=0) & (length % 2 == 0)
        return jnp.all(ones[2:] | ones[1:-1] | ones[:-2] | (t[2:] >= length), axis=0)

    def _legal(self, coins: Bool[Array, "time *lanes"]) -> Bool[Array, "time *lanes"]:
        """Legal strings, at whatever length they end (in grammar 2 an even one)."""
        if self.grammar == 1:
            return jnp.ones_like(coins)
        if self.grammar == 2:
            t = jnp.arange(len(coins)).reshape(-1, *(1,) * (coins.ndim - 1))
            return jnp.broadcast_to(t % 2 == 0, coins.shape)

        def step(zeros, coin):
            one = coin | (zeros == 2)
            return jnp.where(one, 0, zeros + 1), one

        return lax.scan(step, jnp.zeros(coins.shape[1:], jnp.int32), coins)[1]

    def _spoilt(
        self, ones: Bool[Array, "time *lanes"], length: Int[Array, "*lanes"], draw: Float[Array, "*lanes"]
    ) -> Bool[Array, "time *lanes"]:
        """A legal string with one wrong symbol, or in grammar 4 three zeros, at a random place."""
        t = jnp.arange(len(ones)).reshape(-1, *(1,) * length.ndim)
        wide = 3 if self.grammar == 4 else 1
        place = jnp.floor(draw * (length - wide + 1).astype(draw.dtype)).astype(length.dtype)
        if self.grammar == 4:
            return ones & ((t < place) | (t >= place + wide))
        return ones ^ (t == place)
