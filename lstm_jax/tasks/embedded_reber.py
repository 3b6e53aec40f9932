"""Experiment 1 (section 5.1): predict the next symbol of strings of the embedded Reber grammar."""

from typing import Annotated, Literal, NamedTuple

import jax.numpy as jnp
import numpy as np
from pydantic import Field

from lstm_jax.configuration import configuration
from lstm_jax.errors import InputError
from lstm_jax.random import integer, uniform
from lstm_jax.types import Array, Bool, Float, Int, Key, Sequence

ALPHABET = "BTPSXVE"

GRAMMAR = {
    0: {"B": 1},
    1: {"T": 2, "P": 3},
    2: {"S": 2, "X": 4},
    3: {"T": 3, "V": 5},
    4: {"X": 3, "S": 6},
    5: {"P": 4, "V": 6},
    6: {"E": 7},
}
"""The Reber grammar: from every state the symbols that may come next, equally probable, and where they lead."""

END = 7

ATTEMPTS = 1000
"""Number of strings drawn for each one that is wanted, before a test set apart from the training set is given up."""


class Strings(NamedTuple):
    """Two sets of strings as integers, the training set first. A string's last symbol only serves as a target."""

    symbols: Int[Array | np.ndarray, "time strings *lanes"]
    length: Int[Array | np.ndarray, "strings *lanes"]
    """Number of predictions: one for each symbol but the last."""
    expected: Float[Array | np.ndarray, "steps symbols strings *lanes"]
    """The probability of every next symbol at every step."""


@configuration
class EmbeddedReber:
    """B, then T or P, then a string of the Reber grammar, then the same T or P, then E.

    Every lane has a training set, of which each presentation shows a random string, and a test set apart from it.
    """

    training_strings: Annotated[int, Field(ge=1, le=100_000)] = 256
    test_strings: Annotated[int, Field(ge=1, le=100_000)] = 256
    pairs: Annotated[int, Field(ge=1)] = 3
    """Number of pairs of a training and a test set; trial i has pair i modulo this."""
    targets: Literal["next", "possible"] = "next"
    """Reading: targets are the symbol that comes next, or all that may come."""

    inputs = outputs = len(ALPHABET)

    def data(self, seed: int | Int[np.ndarray, "lanes"], numbers: Int[np.ndarray, "lanes"]) -> tuple[Strings]:
        """The two sets of each lane.

        Args:
            seed: of the experiment, or of each trial's own.
            numbers: of the trials.

        Raises:
            InputError: the training set leaves too few strings for the test set.
        """
        seeds = np.broadcast_to(seed, numbers.shape)
        chosen = list(zip(seeds.tolist(), (numbers % self.pairs).tolist(), strict=True))
        pairs = {pair: self._pair(np.random.default_rng(pair)) for pair in sorted(set(chosen))}
        time = max(len(string) for pair in pairs.values() for string in pair)
        encoded = {pair: encode(strings, time) for pair, strings in pairs.items()}
        return (
            Strings(*(np.stack(parts, axis=-1) for parts in zip(*(encoded[pair] for pair in chosen), strict=True))),
        )

    def sample(self, key: Key[Array, "*lanes"], strings: Strings) -> Sequence:
        """Choose one string of each lane's training set."""
        which = integer(uniform(key, 1)[0], 0, self.training_strings)

        def choose(array):
            axis = array.ndim - 1 - which.ndim
            index = which.reshape(*(1,) * (axis + 1), *which.shape)
            return jnp.take_along_axis(array, index, axis=axis, mode="promise_in_bounds").squeeze(axis)

        return self._sequence(choose(strings.symbols), choose(strings.length), choose(strings.expected))

    def training(self, strings: Strings) -> Sequence:
        """The strings of each lane's training set: `[time, strings, *lanes]`."""
        n = self.training_strings
        return self._sequence(strings.symbols[:, :n], strings.length[:n], strings.expected[:, :, :n])

    def examination(self, strings: Strings) -> Sequence:
        """All strings of each lane: `[time, strings, *lanes]`."""
        return self._sequence(strings.symbols, strings.length, strings.expected)

    def _sequence(self, symbols, length, expected) -> Sequence:
        alphabet = jnp.arange(self.outputs, dtype=symbols.dtype).reshape(-1, *(1,) * length.ndim)
        wanted = symbols[1:, None] == alphabet if self.targets == "next" else expected > 0
        targets = wanted.astype(expected.dtype)
        shown = jnp.arange(len(symbols) - 1).reshape(-1, *(1,) * length.ndim) < length
        return Sequence(symbols[:-1], targets, length, shown, expected)

    def correct(self, outputs: Float[Array, "time symbols *lanes"], sequence: Sequence) -> Bool[Array, "*lanes"]:
        """A string is right when at every step the possible next symbols are the most active outputs."""
        assert sequence.expected is not None and sequence.target_mask is not None
        possible = sequence.expected > 0
        lowest = jnp.min(jnp.where(possible, outputs, jnp.inf), axis=1)
        highest = jnp.max(jnp.where(possible, -jnp.inf, outputs), axis=1)
        return jnp.all((lowest > highest) | ~sequence.target_mask, axis=0)

    def _pair(self, rng: np.random.Generator) -> list[str]:
        training = [random_string(rng) for _ in range(self.training_strings)]
        test, known = [], set(training)
        for _ in range(ATTEMPTS * self.test_strings):
            string = random_string(rng)
            if string not in known:
                test.append(string)
            if len(test) == self.test_strings:
                return training + test
        raise InputError(
            f"test_strings is {self.test_strings}: {len(test)} strings were found that are not among the "
            f"{self.training_strings} training strings."
        )


def random_string(rng: np.random.Generator) -> str:
    """A string of the embedded grammar."""
    middle, state = "", 0
    while state != END:
        symbol = str(rng.choice(list(GRAMMAR[state])))
        middle, state = middle + symbol, GRAMMAR[state][symbol]
    embedding = str(rng.choice(["T", "P"]))
    return f"B{embedding}{middle}{embedding}E"


def possible(string: str) -> list[str]:
    """What may come after each symbol of a string but the last."""
    sets: list[str] = ["TP", "B"]
    state = 0
    for symbol in string[2:-3]:
        state = GRAMMAR[state][symbol]
        sets.append("".join(GRAMMAR[state]))
    return [*sets, string[1], "E"]


def encode(strings: list[str], time: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The arrays of `Strings`, padded to `time` symbols, without lanes."""
    symbols = np.zeros((time, len(strings)), np.int32)
    expected = np.zeros((time - 1, len(ALPHABET), len(strings)), np.float32)
    for i, string in enumerate(strings):
        symbols[: len(string), i] = [ALPHABET.index(symbol) for symbol in string]
        for t, following in enumerate(possible(string)):
            for symbol in following:
                expected[t, ALPHABET.index(symbol), i] = 1 / len(following)
    return symbols, np.array([len(string) - 1 for string in strings], np.int32), expected
