"""What a tracker is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np


@runtime_checkable
class Point(Protocol):
    """Where a run stands at a point of its learning curves."""

    @property
    def clock(self) -> int:
        """Presentations made by every trial that still runs."""
        ...

    @property
    def solved(self) -> int:
        """Trials that have succeeded."""
        ...

    @property
    def running(self) -> int:
        """Trials that have not ended."""
        ...

    @property
    def curves(self) -> Mapping[str, np.ndarray]:
        """Means over the presentations since the last point, `[trials]`; NaN for trials that had ended before.

        `error`, and `wrong_rate`, the share of wrong answers.
        """
        ...


@runtime_checkable
class Tracker(Protocol):
    """Something that is told of runs as they go, by their names; several may go at the same time.

    A program calls it between compiled calls, through `Aside`, which sees to it that no run waits or fails for it.
    """

    def begin(self, name: str, configuration: Mapping[str, Any]) -> None:
        """A run begins, or goes on from a checkpoint."""
        ...

    def point(self, name: str, point: Point) -> None:
        """A run has come to a point of its curves."""
        ...

    def end(self, name: str, directory: Path) -> None:
        """A run is finished, and all of it is in its directory."""
        ...

    def close(self) -> None:
        """There is nothing more to come; runs that have not ended were interrupted."""
        ...
