"""The endless stream: read by an independent reader, and its branches counted."""

import re
from collections import Counter
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.random import fold_in, uniform
from lstm_jax.tasks.continual_reber import START, ContinualReber, automaton
from tests.distributions import FALSE_ALARM, distributed
from tests.references.continual_reber import Reader

ALPHABET = "BTPSXVE"
GRAMMAR = re.compile(r"B([TP])B(?:TS*X|PT*V(?=V)|PT*VP)(?:XT*VP)*(?:S|XT*VV|V)E\1E")
"""As in tests/tasks/test_embedded_reber.py, written anew."""


@cache
def streams(lanes: int, symbols: int) -> tuple[np.ndarray, np.ndarray]:
    """Symbols and the nodes they lead to, `[symbols, lanes]`."""
    task, keys = ContinualReber(), jax.random.split(jax.random.key(0), lanes)

    @jax.jit
    def draw():
        def step(node, i):
            symbol, node = task.follow(node, uniform(fold_in(keys, i), 1)[0])
            return node, (symbol, node)

        return jax.lax.scan(step, jnp.full(lanes, START), jnp.arange(symbols))[1]

    symbols_and_places = draw()
    return np.asarray(symbols_and_places[0]), np.asarray(symbols_and_places[1])


def test_an_independent_reader_accepts_every_symbol_and_knows_what_may_come():
    symbols, nodes = streams(20, 2000)
    table = automaton().possible
    for lane in range(20):
        reader = Reader()
        for symbol, node in zip(symbols[:, lane], nodes[:, lane], strict=True):
            reader.read(ALPHABET[symbol])
            assert {ALPHABET[i] for i in np.flatnonzero(table[:, node])} == set(reader.possible())
            assert (node == START) == (reader.string == "")


def test_the_stream_is_whole_strings_of_the_grammar():
    symbols, nodes = streams(20, 2000)
    for lane in range(20):
        text = "".join(ALPHABET[symbol] for symbol in symbols[:, lane])
        ends = np.flatnonzero(nodes[:, lane] == START) + 1
        for begin, end in zip([0, *ends], ends, strict=False):
            assert GRAMMAR.fullmatch(text[begin:end]), text[begin:end]


def test_branches_are_equally_probable_and_do_not_hang_together():
    symbols, nodes = streams(20, 2000)
    before = np.concatenate([np.full((1, 20), START), nodes[:-1]])
    choices = automaton()
    branching = [node for node in range(choices.node.shape[1]) if choices.symbol[0, node] != choices.symbol[1, node]]
    assert len(branching) == 1 + 2 * 5
    for node in branching:
        counts = Counter(symbols[before == node].tolist())
        assert set(counts) == set(choices.symbol[:, node].tolist())
        assert distributed(np.array(list(counts.values())), 1 / 2) > FALSE_ALARM
    # The first choice after B, and the T or P inside the string.
    first = np.isin(before, [1]).T
    text = symbols.T
    pairs = [(row[i], row[i + 2]) for row, marks in zip(text, first, strict=True) for i in np.flatnonzero(marks[:-2])]
    assert distributed(np.array(list(Counter(pairs).values())), 1 / 4) > FALSE_ALARM


def test_mean_length_of_a_string():
    """Solving for the expected number of symbols from every state: 8 inside on average and 4 around them."""
    system, ones = np.zeros((8, 8)), np.ones(8)
    edges = {0: [1, 1], 1: [2, 3], 2: [2, 4], 3: [3, 5], 4: [3, 6], 5: [4, 6], 6: [7, 7]}
    for state, (one, other) in edges.items():
        system[state, one] += 0.5
        system[state, other] += 0.5
    ones[7] = 0
    expected = 4 + np.linalg.solve(np.eye(8) - system, ones)[0]
    _, nodes = streams(20, 2000)
    strings = np.sum(nodes == START)
    # The standard deviation of a length is about 4.
    assert abs(40_000 / strings - expected) < 4 * 4 / np.sqrt(strings) + 0.1


OUTPUTS = np.array([0.1, 0.6, 0.3, 0.2, 0.1, 0.2, 0.1], np.float32)  # of BTPSXVE


@pytest.mark.parametrize(
    ("task", "swap", "right"),
    [
        (ContinualReber(), {}, True),
        (ContinualReber(), {3: 0.3}, False),
        (ContinualReber(), {0: np.nan}, False),
        (ContinualReber(judged_by="error", tolerance=0.49), {}, True),
        (ContinualReber(judged_by="error", tolerance=0.39), {}, False),
        (ContinualReber(targets="possible", judged_by="error"), {}, False),
        (ContinualReber(targets="possible", judged_by="error"), {2: 0.55}, True),
        (ContinualReber(targets="possible", judged_by="error"), {2: 0.55, 0: np.nan}, False),
    ],
)
def test_what_counts_as_right_after_a_b(task, swap, right):
    outputs = OUTPUTS.copy()
    for i, value in swap.items():
        outputs[i] = value
    _, node = task.follow(jnp.array([START]), jnp.zeros(1))
    target = task.target(node, jnp.array([ALPHABET.index("T")]))
    np.testing.assert_array_equal(
        target[:, 0], [letter in ("TP" if task.targets == "possible" else "T") for letter in ALPHABET]
    )
    assert task.correct(jnp.asarray(outputs)[:, None], node, target).tolist() == [right]
