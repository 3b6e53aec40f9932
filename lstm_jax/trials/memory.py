"""Whether an experiment fits into this machine's memory: estimated from its numbers, before anything starts."""

import copy
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from lstm_jax.errors import InputError
from lstm_jax.results.run import flat
from lstm_jax.runtime import memory
from lstm_jax.trials.protocol import Experiment

E = TypeVar("E", bound=Experiment)


def fitting(made: Callable[[Mapping[str, Any]], E], node: Mapping[str, Any]) -> E:
    """The experiment of a configuration, if the least memory that it can do with is there.

    Args:
        made: makes the experiment.
        node: the configuration, plain values.

    Raises:
        InputError: it takes more than the machine has; the sentence names the setting that is to blame and what takes
            most. And as `made`.
    """
    experiment = made(node)
    needed = experiment.memory
    most, total = max(needed, key=lambda words: needed[words]), sum(needed.values())
    if total > (there := memory()):
        raise InputError(
            f"{_to_blame(made, node, total)}{most} take {_words(needed[most])} of the {_words(total)} of memory that "
            f"are needed at least, and this machine has {_words(there)}."
        )
    return experiment


def _to_blame(made: Callable[[Mapping[str, Any]], Experiment], node: Mapping[str, Any], total: int) -> str:
    """The whole number in the configuration without which least would be needed, as a sentence begins with it.

    Empty if no number alone saves half of the total. Tried are the smallest values that are allowed.
    """
    least, words = total / 2, ""
    for name, value in flat(node):
        if type(value) is not int or value < 2:
            continue
        for smaller in sorted({1, value // 2, *(value // 10**digits for digits in range(1, len(str(value))))}):
            try:
                saved = sum(made(_changed(node, name, smaller)).memory.values())
            except Exception:  # what a small number breaks, nobody has asked for
                continue
            if saved < least:
                least, words = saved, f"{name} is {value}: "
            break
    return words


def _changed(node: Mapping[str, Any], path: str, value: int) -> dict[str, Any]:
    """A configuration with another value at a dotted name."""
    new = copy.deepcopy(dict(node))
    inner: Any = new
    *parts, last = path.split(".")
    for part in parts:
        inner = inner[part]
    inner[last] = value
    return new


def _words(size: int) -> str:
    unit, name = (2**40, "TiB") if size >= 2**43 else (2**30, "GiB") if size >= 2**33 else (2**20, "MiB")
    return f"{size / unit:,.0f} {name}"
