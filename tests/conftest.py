"""How every test runs: array shapes checked against the annotations, no silent change of dtype.

The hook must be in place before any module of `lstm_jax` is imported; a subprocess that a test starts has none of this.
"""

import gc
import signal
from collections.abc import Iterator

import jax
import pytest
from jaxtyping import install_import_hook
from xdist.scheduler import LoadFileScheduling

install_import_hook("lstm_jax", "beartype.beartype")

import lstm_jax  # noqa: E402

lstm_jax.make_fast()

jax.config.update("jax_numpy_dtype_promotion", "strict")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts `scripts/test &` deaf to Ctrl-C, and the commands that tests interrupt would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


class FilesTogether(LoadFileScheduling):
    """A worker runs the tests of a file together, and those of all files that compare the same gradients."""

    def _split_scope(self, nodeid: str) -> str:
        return "tests/gradients" if nodeid.startswith("tests/gradients/") else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)  # xdist may be switched off
def pytest_xdist_make_scheduler(config: pytest.Config, log) -> FilesTogether | None:
    return FilesTogether(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    # What has been imported stays: the garbage collector need not look at it again and again.
    gc.freeze()


@pytest.fixture
def float64() -> Iterator[None]:
    """Compute in float64 for the length of one test."""
    with jax.enable_x64(True):
        yield
