"""Models are their layers and one linear map."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from lstm_jax.cells import GRU, LSTM
from lstm_jax.modules import (
    Bidirectional,
    EncoderDecoder,
    Recurrent,
    SequenceClassifier,
    SequenceLabeller,
    Stack,
)

X = jnp.asarray(np.random.default_rng(0).standard_normal((2, 5, 3)), jnp.float32)


@pytest.fixture
def layer() -> Recurrent:
    return Recurrent(LSTM(3, 4), rngs=nnx.Rngs(0))


def test_a_labeller_maps_the_outputs_of_every_step(layer):
    model = SequenceLabeller(layer, 6, rngs=nnx.Rngs(1))
    np.testing.assert_allclose(model(X), model.output(layer(X)), rtol=1e-6)
    assert model(X).shape == (2, 5, 6)


@pytest.mark.slow
@pytest.mark.parametrize("lengths", [None, [5, 2]])
def test_a_classifier_maps_the_outputs_of_the_last_step_there_is(layer, lengths):
    model = SequenceClassifier(layer, 6, rngs=nnx.Rngs(1))
    outputs = layer(X)
    last = jnp.stack([outputs[0, 4], outputs[1, 4 if lengths is None else 1]])
    np.testing.assert_allclose(model(X, lengths), model.output(last), rtol=1e-5)


@pytest.mark.slow
def test_a_classifier_has_seen_the_whole_sequence_in_both_directions():
    """The last carries, as PyTorch's h_n, of LSTM cells and of GRUs; the latter's carry is what they show."""
    both = Bidirectional(LSTM(3, 4), GRU(3, 4), rngs=nnx.Rngs(0))
    backward = Recurrent(LSTM(3, 4), reverse=True, rngs=nnx.Rngs(2))
    lengths = jnp.array([3, 0], jnp.uint8)
    (forth, back), _ = both(X, lengths=lengths, return_carry=True)
    wanted = jnp.concatenate([forth.output, back], axis=1)
    for layer in (both, Stack([both])):
        model = SequenceClassifier(layer, 6, rngs=nnx.Rngs(1))
        np.testing.assert_allclose(model(X, lengths), model.output(wanted), rtol=1e-5)
    model = SequenceClassifier(backward, 6, rngs=nnx.Rngs(1))
    np.testing.assert_allclose(model(X), model.output(backward(X, return_carry=True)[0].output), rtol=1e-5)


@pytest.mark.slow
def test_padding_before_a_sequence_is_as_none():
    both = Bidirectional(LSTM(3, 4), GRU(3, 4), rngs=nnx.Rngs(0))
    labeller, classifier = (kind(both, 6, rngs=nnx.Rngs(1)) for kind in (SequenceLabeller, SequenceClassifier))
    translator, shifted = EncoderDecoder(LSTM(3, 4), LSTM(3, 4), 6, rngs=nnx.Rngs(1)), X[1:, :3]
    mask, padded = np.array([[False, False, True, True, True]]), jnp.where(jnp.arange(5)[:, None] < 2, jnp.nan, X[:1])
    alone = X[:1, 2:]
    for model, more in ((labeller, ()), (classifier, ()), (translator, (shifted,))):
        logits = model(padded, *more, mask=mask)
        own = logits[:, 2:] if model is labeller else logits
        np.testing.assert_allclose(own, model(alone, *more), rtol=1e-5, atol=1e-6)


def test_models_read_symbols_where_their_layers_do():
    symbols, vectors = jnp.array([[0, 2], [1, 1]]), jax.nn.one_hot(jnp.array([[0, 2], [1, 1]]), 3)
    by_symbols, by_vectors = (
        EncoderDecoder(LSTM(3, 4), LSTM(3, 4), 6, symbols=s, rngs=nnx.Rngs(1)) for s in (True, False)
    )
    np.testing.assert_allclose(by_symbols(symbols, symbols), by_vectors(vectors, vectors), rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_a_decoder_starts_from_the_carry_of_the_encoder():
    model = EncoderDecoder(LSTM(3, 4), LSTM(6, 4), 6, rngs=nnx.Rngs(1))
    shifted = jnp.ones((2, 7, 6))
    carry, _ = model.encoder(X, return_carry=True)
    wanted = model.output(model.decoder(shifted, initial_carry=carry))
    np.testing.assert_allclose(model(X, shifted), wanted, rtol=1e-6)
    assert not np.allclose(model(X, shifted), model.output(model.decoder(shifted)), rtol=1e-3)
