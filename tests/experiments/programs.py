"""Starting the programs as a user does, or within this process, which saves starting Python and JAX."""

import contextlib
import io
import logging
import os
import runpy
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from hydra.core.hydra_config import HydraConfig

from experiments import at_work


def command(program: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", f"experiments.{program}", *arguments]


def run(program: str, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(program, *arguments), capture_output=True, text=True, cwd=cwd, check=False)


def call(
    program: str, *arguments: str, cwd: Path | None = None, patience: float = 1e6
) -> subprocess.CompletedProcess[str]:
    """What `run` gives, from this process: what is imported and compiled is not imported and compiled again.

    An exception that the program lets out comes out of here. After `patience` seconds without a word the program says
    that it has started.
    """
    out, error, status = io.StringIO(), io.StringIO(), 0
    with (
        mock.patch.object(sys, "argv", [program, *arguments]),
        mock.patch.dict(os.environ),
        contextlib.chdir(cwd or Path.cwd()),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(error),
        mock.patch.object(at_work, "SOON", patience),  # what a test sees does not go by the clock
        _as_it_was(),
        warnings.catch_warnings(),
    ):
        # A test may have imported the program; here it is read afresh, as by a process.
        warnings.filterwarnings("ignore", ".* found in sys.modules", RuntimeWarning)
        try:
            runpy.run_module(f"experiments.{program}", run_name="__main__")
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
    return subprocess.CompletedProcess([program, *arguments], status, out.getvalue(), error.getvalue())


@contextlib.contextmanager
def _as_it_was() -> Iterator[None]:
    """Undo what Hydra sets in a process: handlers of the log, and its own configuration."""
    root, hydra = logging.getLogger(), HydraConfig.instance()
    handlers, level, config = root.handlers[:], root.level, hydra.cfg
    try:
        # Hydra closes all handlers that there are, and absl's closes the stream that it writes to, which is pytest's.
        with mock.patch.object(logging, "_handlerList", []):
            yield
    finally:
        for handler in root.handlers:
            if handler not in handlers:
                handler.close()
        root.handlers[:], hydra.cfg = handlers, config
        root.setLevel(level)
