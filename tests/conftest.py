"""How every test runs: array shapes checked against the annotations, no silent change of dtype.

The hook must be in place before any module of `lstm_jax` is imported; a subprocess that a test starts has none of this.
"""

import signal
from collections.abc import Iterator

import jax
import pytest
from jaxtyping import install_import_hook

install_import_hook("lstm_jax", "beartype.beartype")

import lstm_jax  # noqa: E402

lstm_jax.make_fast()

jax.config.update("jax_numpy_dtype_promotion", "strict")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts `scripts/test &` deaf to Ctrl-C, and the commands that tests interrupt would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def float64() -> Iterator[None]:
    """Compute in float64 for the length of one test."""
    with jax.enable_x64(True):
        yield
