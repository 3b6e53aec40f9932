"""How a learning rate changes during training."""

from typing import Annotated, Any, Literal

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.configuration import Varies, configuration
from lstm_jax.errors import InputError


@configuration
class Schedule:
    """What the learning rate is multiplied with after n changes of the weights: a rise, times a fall.

        rise(n) = min(1, n / warmup)
        fall(n) = 1                                                                     constant
                = final + (1 - final) (1 + cos(pi min(1, m / (steps - warmup)))) / 2    cosine
                = factor^m                                                              exponential

    Here m = max(0, n - warmup).

    >>> schedule = Schedule("cosine", warmup=2, steps=6)
    >>> [round(x, 2) for x in schedule.factor_after(jnp.arange(7)).tolist()]
    [0.0, 0.5, 1.0, 0.85, 0.5, 0.15, 0.0]
    """

    name: Literal["constant", "cosine", "exponential"] = "constant"
    """How the rate falls."""
    warmup: Annotated[int, Field(ge=0)] = 0
    """Number of changes during which the rate rises from 0; 0 for none."""
    steps: Annotated[int, Field(ge=1)] | None = None
    """Number of changes after which a cosine ends, those of the rise included; None for other schedules."""
    final: Annotated[float, Field(ge=0, lt=1), Varies] = 0.0
    """Share of the rate that a cosine ends with, from 0 to below 1."""
    factor: Annotated[float, Field(gt=0, le=1), Varies] = 1.0
    """Share of the rate that is left after each change, if it falls exponentially (Gers et al. 2000)."""

    def __post_init__(self) -> None:
        if self.name == "cosine" and self.steps is None:
            raise InputError("steps is missing: a cosine needs the number of changes after which it ends.")
        for setting, owner in (("final", "cosine"), ("factor", "exponential")):
            usual = type(self).__dataclass_fields__[setting].default
            if self.name != owner and getattr(self, setting) != usual:
                raise InputError(
                    f"{setting} is {getattr(self, setting)}: only {owner} has it, and name is {self.name!r}."
                )
        if self.name == "cosine" and self.steps is not None and self.steps <= self.warmup:
            raise InputError(f"steps is {self.steps}: a cosine should have more than the {self.warmup} of the warmup.")
        if self.name != "cosine" and self.steps is not None:
            raise InputError(f"steps is {self.steps}: only a cosine has an end, and name is {self.name!r}.")

    def factor_after(self, changes: Any) -> Any:
        """The factor after so many changes, `[*lanes]` each."""
        n = changes.astype(jnp.result_type(float))
        rise = jnp.minimum(1.0, n / self.warmup) if self.warmup else jnp.ones_like(n)
        m = jnp.maximum(0.0, n - self.warmup)
        if self.name == "cosine":
            assert self.steps is not None
            part = jnp.minimum(1.0, m / (self.steps - self.warmup))
            return rise * (self.final + (1 - self.final) * (1 + jnp.cos(jnp.pi * part)) / 2)
        return rise * self.factor**m if self.name == "exponential" else rise
