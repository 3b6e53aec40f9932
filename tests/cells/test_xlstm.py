"""sLSTM and mLSTM against the equations of Beck et al. (2024), and mLSTM's two forms against each other."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from lstm_jax.cells import MLSTM, SLSTM
from lstm_jax.networks.recurrent import recurrent
from tests.gradients.cases import COMPILE_QUICKLY
from tests.references import xlstm

GATES = {"input_gate": "i", "forget_gate": "f", "output_gate": "o", "cell": "z", "query": "q", "key": "k", "value": "v"}

pytestmark = pytest.mark.usefixtures("float64")


@partial(jax.jit, static_argnums=0, compiler_options=COMPILE_QUICKLY)
def begun(cell):
    keys = jax.random.split(jax.random.key(1))
    weights = jax.tree.map(lambda w: w.astype(jnp.float64), cell.init(keys[0], jnp.float32(1.5)))
    return weights, 2 * jax.random.normal(keys[1], (12, cell.inputs))


def published(weights) -> dict[str, np.ndarray]:
    named = {}
    for name, w in weights._asdict().items():
        parts = (("W", w.input), ("R", w.hidden), ("b", w.bias))
        named |= {f"{part}_{GATES[name]}": np.asarray(x) for part, x in parts if x is not None}
    return named


@pytest.mark.slow
@pytest.mark.parametrize("forget_gate", ["logistic", "exponential"])
@pytest.mark.parametrize("heads", [1, 2])
@pytest.mark.parametrize(("cell", "reference"), [(SLSTM, xlstm.slstm), (MLSTM, xlstm.mlstm)])
def test_they_follow_the_published_equations(cell, reference, heads, forget_gate):
    layer = cell(inputs=3, units=4, heads=heads, forget_gate=forget_gate)
    weights, inputs = begun(layer)
    expected = reference(published(weights), np.asarray(inputs), heads, forget_gate == "exponential")

    @partial(jax.jit, compiler_options=COMPILE_QUICKLY)
    def shown(weights, inputs):
        start = layer.initial_carry((), jnp.dtype("float64"))
        by_steps = lax.scan(lambda carry, x: layer.step(weights, carry, x), start, inputs)
        return recurrent(layer, weights, inputs)[1], by_steps[1]

    for outputs in shown(weights, inputs):
        np.testing.assert_allclose(outputs, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("forget_gate", ["logistic", "exponential"])
def test_the_parallel_form_of_mlstm_is_its_recurrent_form(forget_gate):
    cell = MLSTM(inputs=3, units=4, heads=2, forget_gate=forget_gate)
    weights, inputs = begun(cell)

    def error(show, weights, inputs):
        outputs = show(weights, inputs)
        return jnp.sum(jnp.sin(outputs)), outputs

    def both(show):
        of_both = jax.value_and_grad(partial(error, show), (0, 1), has_aux=True)
        return jax.jit(of_both, compiler_options=COMPILE_QUICKLY)(weights, inputs)

    close = partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-11)
    jax.tree.map(close, both(cell.parallel), both(lambda w, x: recurrent(cell, w, x)[1]))
