"""That traces are the net's own activations, and that the steps marked as relevant are those that decide the target."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.analysis.traces import answer, due, exchanged, question, relevant, symbol, trace
from lstm_jax.tasks.adding import Adding
from lstm_jax.tasks.distractors import Distractors
from lstm_jax.tasks.embedded_reber import EmbeddedReber
from lstm_jax.tasks.multiplication import Multiplication
from lstm_jax.tasks.temporal_order import TemporalOrder
from lstm_jax.tasks.two_sequences import TwoSequences
from lstm_jax.tasks.two_symbols import TwoSymbols
from tests.gradients.cases import LENGTHS, lane, make
from tests.references import memory_block


@pytest.mark.slow
@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("row", ["4-1", "6a", "2a"])
def test_outputs_and_cells_are_those_of_the_equations(row):
    network, weights, sequence = make("small", row, True)
    found = jax.jit(trace, static_argnums=0)(network, weights, sequence.inputs)
    for i, length in enumerate(LENGTHS):
        shown = (sequence.inputs, sequence.targets, sequence.target_mask)
        inputs, targets, mask = (np.asarray(part)[:length, ..., i] for part in shown)
        wanted = memory_block.present(network, lane(weights, i), inputs, targets, mask)
        np.testing.assert_allclose(found.outputs[:length, :, i], wanted.outputs, rtol=1e-10)
    # y_k = f(W_k y_c), so that outputs that agree need cells that agree; states are checked by s = the sum of y_in g.
    carry = found.carry
    gates = jnp.repeat(carry.input_gate, carry.state.shape[1] // carry.input_gate.shape[1], axis=1)
    np.testing.assert_allclose(carry.state, jnp.cumsum(gates * carry.cell_input, axis=0), rtol=1e-10)


def samples(task, *data, count: int = 40):
    """Random sequences one by one: (inputs without padding, target)."""
    drawn = jax.jit(task.sample)(jax.random.split(jax.random.key(0), count), *data)
    for i in range(count):
        steps = int(drawn.length[i])
        yield np.asarray(drawn.inputs)[:steps, ..., i], np.asarray(drawn.targets)[..., i]


@pytest.mark.parametrize("first_marker", [-1, 1])
def test_the_marked_values_make_the_sum(first_marker):
    for inputs, target in samples(Adding(length=30, first_marker=first_marker)):
        marked = relevant(Adding(length=30, first_marker=first_marker), inputs)
        assert marked.sum() == 2
        # A marked first value does not count.
        assert target == pytest.approx(0.5 + inputs[marked & (np.arange(len(inputs)) > 0), 0].sum() / 4, abs=1e-6)


def test_the_xs_and_ys_make_the_class():
    task = TemporalOrder(((1, 3), (5, 7)), min_length=10, max_length=12)
    for inputs, target in samples(task):
        word = "".join(symbol(task, number) for number in inputs[relevant(task, inputs)])
        assert word == ["XX", "XY", "YX", "YY"][int(target.argmax())]
        assert "".join(symbol(task, number) for number in inputs)[:: len(inputs) - 1] == "EB"


def test_the_first_elements_tell_the_class():
    task = TwoSequences(length=20, informative=3)
    for inputs, target in samples(task):
        np.testing.assert_array_equal(inputs[relevant(task, inputs), 0], [2 * target[0] - 1] * 3)


def test_one_symbol_is_asked_for_again():
    task = Distractors(p=4, q=5)
    for inputs, target in samples(task):
        assert [symbol(task, number) for number in inputs[relevant(task, inputs)]] == ["xy"[int(target.argmax())]]
        assert symbol(task, int(inputs[0])) == "b"
        assert symbol(task, int(inputs[-1])) == "e"
        assert {symbol(task, number) for number in inputs[2:-1]} <= set("1234")
    task = TwoSymbols(p=5)
    for inputs, targets in samples(task):
        [asked] = inputs[relevant(task, inputs)]
        assert asked == targets[-1].argmax()
        assert symbol(task, int(asked)) in "xy"
        assert [symbol(task, number) for number in inputs[1:]] == list("1234")


def test_the_grammars_second_symbol_comes_again():
    task = EmbeddedReber(training_strings=20, test_strings=5)
    data = jax.tree.map(lambda x: jnp.repeat(jnp.asarray(x), 40, axis=-1), task.data(0, np.arange(1)))
    for inputs, targets in samples(task, *data):
        [asked] = inputs[relevant(task, inputs)]
        assert asked == targets[due(task, inputs)].argmax()
        assert answer(task, int(targets[due(task, inputs)].argmax())) in "TP"
        assert symbol(task, int(asked)) in "TP"


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (TemporalOrder(((1, 3), (5, 7)), min_length=10, max_length=12), "XY"),
        (Distractors(p=4, q=5), "xy"),
        (TwoSymbols(p=5), "xy"),
    ],
)
def test_in_an_exchanged_sequence_each_symbol_that_matters_is_the_other(task, words):
    other = dict(zip(words, reversed(words), strict=True))
    for inputs, _ in samples(task):
        exchange = exchanged(task, inputs)
        assert exchange is not None
        before, after = ([symbol(task, int(number)) for number in of] for of in (inputs, exchange))
        marked = relevant(task, inputs)
        assert after == [other[name] if mark else name for name, mark in zip(before, marked, strict=True)]
        assert due(task, inputs) == len(inputs) - 1
    assert question(task)


@pytest.mark.parametrize("task", [TwoSequences(length=20, informative=3), Adding(length=30), Multiplication(length=30)])
def test_in_an_exchanged_sequence_values_that_matter_are_mirrored_in_their_range(task):
    low, high = (0, 1) if isinstance(task, Multiplication) else (-1, 1)
    for inputs, _ in samples(task):
        other, marked = exchanged(task, inputs), relevant(task, inputs)
        assert other is not None
        np.testing.assert_allclose(other[marked, 0] - low, high - inputs[marked, 0], atol=1e-6)
        other[marked, 0] = inputs[marked, 0]
        np.testing.assert_array_equal(other, inputs)
    assert question(task)


def test_of_other_tasks_nothing_is_known():
    assert not relevant(object(), np.zeros((5, 2))).any()
    assert symbol(object(), 3) == "3" and question(object()) == ""
    assert exchanged(object(), np.zeros((5, 2))) is None and due(object(), np.zeros((5, 2))) == 4
