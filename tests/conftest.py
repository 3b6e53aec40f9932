"""How every test runs: array shapes checked against the annotations, no silent change of dtype.

The hook must be in place before any module of `lstm_jax` is imported; a subprocess that a test starts has none of this.
"""

import gc
import os
import signal
from collections.abc import Iterator

# XLA takes two of its own preferences for features that this machine lacks, and says so whenever it loads what it has
# compiled. It asks once, when it is imported, what to leave unsaid; processes that tests start say everything.
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import jax
import pytest
from jaxtyping import install_import_hook
from xdist.scheduler import LoadFileScheduling

del os.environ["TF_CPP_MIN_LOG_LEVEL"]

install_import_hook("lstm_jax", "beartype.beartype")

import lstm_jax  # noqa: E402

lstm_jax.make_fast()

jax.config.update("jax_numpy_dtype_promotion", "strict")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts `scripts/test &` deaf to Ctrl-C, and the commands that tests interrupt would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Keep what is compiled for the next time, which then takes half as long; `pytest --cache-clear` drops it.

    JAX finds it again by the program, the settings and the release of XLA. Processes that tests start compile anew, as
    users' do: there JAX would write into standard error, and what a killed one leaves half written would stay.
    """
    if config.pluginmanager.has_plugin("cacheprovider"):
        assert config.cache is not None
        jax.config.update("jax_compilation_cache_dir", str(config.cache.mkdir("compiled")))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


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
