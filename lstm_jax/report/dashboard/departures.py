"""How a run departs from what the paper prints: in the words of the readings that its settings are."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from omegaconf import OmegaConf

from lstm_jax.paper.closest import CLOSEST, departure
from lstm_jax.places import CONFIGS
from lstm_jax.results.run import flat

SAMPLE = ("seed", "trials", "budget", "test_sequences", "curve_interval")
"""Settings that say how much was tried and written down, and change no conditions."""

_SHORT = {"alpha": "optimizer.learning_rate"}
"""Settings that stand in a reading by another name than in a configuration."""


class Departures(NamedTuple):
    """How a run departs from its row's file."""

    readings: tuple[str, ...]
    """Names of the readings that its settings are."""
    settings: tuple[str, ...]
    """Overrides of conditions that no reading has."""
    closest: bool
    """Whether that is the reading which is recorded as the row's closest."""

    @property
    def words(self) -> tuple[str, ...]:
        """What each reading changes."""
        return tuple(map(departure, self.readings))

    @property
    def none(self) -> bool:
        """Whether the conditions are those of the row's file."""
        return not self.readings and not self.settings


def departures(row: str, fields: Mapping[str, Any], changes: Sequence[str]) -> Departures:
    """Name the readings among a run's changes.

    >>> departures("4-1", {"network.output_squashing": "identity"}, ["network.output_squashing=identity", "seed=3"])
    Departures(readings=('linear_output',), settings=(), closest=True)

    Args:
        row: its name.
        fields: its configuration with dotted names.
        changes: overrides for what is different from the row's file.
    """
    names = {change.lstrip("+~").partition("=")[0]: change for change in changes}
    fitting = {
        reading: {name for name in settings if name in names}
        for reading, settings in _readings().items()
        if all(name in fields and fields[name] == value for name, value in settings.items())
    }
    # Of two readings one of which is part of the other the larger one says more.
    covered: set[str] = set()
    found = []
    for reading, own in sorted(fitting.items(), key=lambda item: -len(item[1])):
        if own - covered:
            found.append(reading)
            covered |= own
    usual = [*CLOSEST.get(row, ()), *_readings()]
    readings = tuple(sorted(found, key=usual.index))
    settings = tuple(change for name, change in names.items() if name not in covered and name not in SAMPLE)
    return Departures(readings, settings, row in CLOSEST and not settings and set(readings) == set(CLOSEST[row]))


@cache
def _readings() -> dict[str, dict[str, Any]]:
    """What every reading sets, by its name."""
    found = {}
    for path in sorted(Path(CONFIGS, "reading").glob("*.yaml")):
        settings: Any = OmegaConf.to_container(OmegaConf.load(path))
        if settings:
            found[path.stem] = {_SHORT.get(name, name): value for name, value in flat(settings)}
    return found
