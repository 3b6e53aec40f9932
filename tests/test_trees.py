"""Arrays by names: a tree comes back from them, and what does not fit is told."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells import GRU
from lstm_jax.errors import InputError
from lstm_jax.trees import by_name, filled

TREE = {"gate": [np.zeros((2, 3)), None], "bias": np.ones(2)}


def test_a_tree_comes_back_from_its_arrays():
    arrays = by_name(TREE)
    assert list(arrays) == ["bias", "gate.0"]
    back = filled(TREE, arrays, "")
    assert back["gate"][1] is None and back["bias"] is TREE["bias"] and back["gate"][0] is TREE["gate"][0]


@pytest.mark.parametrize(
    ("arrays", "wanted"),
    [
        ({"bias": np.ones(2)}, "my gate.0 is missing: it should have the shape (2, 3)."),
        (by_name(TREE) | {"bias": np.ones((1, 2))}, "my bias has the shape (1, 2): it should have (2,)."),
        (by_name(TREE) | {"x": np.ones(2)}, "my x is one too many: there should be bias, gate.0."),
    ],
)
def test_what_does_not_fit_is_told_by_its_name_and_shapes(arrays, wanted):
    with pytest.raises(InputError) as error:
        filled(TREE, arrays, "my ")
    assert str(error.value) == wanted


def test_weights_are_named_by_group_and_source():
    weights = GRU(inputs=2, units=3).init(jax.random.key(0), jnp.float32(1))
    names = by_name(weights, "_")
    assert list(names)[:2] == ["reset_gate_input", "reset_gate_hidden"]
