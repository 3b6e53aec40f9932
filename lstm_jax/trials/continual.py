"""Nets on endless streams as an experiment: its configuration and its records."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import jax
import numpy as np
from pydantic import Field

from lstm_jax.cells import CELLS, MemoryBlocks
from lstm_jax.configuration import build, build_from_one, checked, named
from lstm_jax.errors import InputError
from lstm_jax.learners import read_optimizer
from lstm_jax.networks import Network
from lstm_jax.paper.continual import GOOD, PUBLISHED
from lstm_jax.paper.statistics import success_interval
from lstm_jax.tasks.continual_reber import ContinualReber
from lstm_jax.trials import lanes, streams
from lstm_jax.trials.protocol import Experiment
from lstm_jax.trials.streams import Stream, StreamState

STREAMS = {"continual_reber": ContinualReber}
"""Tasks that never end."""

BLOCKS = {name: cell for name, cell in CELLS.items() if issubclass(cell, MemoryBlocks)}
"""Cells whose truncated gradient has a closed form that goes on without end."""

TEST = 2**31 - 1
"""Branch of a net's key that the streams of its last tests come from."""

PARTS = ("task", "network", "optimizer")

_test = jax.jit(streams.test)


@checked
class Settings:
    """What an experiment with streams needs besides its trial."""

    variant: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    """Name of the kind of nets; it begins the name of the run's directory."""
    reading: str
    """What differs from the defaults, for tables; empty if nothing does."""
    trials: Annotated[int, Field(ge=1)]
    """Number of nets."""
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    """Net i of a seed is the same net whatever the number of nets."""
    budget: Annotated[int, Field(ge=1, lt=2**31)]
    """Symbols, in training and tests, after which what still runs is cut short."""
    curve_interval: Annotated[int, Field(ge=1)]
    """Symbols per point of the curves."""


class StreamExperiment(Experiment):
    """Nets that each learn from endless streams until they pass a test."""

    trial: Stream
    settings: Settings
    budget: int

    @property
    def label(self) -> str:
        """The variant."""
        return self.settings.variant

    def record(self, state: StreamState, lane: int, number: int) -> dict[str, Any]:
        """How long a net has learned; its last weights and those of its longest test are shown fresh streams."""
        key = jax.random.fold_in(lanes.trial_key(self.settings.seed, number), TEST)

        def tested(weights) -> list[int]:
            own = jax.tree.map(lambda w: np.asarray(w)[..., lane], weights)
            return np.asarray(_test(self.numbers, own, key)).tolist()

        return {
            "variant": self.settings.variant,
            "seed": self.settings.seed,
            "trial": number,
            "perfect": bool(state.perfect[lane]),
            "cut_short": bool(state.running[lane]),
            "streams": int(state.streams[lane]),
            "trained": int(state.trained[lane]),
            "longest_test": int(state.best[lane]),
            "test": tested(state.weights),
            "best_test": tested(state.best_weights),
        }

    def solved(self, record: Mapping[str, Any]) -> bool:
        """Whether the net passed a test."""
        return record["perfect"]

    def summarise(self, records: Sequence[Mapping[str, Any]], seconds: float) -> dict[str, Any]:
        """The figures of all nets, as in the published table.

        Returns:
            `variant`, `reading`, `weights`, `nets`, `seed`, `budget`, `training_streams`; `perfect`, how many nets
            passed a test, and `perfect_interval` (Wilson, 95 %, of the share); `streams`, the training streams that
            each net needed (null for one that did not pass), `mean_streams`; of the other nets `good` and `rest`, those
            whose final weights predict test streams of more or of at most `GOOD` symbols on average, `good_length` and
            `rest_length`, their means, and the same by the weights of each net's longest test (`best_good`, ...);
            `confirmed`, the perfect nets that also predicted fresh test streams to their ends; `cut_short`, the nets
            that were stopped by `budget`; `symbols`, the mean number of right predictions in training; `seconds`;
            `published` (null for a variant of one's own).
        """
        settings = self.settings
        others = [record for record in records if not record["perfect"]]
        needed = [record["streams"] if record["perfect"] else None for record in records]
        perfect = [number for number in needed if number is not None]
        whole = self.trial.test_streams * self.trial.test_symbols
        published = PUBLISHED.get(settings.variant)
        shared = ("variant", "reading", "seed", "budget")
        return {name: getattr(settings, name) for name in shared} | {
            "training_streams": self.trial.training_streams,
            "nets": settings.trials,
            "weights": self.trial.weight_count,
            "perfect": len(perfect),
            "perfect_interval": success_interval(len(perfect), len(records)),
            "streams": needed,
            "mean_streams": float(np.mean(perfect)) if perfect else None,
            **_lengths("", [record["test"] for record in others]),
            **_lengths("best_", [record["best_test"] for record in others]),
            "confirmed": sum(record["perfect"] and sum(record["test"]) == whole for record in records),
            "cut_short": sum(record["cut_short"] for record in records),
            "symbols": float(np.mean([record["trained"] for record in records])),
            "seconds": round(seconds, 2),
            "published": None if published is None else published._asdict(),
        }


def read(node: Mapping[str, Any]) -> StreamExperiment:
    """Check a resolved configuration (plain values): task, network, optimizer, fields of `Stream` and of `Settings`.

    Raises:
        InputError: a field is unknown, missing or not allowed.
    """
    for name in PARTS:
        if name not in node:
            raise InputError(f"{name} is missing: it has no default.")
    task = named(STREAMS, node["task"], "task")
    network = _network(node["network"], task)
    if not network.output_layer:
        raise InputError("network.output_layer is False: it should be true, streams are learned by output units.")
    parts = {"task": task, "network": network, "optimizer": read_optimizer(node["optimizer"])}
    rest = {name: value for name, value in node.items() if name not in PARTS}
    trial, settings = build_from_one(rest, Stream, Settings, **parts)
    return StreamExperiment(trial, settings, settings.budget, json.dumps(node, sort_keys=True))


def _network(node: Any, task: ContinualReber) -> Network:
    if not isinstance(node, Mapping) or not isinstance(node.get("cell"), Mapping):
        raise InputError(f"network is {node!r}: it needs a cell, with a name and the cell's fields.")
    cell = named(BLOCKS, node["cell"], "network.cell", inputs=task.inputs)
    rest = {name: value for name, value in node.items() if name != "cell"}
    return build(Network, rest, "network", cell=cell, outputs=task.outputs)


def _lengths(prefix: str, tests: list[list[int]]) -> dict[str, Any]:
    means = [float(np.mean(test)) for test in tests]
    good, rest = [mean for mean in means if mean > GOOD], [mean for mean in means if mean <= GOOD]
    return {
        f"{prefix}good": len(good),
        f"{prefix}good_length": float(np.mean(good)) if good else None,
        f"{prefix}rest": len(rest),
        f"{prefix}rest_length": float(np.mean(rest)) if rest else None,
    }
