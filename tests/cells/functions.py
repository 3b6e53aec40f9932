"""A cell as a user would write it: two functions of one example."""

import jax
import jax.numpy as jnp

UNITS = 3


def init(key, inputs, units=UNITS):
    weights = jax.random.uniform(key, (units, inputs + units), minval=-0.5, maxval=0.5)
    return {"w": weights, "b": jnp.zeros(units)}, jnp.zeros(units)


def step(params, carry, x):
    h = jnp.tanh(params["w"] @ jnp.concatenate([x, carry]) + params["b"])
    return h, h


def wrong_step(params, carry, x):
    return carry, params["w"] @ x
