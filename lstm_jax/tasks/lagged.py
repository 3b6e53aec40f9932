"""Tasks with their lag as a number, so that learning can be measured over it.

The lag of an element that has to be kept is the number of steps from the one that shows it to the one that asks for it:
shown at step 3 and asked for at step 10 it is 7. The lag of a task is the shortest it has: that of its last such
element, when it comes as late and the end as early as they may. In `parity` and `modular_sum`, where every element
matters up to the end, it is that of the first element, in the shortest sequence.

All functions give just the lag they are asked for, but those of tasks whose lengths are multiples of 10:
`two_sequences` (7, 17, 27, ...), `adding` and `multiplication` (15, 20, 25, ...) round up to the next lag that they
have. No number of inputs, outputs or symbols depends on the lag, so that nets have as many weights at each.
"""

from collections.abc import Callable
from typing import Any

from lstm_jax.configuration import imported
from lstm_jax.errors import InputError, unknown

INFORMATIVE = 3
"""Elements that tell the class in `two_sequences`."""
SYMBOLS = 5
"""Symbols to be given back in `copy_memory`."""


def distractors(lag: int) -> dict[str, Any]:
    """Experiment 2c with 20 distractors: the lag is from x or y to an e that comes as early as it may, q + 1."""
    _check("distractors", lag, least=1)
    return {"name": "distractors", "p": 20, "q": lag - 1}


def two_sequences(lag: int) -> dict[str, Any]:
    """Experiment 3a: the lag is from the last of three informative elements to the end, T - 3; T is rounded up."""
    _check("two_sequences", lag, least=1)
    return {"name": "two_sequences", "length": _tens(lag + INFORMATIVE), "informative": INFORMATIVE}


def adding(lag: int) -> dict[str, Any]:
    """Experiment 4: the lag is from a second mark that comes as late as it may to the end, T/2; T is rounded up."""
    return _marked("adding", lag)


def multiplication(lag: int) -> dict[str, Any]:
    """Experiment 5: the lag is from a second mark that comes as late as it may to the end, T/2; T is rounded up."""
    return _marked("multiplication", lag)


def temporal_order_2(lag: int) -> dict[str, Any]:
    """Experiment 6a, whose 39 steps are scaled: the lag is from a second X or Y as late as it may be to the end."""
    return _temporal_order("temporal_order_2", lag, ((10, 20), (50, 60)))


def temporal_order_3(lag: int) -> dict[str, Any]:
    """Experiment 6b, whose 23 steps are scaled: the lag is from a third X or Y as late as it may be to the end."""
    return _temporal_order("temporal_order_3", lag, ((10, 20), (33, 43), (66, 76)))


def latch(lag: int) -> dict[str, Any]:
    """The latch problem with targets 1 and 0: the lag is from the first element, which tells the class, to the end."""
    _check("latch", lag, least=1)
    return {"name": "latch", "targets": [1.0, 0.0], **_lengths(lag + 1)}


def copy_memory(lag: int) -> dict[str, Any]:
    """Copying five symbols: the lag is from each of them to the step where it is to be given back."""
    _check("copy_memory", lag, least=SYMBOLS + 1)
    return {"name": "copy_memory", "symbols": SYMBOLS, "delay": lag - SYMBOLS - 1}


def parity(lag: int) -> dict[str, Any]:
    """Parity without noise: the lag is from the first element to the end, the length minus one."""
    _check("parity", lag, least=1)
    return {"name": "parity", **_lengths(lag + 1)}


def modular_sum(lag: int) -> dict[str, Any]:
    """The sum modulo 3: the lag is from the first element to the end, the length minus one."""
    _check("modular_sum", lag, least=1)
    return {"name": "modular_sum", "modulus": 3, **_lengths(lag + 1)}


def delayed_xor(lag: int) -> dict[str, Any]:
    """Exclusive or: the lag is from the second of the two elements to the end, the length minus two."""
    _check("delayed_xor", lag, least=1)
    return {"name": "delayed_xor", **_lengths(lag + 2)}


LAGGED: dict[str, Callable[[int], dict[str, Any]]] = {
    "distractors": distractors,
    "two_sequences": two_sequences,
    "adding": adding,
    "multiplication": multiplication,
    "temporal_order_2": temporal_order_2,
    "temporal_order_3": temporal_order_3,
    "latch": latch,
    "copy_memory": copy_memory,
    "parity": parity,
    "modular_sum": modular_sum,
    "delayed_xor": delayed_xor,
}
"""Tasks by name: from a lag to the plain values of a configuration's node `task`."""


def lagged(name: str, lag: Any) -> dict[str, Any]:
    """The node `task` of a task that has a lag.

    >>> lagged("distractors", 100)
    {'name': 'distractors', 'p': 20, 'q': 99}

    Args:
        name: a key of `LAGGED`, or `module.function` for one of yours.
        lag: a whole number of steps; see above.

    Raises:
        InputError: there is no such task, or not with this lag.
    """
    if not isinstance(lag, int) or isinstance(lag, bool):
        raise InputError(f"lag is {lag!r}: it should be a whole number of steps.")
    return (LAGGED.get(name) or _own(name))(lag)


def _own(name: str) -> Any:
    """A function of somebody's own."""
    if "." not in name:
        raise unknown(f"task is {name!r}", name, LAGGED, ", or module.function for your own")
    function = imported(name, "task")
    if not callable(function):
        raise InputError(f"task is {name!r}: it should name a function from a lag to a task's settings.")
    return function


def _check(name: str, lag: int, least: int) -> None:
    if lag < least:
        raise InputError(f"lag is {lag}: {name} should have at least {least}.")


def _tens(length: int) -> int:
    """The next multiple of ten."""
    return -(-length // 10) * 10


def _lengths(shortest: int) -> dict[str, int]:
    """Lengths between the shortest and a tenth more, as in the paper."""
    return {"min_length": shortest, "max_length": shortest + shortest // 10}


def _marked(name: str, lag: int) -> dict[str, Any]:
    _check(name, lag, least=10)
    return {"name": name, "length": max(_tens(2 * lag), 30)}  # at 20 the second mark would have too few places


def _temporal_order(name: str, lag: int, positions: tuple[tuple[int, int], ...]) -> dict[str, Any]:
    """The paper's task, of length 100 with these positions, scaled so that the last position and the lag fit."""
    _check(name, lag, least=10)
    scale = lag / (99 - positions[-1][-1])
    scaled = [[round(scale * first), round(scale * last)] for first, last in positions]
    return {"name": "temporal_order", "positions": scaled, **_lengths(scaled[-1][-1] + lag + 1)}
