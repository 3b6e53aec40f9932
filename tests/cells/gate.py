"""A cell as a user would write it whose weights have three axes and one."""

import jax
import jax.numpy as jnp


def init(key, inputs, units=3):
    weights = jax.random.uniform(key, (2, units, inputs + units), minval=-0.5, maxval=0.5)
    return {"w": weights, "z": jnp.float32(-1.0)}, jnp.zeros(units)


def step(params, carry, x):
    candidate, gate = params["w"] @ jnp.concatenate([x, carry])
    gate = jax.nn.sigmoid(gate + params["z"])
    h = (1 - gate) * carry + gate * jnp.tanh(candidate)
    return h, h
