"""Thin Hydra programs over `lstm_jax`."""
