"""Models are their layers and one linear map."""

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from lstm_jax.cells import LSTM
from lstm_jax.modules import EncoderDecoder, Recurrent, SequenceClassifier, SequenceLabeller

X = jnp.asarray(np.random.default_rng(0).standard_normal((2, 5, 3)), jnp.float32)


@pytest.fixture
def layer() -> Recurrent:
    return Recurrent(LSTM(3, 4), rngs=nnx.Rngs(0))


def test_a_labeller_maps_the_outputs_of_every_step(layer):
    model = SequenceLabeller(layer, 6, rngs=nnx.Rngs(1))
    np.testing.assert_allclose(model(X), model.output(layer(X)), rtol=1e-6)
    assert model(X).shape == (2, 5, 6)


@pytest.mark.slow
@pytest.mark.parametrize("lengths", [None, jnp.array([5, 2])])
def test_a_classifier_maps_the_outputs_of_the_last_step_there_is(layer, lengths):
    model = SequenceClassifier(layer, 6, rngs=nnx.Rngs(1))
    outputs = layer(X)
    last = jnp.stack([outputs[0, 4], outputs[1, 4 if lengths is None else 1]])
    np.testing.assert_allclose(model(X, lengths), model.output(last), rtol=1e-5)


@pytest.mark.slow
def test_a_decoder_starts_from_the_carry_of_the_encoder():
    model = EncoderDecoder(LSTM(3, 4), LSTM(6, 4), 6, rngs=nnx.Rngs(1))
    shifted = jnp.ones((2, 7, 6))
    carry, _ = model.encoder(X, return_carry=True)
    wanted = model.output(model.decoder(shifted, initial_carry=carry))
    np.testing.assert_allclose(model(X, shifted), wanted, rtol=1e-6)
    assert not np.allclose(model(X, shifted), model.output(model.decoder(shifted)), rtol=1e-3)
