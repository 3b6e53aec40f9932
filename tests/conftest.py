"""How every test runs: array shapes checked against the annotations, no silent change of dtype.

The hook must be in place before any module of `lstm_jax` is imported; a subprocess that a test starts has none of this.
"""

import atexit
import gc
import shutil
import signal
import tempfile
from collections.abc import Iterator

import jax
import pytest
from jaxtyping import install_import_hook
from xdist.scheduler import LoadFileScheduling

install_import_hook("lstm_jax", "beartype.beartype")

import lstm_jax  # noqa: E402

lstm_jax.make_fast()

jax.config.update("jax_numpy_dtype_promotion", "strict")

# Many tests compile what others of their file have compiled: they find it in a folder of this worker's own, as two
# that write to one would read half of what the other has written. Programs that tests start do without.
compiled = tempfile.mkdtemp(prefix="lstm-jax-compiled-")
atexit.register(shutil.rmtree, compiled, ignore_errors=True)
jax.config.update("jax_compilation_cache_dir", compiled)
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)

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
