"""Writing files atomically and reading them with clear errors.

A file is written under a temporary name in its own directory and renamed: a reader sees the old or the new content,
never half of it.
"""

import fcntl
import json
import os
import re
import resource
import zipfile
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from lstm_jax.errors import InputError

UNREADABLE = (InputError, OSError, ValueError, LookupError, TypeError, AttributeError)
"""Errors that a damaged file causes, or one of another program."""

TEMPORARY = re.compile(r"\..+-\d+")
"""Names of files that are being written: a dot, what they will be called, and the number of the process."""

MANY = 1 << 16
"""Number of files that a process may need to have open."""


def directory(path: Path, field: str) -> Path:
    """Make a directory that can be written to.

    Raises:
        InputError: it cannot be made or written to; `field` is the setting it came from.
    """
    probe = path / f".write-{os.getpid()}"
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise InputError(
            f"{field} is {str(path)!r}: it should be a directory that can be written to ({reason})."
        ) from None
    return path


def target(path: str | Path, field: str) -> Path:
    """A file that can be written: its directory is made.

    Raises:
        InputError: it is a directory, or its directory cannot be written to; `field` is the setting it came from.
    """
    found = Path(path)
    if not str(path) or found.is_dir():
        raise InputError(f"{field} is {str(path)!r}: it should be a file, and this is a directory.")
    directory(found.parent, field)
    return found


def allow_many() -> None:
    """Let this process have `MANY` files open, or as many as the system permits.

    A sweep holds a lock in each of a thousand directories; what most systems allow a process at first is 1024 files.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY if hard == resource.RLIM_INFINITY else min(MANY, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@contextmanager
def locked(path: Path) -> Generator[None, None, None]:
    """Keep a directory for this process alone; the system takes the lock back when the process ends, however it ends.

    What processes that were killed had begun to write there is removed.

    Raises:
        InputError: another process, or another run of this one, has it.
    """
    # The lock file stays: removing it would let two processes lock two files of that name.
    with (path / ".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{path} is in use: another process is running there; wait for it, or stop it.") from None
        for left in path.iterdir():
            if TEMPORARY.fullmatch(left.name):
                left.unlink(missing_ok=True)
        yield


def tidy(path: Path) -> None:
    """Remove what killed processes have left half-written in a directory, unless one is running there."""
    if any(TEMPORARY.fullmatch(left.name) for left in path.iterdir()):
        with suppress(InputError, OSError), locked(path):
            pass


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file atomically."""
    _replace(path, lambda file: file.write(content))


def write_json(path: Path, content: Any) -> None:
    """Write plain values as JSON that people can read, atomically."""
    write_text(path, json_text(content))


def json_text(content: Any) -> str:
    """Plain values as JSON that people can read."""
    return json.dumps(content, indent=1) + "\n"


def write_json_lines(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Write one JSON object per line, atomically."""
    write_text(path, "".join(json.dumps(record) + "\n" for record in records))


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """Read a file written by `write_json_lines`."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays as an npz file, atomically."""
    _replace(path, lambda file: np.savez(file, allow_pickle=False, **arrays))


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read a file written by `write_arrays`.

    Raises:
        InputError: the file is damaged or is something else.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except Exception as error:
        raise _damaged(path, type(error).__name__) from None


def check_arrays(path: Path) -> None:
    """Refuse a file that ends otherwise than one written by `write_arrays`: what is in it is not read.

    Raises:
        InputError: the file has been cut short or is something else.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        if not zipfile.is_zipfile(file):
            raise _damaged(path, "it does not end as such a file")


def _damaged(path: Path, reason: str) -> InputError:
    return InputError(f"{path} is damaged or not of this program ({reason}); remove it to start this run again.")


def _replace(path: Path, write) -> None:
    temporary = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from None
