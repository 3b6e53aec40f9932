"""Layers in files: they come back as they were, and a file of something else is refused."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from lstm_jax.cells import CELLS, GRU, LSTM, MLSTM, Residual, Stacked
from lstm_jax.errors import InputError
from lstm_jax.modules import Bidirectional, NNXCell, Recurrent, Stack, load, save
from lstm_jax.safetensors import decoded, encoded
from tests.cells.test_registry import NODES, make

RNGS = nnx.Rngs(0)
X = np.random.default_rng(0).standard_normal((2, 4, 3)).astype(np.float32)


@pytest.mark.slow
@pytest.mark.parametrize(
    "layer",
    [
        Recurrent(LSTM(3, 2, forget_gate_bias=1.0), reverse=True, checkpoint_every=2, rngs=RNGS),
        Bidirectional(GRU(3, 2), LSTM(3, 1), rngs=RNGS),
        Stack([Recurrent(GRU(3, 3), rngs=RNGS), Bidirectional(GRU(3, 1), GRU(3, 2), rngs=RNGS)], residual=True),
        Recurrent(Stacked((Residual(GRU(3, 3)), LSTM(3, 2))), dtype=jnp.bfloat16, rngs=RNGS),
        Recurrent(GRU(3, 2), param_dtype=jnp.bfloat16, rngs=RNGS),
        Recurrent(MLSTM(3, 2), chunk_size=3, rngs=RNGS),
    ],
    ids=str,
)
def test_a_layer_comes_back_as_it_was(tmp_path, layer: Any):
    save(layer, tmp_path / "layer.safetensors")
    back: Any = load(tmp_path / "layer.safetensors")
    assert type(back) is type(layer)
    if isinstance(layer, Recurrent):
        for name in ("reverse", "checkpoint_every", "chunk_size"):
            assert getattr(back, name) == getattr(layer, name)
    found, wanted = back(X), layer(X)
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found, wanted)
    save(back, tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "layer.safetensors").read_bytes()


@pytest.mark.parametrize("name", NODES)
def test_every_cell_is_written_with_its_settings(tmp_path, name):
    layer = Recurrent(make(name), rngs=nnx.Rngs(0))
    save(layer, tmp_path / "layer.safetensors")
    back: Any = load(tmp_path / "layer.safetensors")
    assert back.cell == layer.cell and type(back.cell) is type(layer.cell)


def test_a_layer_of_symbols_and_of_a_cell_of_flax_comes_back(tmp_path):
    cell = NNXCell(inputs=3, cell="flax.nnx.GRUCell", settings=(("hidden_features", 2),))
    save(Recurrent(cell, symbols=True, rngs=nnx.Rngs(0)), tmp_path / "layer.safetensors")
    back: Any = load(tmp_path / "layer.safetensors")
    assert back.symbols and back.cell == cell


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "layer.safetensors"
    with pytest.raises(InputError, match="there is no such file"):
        load(path)
    path.write_bytes(encoded({"x": np.ones(2)}, {"format": "pt"}))
    with pytest.raises(InputError, match=r"layer\.safetensors holds no layer of lstm_jax\.modules"):
        load(path)
    save(Recurrent(CELLS["gru"](inputs=3, units=2), rngs=nnx.Rngs(0)), path)
    arrays, metadata = decoded(path.read_bytes(), path)
    path.write_bytes(encoded(arrays | {"0.update_gate.bias": np.ones(3)}, metadata))
    with pytest.raises(
        InputError, match=r"safetensors: 0\.update_gate\.bias has the shape \(3,\): it should have \(2,\)"
    ):
        load(path)
