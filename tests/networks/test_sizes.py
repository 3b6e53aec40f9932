"""The size whose number of weights is nearest, against trying all of them."""

import pytest
from omegaconf import OmegaConf

from lstm_jax.networks.sizes import nearest_size, size_field


@pytest.mark.parametrize("wanted", [0, 1, 7, 100, 101, 110, 9_999, 10**9])
@pytest.mark.parametrize("step", [1, 3])
def test_nearest_is_the_best_of_all(wanted, step):
    def weights(size):
        return size * size + 2 * size

    sizes = range(step, 1001, step)
    assert nearest_size(weights, wanted, step) == min(sizes, key=lambda size: abs(weights(size) - wanted))


@pytest.mark.parametrize(
    ("cell", "field"), [({"name": "lstm", "units": 3}, "units"), ({"name": "memory_blocks", "blocks": 3}, "blocks")]
)
def test_cells_have_one_field_for_their_size(cell, field):
    assert size_field(cell) == field


def test_a_cell_without_a_size_has_none():
    assert size_field({"name": "my_module.step"}) is None


def test_a_size_that_is_still_to_be_given_has_its_field():
    assert size_field(OmegaConf.create({"name": "flax.nnx.GRUCell", "hidden_features": "???"})) == "hidden_features"
