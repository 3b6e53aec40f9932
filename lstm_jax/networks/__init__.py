"""A hidden layer of cells with output units on top."""

from lstm_jax.networks.network import Network, NetworkWeights, network_of

__all__ = ["Network", "NetworkWeights", "network_of"]
