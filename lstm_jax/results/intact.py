"""Whether the directory of a run holds what was written there.

Its name ends with a hash of the configuration, and beside the results stands `SHA256SUMS`, which `sha256sum --check`
reads, too, and which `provenance.json` says is there. Records of older versions have no such file and say nothing of
it: of those the name is checked, and that records and summary agree.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from lstm_jax.errors import InputError
from lstm_jax.results import files

SUMS = "SHA256SUMS"

EXPECTED = "checksums"
"""Field of `provenance.json` that names the file of checksums of a run that has one."""

WEIGHTS = "weights.safetensors"
"""File with the weights of a run's nets: of training, and not in records that did without or are older."""

SEALED = ("configuration.json", "provenance.json", "trials.jsonl", "curves.npz")
"""Files of a run that are final when `summary.json` is written."""


def named(label: str, resolved: str) -> str:
    """The name of a run's directory: a label and a hash of the configuration, JSON."""
    return f"{label}-{_hash(resolved.encode())[:8]}"


def finish(directory: Path, summary: Any) -> None:
    """Write the checksums and then `summary.json`: where that stands, all other files are final.

    Args:
        directory: of a run, with the files of `SEALED` and perhaps that of `WEIGHTS`.
        summary: plain values.
    """
    text = files.json_text(summary)
    there = [*SEALED, WEIGHTS] if (directory / WEIGHTS).exists() else SEALED
    sums = {name: _hash((directory / name).read_bytes()) for name in there} | {"summary.json": _hash(text.encode())}
    files.write_text(directory / SUMS, "".join(f"{found}  {name}\n" for name, found in sums.items()))
    files.write_text(directory / "summary.json", text)


def check(directory: Path, *names: str) -> None:
    """Refuse files of a finished run that are missing or not what was written.

    Args:
        directory: of a run; if it is not finished its name alone is looked at.
        names: of files in it, besides `configuration.json`.

    Raises:
        InputError: naming the file and the cure.
    """
    path = directory / "configuration.json"
    own = re.search(r"-([0-9a-f]{8})$", directory.name)
    if own and path.exists() and not _hash(path.read_bytes().rstrip(b"\n")).startswith(own[1]):
        raise damaged(path, f"is not the configuration that {directory.name} is named by")
    if not (directory / "summary.json").exists():
        return
    sums = _sums(directory / SUMS)
    if sums is None:
        if _expects_sums(directory / "provenance.json"):
            raise damaged(directory / SUMS, "is missing")
        return
    for name in (path.name, *names):
        if name not in sums:
            raise damaged(directory / SUMS)
        if sums[name] != _hash(_content(directory / name)):
            raise damaged(directory / name, "is not what was written there")


def read_json(path: Path) -> Any:
    """The plain values of a JSON file.

    Raises:
        InputError: it is damaged or missing.
        OSError: it cannot be read.
    """
    return _decoded(path, _content(path))


def read_json_lines(path: Path) -> list[Any]:
    """The plain values of a file with a JSON value on each line. Raises as `read_json`."""
    return [_decoded(path, line) for line in _content(path).splitlines()]


def damaged(path: Path, reason: str = "is half-written or damaged") -> InputError:
    """The error about a file of a finished run, with the cure."""
    return InputError(f"{path} {reason}; remove its directory to run this again.")


def _sums(path: Path) -> dict[str, str] | None:
    """The checksum of each file by its name; None where there is no such file, as in older versions."""
    if not path.exists():
        return None
    lines = path.read_text(errors="replace").splitlines()
    return {name: found for found, _, name in (line.partition("  ") for line in lines)}


def _expects_sums(provenance: Path) -> bool:
    """Whether a run says that it has checksums; one whose provenance cannot be read is told by who reads that."""
    try:
        return EXPECTED in json.loads(provenance.read_bytes())
    except (OSError, ValueError, TypeError, RecursionError):
        return False


def _decoded(path: Path, text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # no JSON, no text, or nested without end
        raise damaged(path) from None


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise damaged(path, "is missing") from None


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
