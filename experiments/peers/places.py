"""Where contenders run: processes that differ in the cores they may use and in the flags XLA gets."""

import dataclasses
import json
import os
import subprocess
import sys
from typing import Any, Literal

from lstm_jax.places import PROGRAMS


@dataclasses.dataclass(frozen=True)
class Place:
    """The surroundings of a measurement."""

    one_core: bool
    flags: Literal["lstm_jax", "default"] | None
    """XLA's flags: those that `lstm_jax.make_fast` sets, or XLA's defaults, or no JAX at all."""
    gpu: bool = False

    @property
    def environment(self) -> dict[str, str]:
        """Of the process."""
        environment = dict(os.environ)
        if self.flags == "default":
            environment["XLA_FLAGS"] = ""
        return environment if self.gpu else environment | {"JAX_PLATFORMS": "cpu"}


ONE_CORE = Place(one_core=True, flags="lstm_jax")
ONE_CORE_DEFAULT = Place(one_core=True, flags="default")
ONE_CORE_WITHOUT_JAX = Place(one_core=True, flags=None)
ALL_CORES = Place(one_core=False, flags="lstm_jax")
GPU = Place(one_core=False, flags="lstm_jax", gpu=True)


class Worker:
    """A process at a place, which times one contender at a time; idle in between."""

    def __init__(self, place: Place, seconds: float):
        """Start it; `seconds` is about how long one measurement should take."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"{PROGRAMS}.peers.worker", json.dumps({**vars(place), "seconds": seconds})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=place.environment,
            start_new_session=True,  # Ctrl-C reaches this process alone, which then ends the others
        )
        self.about = self._read()
        """With JAX: `platform`, `device` and `xla_flags`."""

    def ask(self, contender: str, row: str, trials: int) -> dict[str, Any]:
        """One measurement: `sequences` shown to each trial, the `seconds` that took, a trial's `weights`, `compiling`.

        The first one of a contender takes longer, since everything is compiled and warmed up before.
        """
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"contender": contender, "row": row, "trials": trials}) + "\n")
        self._process.stdin.flush()
        return self._read()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("A process that takes the times has ended; what it wrote above says why.")
        return json.loads(line)
