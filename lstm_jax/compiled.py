"""Functions that XLA compiles for every program of trials: they are kept for the next call, but not without end.

Linux gives a process 65,530 memory maps, and a compiled program takes several hundred of them. A study with hundreds of
programs would use them up, and LLVM then ends the process.
"""

from collections.abc import Callable
from typing import Any

import jax

MOST = 32
"""After so many programs all compiled functions are dropped; what still runs is compiled once more."""

_functions: list[Any] = []
_ended = 0


def kept(function: Callable[..., Any], **options: Any) -> Any:
    """As `jax.jit` with these options; what is compiled is dropped after `MOST` programs.

    >>> twice = kept(lambda x: 2 * x)
    >>> int(twice(3))
    6
    """
    _functions.append(jax.jit(function, **options))
    return _functions[-1]


def program_ended() -> None:
    """Count a program of trials that has ended, and drop what was compiled if there were `MOST` of them."""
    global _ended
    _ended += 1
    if _ended % MOST == 0:
        for function in _functions:
            function.clear_cache()
