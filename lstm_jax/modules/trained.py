"""Nets that experiments have trained, as layers."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from lstm_jax.errors import InputError
from lstm_jax.modules.layers import Recurrent, unpadded
from lstm_jax.networks import Network, NetworkWeights, network_of
from lstm_jax.options import completed
from lstm_jax.trees import by_name, filled
from lstm_jax.types import Array


@runtime_checkable
class Kept(Protocol):
    """What a run keeps of its nets: a `lstm_jax.results.Run`."""

    @property
    def configuration(self) -> Mapping[str, Any]:
        """The resolved configuration."""
        ...

    @property
    def weights(self) -> Mapping[str, np.ndarray]:
        """The weights of all trials, `[..., trials]`."""
        ...

    @property
    def net(self) -> Mapping[str, Any]:
        """How many `inputs` and `outputs` they have, and whether they read `symbols`."""
        ...


class TrainedNet(nnx.Module):
    """A net of a paper's row as a layer: cells, a `Recurrent` that is its `layer`, and the output units over them.

    Its weights are parameters as those of any layer, and can be learned further.
    """

    def __init__(self, network: Network, weights: NetworkWeights, symbols: bool):
        """Weights are without lanes; with `symbols` it reads symbols."""
        self.network = network
        self.layer = Recurrent(network.cell, symbols=symbols, weights=weights.hidden)
        self.params = nnx.Dict({name: nnx.Param(jnp.asarray(w)) for name, w in by_name(weights.output).items()})

    @property
    def outputs(self) -> int:
        """Number of output units."""
        return self.network.outputs

    @property
    def time_major(self) -> bool:
        """Whether inputs and outputs have the time before the batch."""
        return self.layer.time_major

    def __call__(
        self,
        inputs: Any,
        *,
        lengths: Any = None,
        mask: Any = None,
        resets: Any = None,
        initial_carry: Any = None,
        return_carry: bool = False,
    ) -> Any:
        """Activations of the output units, `[batch, time, outputs]`; all else as `Recurrent`."""
        given = {"lengths": lengths, "mask": mask, "resets": resets, "initial_carry": initial_carry}
        carry, cells = self.layer(inputs, **given, return_carry=True)
        outputs = unpadded(self._of_cells(inputs, cells, lengths, mask), lengths, mask, self.time_major)
        return (carry, outputs) if return_carry else outputs

    def _of_cells(self, inputs: Any, cells: Array, lengths: Any, mask: Any) -> Array:
        """What the output units make of cells `[*batch, time, cells]`."""
        blank = jax.eval_shape(lambda: self.network.init(jax.random.key(0), jnp.float32(1)).output)
        output = filled(blank, {name: param[...] for name, param in self.params.items()}, "weights: ")
        lanes = cells.ndim - 1
        weights = NetworkWeights(None, jax.tree.map(lambda w: w.reshape(*w.shape, *(1,) * lanes), output))
        if self.layer.symbols:
            x = unpadded(jnp.asarray(inputs)[..., None], lengths, mask, self.time_major)[..., 0]
        else:
            x = jnp.moveaxis(unpadded(jnp.asarray(inputs, cells.dtype), lengths, mask, self.time_major), -1, 0)
        return jnp.moveaxis(self.network.output(weights, x, jnp.moveaxis(cells, -1, 0)), 0, -1)

    def last(self, outputs: Array, lengths: Any = None, mask: Any = None) -> Array:
        """What the net answers when it has seen the whole sequence; zeros of a sequence without steps."""
        return self.layer.last(outputs, lengths, mask)


def trained(run: Kept, trial: int = 0) -> TrainedNet:
    """The net of a trial of a run, as it was when it met the criterion or, unsolved, at its end.

    Args:
        run: as `lstm_jax.train` returns it, or one of `lstm_jax.load(folder).runs`.
        trial: its number.

    Raises:
        InputError: the run has no such trial, no weights, or nets that are no layers of cells.
    """
    node = completed(run.configuration)
    if "name" in node["network"]:
        raise InputError(f"network is {node['network']['name']}: only layers of cells with output units can be layers.")
    network = network_of(node["network"], run.net["inputs"], run.net["outputs"])
    blank = jax.eval_shape(lambda: network.init(jax.random.key(0), jnp.float32(1)))
    weights = run.weights
    trials = next(iter(weights.values())).shape[-1]
    if not 0 <= trial < trials:
        raise InputError(f"trial is {trial}: it should be from 0 to {trials - 1}.")
    own = filled(blank, {name: w[..., trial] for name, w in weights.items()}, "weights: ")
    return TrainedNet(network, own, run.net["symbols"])
