"""Where a result comes from: command, commit, machine."""

import json
import platform
import shlex
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lstm_jax import __version__
from lstm_jax.errors import InputError
from lstm_jax.places import INSTALLED
from lstm_jax.results import files, intact
from lstm_jax.runtime import cores, given_flags


def describe(libraries: Sequence[str] = ("jax", "jaxlib", "optax")) -> dict[str, Any]:
    """The running program's command, the checkout's commit, the machine and libraries' versions, as plain values.

    Settings of XLA that are the user's are there, too, if there are any: bits may depend on them.
    """
    flags = given_flags()
    return {
        "command": _command(),
        "commit": _commit(),
        "processor": _processor(),
        "cores": cores(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {
            "lstm-jax": __version__,
            **{library: installed for library in libraries if (installed := _version(library))},
        },
    } | ({"xla_flags": flags} if flags else {})


def note(directory: Path, continued: bool) -> None:
    """Write `provenance.json` as a run begins: what `describe` says of this process.

    Args:
        directory: the run's own.
        continued: whether this process goes on with what others have begun. Then `before` holds what they wrote, those
            that say the same but once. Warns (`RuntimeWarning`) when they had another jaxlib.

    Of the run it says that it has checksums: they are written when it ends.

    Raises:
        InputError: what others wrote is damaged.
    """
    path = directory / "provenance.json"
    here = describe()
    if continued and path.exists():
        try:
            last = json.loads(path.read_text())
            last.pop(intact.EXPECTED, None)
            others = [*last.pop("before", []), last]
        except (ValueError, AttributeError, TypeError):
            raise InputError(f"{path} is damaged; remove it to continue this run.") from None
        before = [other for i, other in enumerate(others) if other not in [here, *others[:i]]]
        here |= {"before": before} if before else {}
        if len(made := releases(here)) > 1:
            warnings.warn(
                f"A run goes on under another jaxlib ({' and '.join(made)}): it comes to other bits than under one of "
                "them alone; provenance.json names them.",
                RuntimeWarning,
                stacklevel=2,
            )
    files.write_json(path, here | {intact.EXPECTED: intact.SUMS})


def releases(provenance: Mapping[str, Any]) -> list[str]:
    """The releases of jaxlib that a run was made with, in the order of its processes, as far as `note` wrote them."""
    origins = [*provenance.get("before", []), provenance]
    found = (origin.get("versions", {}).get("jaxlib") for origin in origins)
    return list(dict.fromkeys(release for release in found if release))


def commits(provenance: Mapping[str, Any]) -> list[str]:
    """The commits that a run was made at, in the order of its processes: what `note` wrote."""
    origins = [*provenance.get("before", []), provenance]
    return list(dict.fromkeys(origin["commit"] or "unknown" for origin in origins))


def _command() -> str:
    """The command line. However lstm-jax was started, the first word has its program's name."""
    module = sys.modules["__main__"].__spec__
    ours = sys.argv[0].startswith("lstm-jax ")
    program = f"python -m {module.name}" if module and not ours else Path(sys.argv[0]).name
    return " ".join([program, *map(shlex.quote, sys.argv[1:])])


@lru_cache
def _commit() -> str | None:
    """Hash of the checkout this package is in, with "+changes" if it differs; None where it is installed."""
    if INSTALLED:  # perhaps inside somebody else's checkout
        return None

    def git(*arguments):
        here = Path(__file__).parent
        return subprocess.run(["git", *arguments], cwd=here, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changes = git("status", "--porcelain", "--untracked-files=no")
        return git("rev-parse", "HEAD") + ("+changes" if changes else "")
    except (OSError, subprocess.CalledProcessError):
        return None


@lru_cache
def _version(library: str) -> str | None:
    """Version of a library; None if it is not installed. Cached, since a large sweep asks for every run."""
    return version(library) if find_spec(library) else None


@lru_cache
def _processor() -> str:
    """The processor's name as the system tells it."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
