"""An optimizer as a user would write it, which looks at all of a net's weights at once."""

import optax


def clipped(learning_rate, most, sign=-1):
    return optax.chain(optax.clip_by_global_norm(most), optax.scale(-sign * learning_rate), optax.scale(-1.0))


def no_transformation(learning_rate):
    return learning_rate
