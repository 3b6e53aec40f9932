"""Nets on endless streams as an experiment: its configuration and its records."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import jax
import numpy as np
from pydantic import Field

from lstm_jax.cells import CELLS, MemoryBlocks
from lstm_jax.compiled import kept
from lstm_jax.configuration import build, build_from_one, checked, named
from lstm_jax.errors import InputError
from lstm_jax.learners import Optimizer, read_optimizer
from lstm_jax.networks import Network
from lstm_jax.results.streams import StreamRecord, StreamSummary, summarise
from lstm_jax.tasks import STREAMS
from lstm_jax.tasks.continual_reber import ContinualReber
from lstm_jax.trials import lanes, streams
from lstm_jax.trials.memory import fitting
from lstm_jax.trials.protocol import Experiment
from lstm_jax.trials.streams import Stream, StreamState

BLOCKS = {name: cell for name, cell in CELLS.items() if issubclass(cell, MemoryBlocks)}
"""Cells whose truncated gradient has a closed form that goes on without end."""

TEST = 2**31 - 1
"""Branch of a net's key that the streams of its last tests come from."""

PARTS = ("task", "network", "optimizer")

OF_SEQUENCES = {"weight_change": "sequence", "batch": 1}
"""Settings of an optimizer that have no meaning on streams, and what they usually are."""

_test = kept(streams.test)


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
    """Seed of the nets: net i of a seed is the same whatever the number of nets."""
    budget: Annotated[int, Field(ge=1, lt=2**31)]
    """Number of symbols, in training and tests, after which what still runs is cut short."""
    curve_interval: Annotated[int, Field(ge=1)]
    """Number of symbols per point of the curves."""


class StreamExperiment(Experiment):
    """Nets that each learn from endless streams until they pass a test."""

    record_type = StreamRecord
    summary_type = StreamSummary
    trial: Stream
    settings: Settings
    budget: int

    @property
    def label(self) -> str:
        """The name of the variant."""
        return self.settings.variant

    def record(self, state: StreamState, lane: int, number: int) -> StreamRecord:
        """How long a net has learned; its last weights and those of its longest test are shown fresh streams."""
        key = jax.random.fold_in(lanes.trial_key(self.settings.seed, number), TEST)

        def tested(weights) -> tuple[int, ...]:
            own = jax.tree.map(lambda w: np.asarray(w)[..., lane], weights)
            return tuple(np.asarray(_test(self.numbers, own, key)).tolist())

        return StreamRecord(
            variant=self.settings.variant,
            seed=self.settings.seed,
            trial=number,
            solved=bool(state.perfect[lane]),
            cut_short=bool(state.running[lane]),
            streams=int(state.streams[lane]),
            trained=int(state.trained[lane]),
            longest_test=int(state.best[lane]),
            test=tested(state.weights),
            best_test=tested(state.best_weights),
        )

    def summarise(self, records: Sequence[StreamRecord], seconds: float) -> tuple[StreamSummary]:
        """The figures of all nets, as in the published table."""
        summary = summarise(
            records,
            reading=self.settings.reading,
            weights=self.trial.weight_count,
            budget=self.budget,
            training_streams=self.trial.training_streams,
            test_symbols=self.trial.test_symbols,
            seconds=seconds,
        )
        return (summary,)


def read(node: Mapping[str, Any]) -> StreamExperiment:
    """Check a resolved configuration (plain values): task, network, optimizer, fields of `Stream` and of `Settings`.

    Raises:
        InputError: a field is unknown, missing or not allowed, or memory does not suffice.
    """
    return fitting(_made, node)


def _made(node: Mapping[str, Any]) -> StreamExperiment:
    """As `read`, before anything is asked about memory."""
    for name in PARTS:
        if name not in node:
            raise InputError(f"{name} is missing: it has no default.")
    task = named(STREAMS, node["task"], "task")
    network = _network(node["network"], task)
    if not network.output_layer:
        raise InputError("network.output_layer is False: it should be true, streams are learned by output units.")
    parts = {"task": task, "network": network, "optimizer": _optimizer(node["optimizer"])}
    own = {name: value for name, value in node["optimizer"].items() if name not in OF_SEQUENCES}
    rest = {name: value for name, value in node.items() if name not in PARTS}
    trial, settings = build_from_one(rest, Stream, Settings, **parts)
    resolved = json.dumps({**node, "optimizer": own}, sort_keys=True)
    return StreamExperiment(trial, settings, settings.budget, resolved)


def _optimizer(node: Any) -> Optimizer:
    """Check the node `optimizer`; what a descent on sequences has besides stays as it usually is."""
    if not isinstance(node, Mapping):
        raise InputError(f"optimizer is {node!r}: it needs the field learning_rate.")
    for name, usual in OF_SEQUENCES.items():
        if node.get(name, usual) != usual:
            raise InputError(f"optimizer.{name} is {node[name]!r}: on streams weights change at every symbol.")
    return read_optimizer({name: value for name, value in node.items() if name not in OF_SEQUENCES})


def _network(node: Any, task: ContinualReber) -> Network:
    if not isinstance(node, Mapping) or not isinstance(node.get("cell"), Mapping):
        raise InputError(f"network is {node!r}: it needs a cell, with a name and the cell's fields.")
    cell = named(BLOCKS, node["cell"], "network.cell", inputs=task.inputs)
    rest = {name: value for name, value in node.items() if name != "cell"}
    return build(Network, rest, "network", cell=cell, outputs=task.outputs)
