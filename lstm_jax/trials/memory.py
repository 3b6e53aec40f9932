"""Whether an experiment fits into this machine's memory: estimated from its numbers, before anything starts."""

from typing import TypeVar

from lstm_jax.errors import InputError
from lstm_jax.runtime import memory
from lstm_jax.trials.protocol import Experiment

E = TypeVar("E", bound=Experiment)


def fitting(experiment: E) -> E:
    """The experiment, if the least memory that it can do with is there.

    Raises:
        InputError: it takes more than the machine has; the sentence names what takes most.
    """
    needed = experiment.memory
    most, total = max(needed, key=lambda words: needed[words]), sum(needed.values())
    if total > (there := memory()):
        raise InputError(
            f"{most} take {_words(needed[most])} of the {_words(total)} of memory that are needed at least, and this "
            f"machine has {_words(there)}."
        )
    return experiment


def _words(size: int) -> str:
    unit, name = (2**40, "TiB") if size >= 2**43 else (2**30, "GiB") if size >= 2**33 else (2**20, "MiB")
    return f"{size / unit:,.0f} {name}"
