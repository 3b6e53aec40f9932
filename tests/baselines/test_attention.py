"""A layer of attention against its equations in NumPy, by hand and by finite differences; and what it must not see."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.baselines import Attention
from lstm_jax.configuration import build
from lstm_jax.errors import InputError
from lstm_jax.gradients import bptt
from lstm_jax.trials import experiment as experiments
from lstm_jax.trials import memory
from lstm_jax.types import Sequence
from tests.gradients.cases import COMPILE_QUICKLY
from tests.trials.test_transfer import NODE as ANOTHER

INPUTS, OUTPUTS, STEPS, LANES = 3, 2, 6, 4
NETWORK = Attention(INPUTS, OUTPUTS, units=4, heads=2)
LENGTHS = np.array([6, 1, 4, 5])
INIT, APPLY, GRADIENT = (
    jax.jit(function, compiler_options=COMPILE_QUICKLY)
    for function in (NETWORK.init, NETWORK.apply, partial(bptt, NETWORK))
)

pytestmark = pytest.mark.usefixtures("float64")

EITHER = pytest.mark.parametrize("every_step", [False, True])


def begun(every_step: bool, symbols: bool = False):
    """Weights and a sequence for every lane, in float64."""
    rng = np.random.default_rng(1)
    drawn = INIT(jax.random.split(jax.random.key(2), LANES), jnp.full(LANES, 0.9, jnp.float32))
    inputs = rng.integers(0, INPUTS, (STEPS, LANES)) if symbols else rng.normal(size=(STEPS, INPUTS, LANES))
    times = (STEPS,) * every_step
    return jax.tree.map(lambda w: jnp.asarray(np.float64(w)), drawn), Sequence(
        jnp.asarray(inputs),
        jnp.asarray(rng.normal(size=(*times, OUTPUTS, LANES))),
        jnp.asarray(LENGTHS),
        jnp.asarray(np.arange(STEPS)[:, None] < LENGTHS) if every_step else None,
    )


def published(w, inputs: np.ndarray, t: int) -> np.ndarray:
    """The answer at step t of one lane, one number at a time where it matters."""

    def position(s: int) -> np.ndarray:
        return np.array([np.sin(s), np.cos(s), np.sin(s / 100), np.cos(s / 100)])  # 10000 ** (2 / 4) is 100

    embedded = [w.embedding.input @ inputs[s] + w.embedding.bias + position(s) for s in range(t + 1)]
    attended = []
    for head in (slice(0, 2), slice(2, 4)):
        query = (w.query.input @ embedded[t])[head]
        raised = [np.exp(query @ (w.key.input @ e)[head] / np.sqrt(2)) for e in embedded]
        attended.append(sum(r * (w.value.input @ e)[head] for r, e in zip(raised, embedded, strict=True)) / sum(raised))
    h = np.tanh(w.hidden.input @ embedded[t] + w.hidden.hidden @ np.concatenate(attended) + w.hidden.bias)
    return 1 / (1 + np.exp(-(w.output.hidden @ h + w.output.bias)))


@EITHER
@pytest.mark.parametrize("symbols", [False, True])
def test_it_follows_its_equations(every_step, symbols):
    weights, sequence = begun(every_step, symbols)
    outputs = np.asarray(APPLY(weights, sequence))
    for lane in range(LANES):
        w = jax.tree.map(lambda x, lane=lane: np.asarray(x)[..., lane], weights)
        inputs = np.asarray(sequence.inputs)[..., lane]
        inputs = np.eye(INPUTS)[inputs] if symbols else inputs
        for t in range(LENGTHS[lane]) if every_step else [LENGTHS[lane] - 1]:
            shown = outputs[t, :, lane] if every_step else outputs[:, lane]
            np.testing.assert_allclose(shown, published(w, inputs, t), rtol=1e-10)


@EITHER
def test_its_gradient_is_that_of_finite_differences(every_step):
    weights, sequence = begun(every_step)
    gradient, _ = GRADIENT(weights, sequence)
    leaves, structure = jax.tree.flatten(weights)
    mask = True if sequence.target_mask is None else np.asarray(sequence.target_mask)[:, None]

    @jax.jit
    def half_error(leaves):
        outputs = NETWORK.apply(jax.tree.unflatten(structure, leaves), sequence)
        return jnp.sum(jnp.where(mask, (outputs - sequence.targets) ** 2, 0)) / 2

    rng, step = np.random.default_rng(3), 1e-5
    for i, (leaf, by_leaf) in enumerate(zip(leaves, jax.tree.leaves(gradient), strict=True)):
        direction = rng.normal(size=leaf.shape)
        ends = [half_error([*leaves[:i], leaf + sign * step * direction, *leaves[i + 1 :]]) for sign in (1, -1)]
        wanted = (ends[0] - ends[1]) / (2 * step)
        assert abs(wanted) > 1e-6  # nothing is without effect
        np.testing.assert_allclose(np.sum(by_leaf * direction), wanted, rtol=1e-6, atol=1e-9)


def test_a_later_input_changes_no_earlier_output():
    weights, sequence = begun(every_step=True)
    before = np.asarray(APPLY(weights, sequence))
    for changed in range(STEPS):
        inputs = np.array(sequence.inputs)
        inputs[changed] += 1
        after = np.asarray(APPLY(weights, sequence._replace(inputs=jnp.asarray(inputs))))
        np.testing.assert_array_equal(after[:changed], before[:changed])
        assert np.all(np.any(after[changed:] != before[changed:], axis=1))


@EITHER
def test_padding_changes_no_answer_and_no_gradient(every_step):
    weights, sequence = begun(every_step)
    padding = np.arange(STEPS)[:, None, None] >= LENGTHS
    other = sequence._replace(inputs=jnp.asarray(np.where(padding, 100.0, sequence.inputs)))
    both = [GRADIENT(weights, each) for each in (sequence, other)]
    counts = True if sequence.target_mask is None else np.asarray(sequence.target_mask)[:, None]
    np.testing.assert_array_equal(np.where(counts, both[0][1], 0), np.where(counts, both[1][1], 0))
    jax.tree.map(np.testing.assert_array_equal, both[0][0], both[1][0])


@EITHER
def test_a_lane_alone_and_weights_shared_by_sequences_are_the_same(every_step):
    weights, sequence = begun(every_step)
    together = APPLY(weights, sequence)
    own, alone = jax.tree.map(lambda x: jnp.asarray(np.asarray(x)[..., 2]), (weights, sequence))
    np.testing.assert_allclose(APPLY(own, alone), together[..., 2], rtol=1e-12)
    shared = APPLY(jax.tree.map(lambda w: np.asarray(w)[..., 2:3], weights), sequence)
    np.testing.assert_allclose(shared[..., 2], together[..., 2], rtol=1e-12)


def test_number_of_weights():
    drawn = jax.eval_shape(lambda: NETWORK.init(jax.random.key(0), jnp.float32(1)))
    assert sum(leaf.size for leaf in jax.tree.leaves(drawn)) == NETWORK.weight_count
    assert NETWORK.weight_count == 4 * (3 + 1) + 3 * 4 * 4 + 4 * (4 + 4 + 1) + 2 * (4 + 1)


NODE = ANOTHER | {"network": {"name": "attention"}, "transfer": None}


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"network": {"name": "attention", "units": 3, "heads": 2}}, "network.units is 3: it should be a multiple of"),
        ({"network": {"name": "attention", "units": 0}}, "network.units is 0"),
        ({"gradient": "truncated"}, "gradient is 'truncated', which learns networks of cells"),
        ({"gradient": "rtrl"}, "gradient is 'rtrl', which learns networks of cells"),
        (
            {"gradient": {"name": "bptt", "horizon": 5}},
            "horizon is 5: it should be null for a network without cells",
        ),
        ({"construction": {"interval": 160}}, "construction should be null: only cells can join a network"),
    ],
)
def test_what_it_cannot_do_gets_one_sentence(changes, part):
    with pytest.raises(InputError) as refused:
        experiments.read(NODE | changes)
    assert part in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(("name", "short"), [("task", "learned"), ("transfer", "tested")])
def test_sequences_that_do_not_fit_into_memory_are_refused_before_work_begins(name, short, monkeypatch):
    """16 sequences for 8 lanes with values and errors, or 4,096 tests, of 11 steps with 3 x 8 numbers of 4 bytes."""
    long = {"name": "latch", "targets": [1.0, 0.0], "min_length": 11, "max_length": 11}
    node = NODE | {"task": long} if short == "learned" else NODE | {"transfer": {"tasks": [long], "sequences": 4096}}
    kept = 4 * 3 * 8 * 11 * (2 * 16 * 8 if short == "learned" else 4096)
    found = {words: size for words, size in experiments.read(node).memory.items() if "sequences of 11 steps" in words}
    (number,) = [16 * 8 if short == "learned" else 4096]
    own = next(size for words, size in found.items() if words.startswith(f"{number:,} "))
    assert own == kept + number * 4 * (11 + 1 + 1 + 1)  # and inputs, targets, expected ones, lengths
    monkeypatch.setattr(memory, "memory", lambda: own)
    with pytest.raises(InputError, match=r"of memory that are needed at least, and this machine has"):
        experiments.read(node)


def test_heads_divide_units():
    with pytest.raises(InputError, match="it should be a multiple of heads, 3"):
        build(Attention, {"units": 8, "heads": 3}, "network", inputs=1, outputs=1)
