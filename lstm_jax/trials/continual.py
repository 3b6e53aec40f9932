"""Train many nets of one kind on endless streams, from a directory and into it.

While a run is going the directory holds a checkpoint; a run that was killed goes on from it and comes to the same
result, bit for bit. Finished, the directory holds

    configuration.json   what was run
    nets.jsonl           a `StreamRecord` for each net
    curves.npz           of every net: symbols shown, training streams, and their mean length since the last point
    summary.json         the figures of all nets, a `StreamSummary`
    provenance.json      command, commit and machine, of every process that worked on it
"""

import dataclasses
import hashlib
import json
import time
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Annotated, Any

import jax
import numpy as np
from jax.sharding import Mesh
from pydantic import Field

from lstm_jax.cells import CELLS, MemoryBlocks
from lstm_jax.configuration import build, configuration, named
from lstm_jax.errors import InputError
from lstm_jax.networks import Network
from lstm_jax.results import files, provenance
from lstm_jax.results.records import plain, typed
from lstm_jax.results.streams import StreamRecord, summarise
from lstm_jax.tasks.continual_reber import ContinualReber
from lstm_jax.trials import lanes, streams
from lstm_jax.trials.streams import Stream, StreamState

STREAMS = {"continual_reber": ContinualReber}
"""Tasks that never end."""

BLOCKS = {name: cell for name, cell in CELLS.items() if issubclass(cell, MemoryBlocks)}
"""Cells whose truncated gradient has a closed form that goes on without end."""

TEST = 2**31 - 1
"""Branch of a net's key that the streams of its last tests come from."""

_test = jax.jit(streams.test, static_argnums=0)


@configuration
class Settings:
    """What a study needs besides its parts."""

    variant: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    """Name of the kind of nets; it begins the name of the run's directory."""
    reading: str
    """What differs from the defaults, for tables; empty if nothing does."""
    weight_range: Annotated[float, Field(gt=0)]
    """Initial weights are uniform in [-weight_range, weight_range); biases as the network says."""
    learning_rate: Annotated[float, Field(gt=0)]
    """alpha, at the beginning of every training stream."""
    learning_rate_decay: Annotated[float, Field(gt=0, le=1)]
    """What is left of the learning rate from one symbol of a training stream to the next."""
    external_reset: bool
    """Whether the net is told where strings end: its state returns to zero there."""
    training_symbols: Annotated[int, Field(ge=1, lt=2**31)]
    """Right predictions after which a training stream ends."""
    test_symbols: Annotated[int, Field(ge=1, lt=2**31)]
    """Likewise a test stream."""
    test_streams: Annotated[int, Field(ge=1, le=1000)]
    """That a perfect net predicts to their ends."""
    training_streams: Annotated[int, Field(ge=1, lt=2**31)]
    """After which a net is given up."""
    nets: Annotated[int, Field(ge=1)]
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    """Net i of a seed is the same net whatever the number of nets."""
    budget: Annotated[int, Field(ge=1, lt=2**31)]
    """Symbols, in training and tests, after which what still runs is cut short."""
    curve_interval: Annotated[int, Field(ge=1)]
    """Symbols per point of the curves."""

    def __post_init__(self) -> None:
        if self.test_streams * self.test_symbols >= 2**31:
            raise InputError(
                f"test_symbols is {self.test_symbols}: with {self.test_streams} test streams it should be less than "
                f"{2**31 // self.test_streams}."
            )


@dataclasses.dataclass(frozen=True)
class Study:
    """A checked configuration, ready to run."""

    stream: Stream
    settings: Settings
    resolved: str
    """The configuration it was read from, as JSON; every field that decides a result is in it."""

    @property
    def name(self) -> str:
        """Of the run's directory: the variant and a hash of the configuration."""
        return f"{self.settings.variant}-{hashlib.sha256(self.resolved.encode()).hexdigest()[:8]}"


@dataclasses.dataclass(frozen=True)
class Progress:
    """Where a run stands."""

    symbols: int
    """Shown to every net that still runs."""
    streams: int
    """Training streams of all nets."""
    perfect: int
    running: int
    rate: float
    """Symbols per second, all nets together, in the last chunk."""


@dataclasses.dataclass
class _Course:
    """All that changes during a run, and all that a checkpoint holds."""

    state: StreamState
    net_of_lane: np.ndarray
    """Which net runs in each lane; -1 once its record is made, and for padding."""
    records: dict[int, dict[str, Any]]
    curves: list[np.ndarray]
    """At every point training streams and right predictions in them, `[2, nets]`; of nets that have ended the last."""
    seconds: float


def read(node: Mapping[str, Any]) -> Study:
    """Check a resolved configuration (plain values): task, network, and the fields of `Settings`.

    Raises:
        InputError: a field is unknown, missing or not allowed.
    """
    task = named(STREAMS, node["task"], "task")
    network = _network(node["network"], task)
    if not network.output_layer:
        raise InputError("network.output_layer is False: it should be true, streams are learned by output units.")
    settings = build(Settings, {key: value for key, value in node.items() if key not in ("task", "network")}, "")
    stream = Stream(
        task,
        network,
        *(
            getattr(settings, field.name)
            for field in dataclasses.fields(Stream)
            if field.name not in ("task", "network")
        ),
    )
    return Study(stream, settings, json.dumps(node, sort_keys=True))


def _network(node: Any, task: ContinualReber) -> Network:
    if not isinstance(node, Mapping) or not isinstance(node.get("cell"), Mapping):
        raise InputError(f"network is {node!r}: it needs a cell, with a name and the cell's fields.")
    cell = named(BLOCKS, node["cell"], "network.cell", inputs=task.inputs)
    rest = {name: value for name, value in node.items() if name != "cell"}
    return build(Network, rest, "network", cell=cell, outputs=task.outputs)


def run(study: Study, directory: Path, checkpoint_seconds: int | float = 10) -> Generator[Progress, None, None]:
    """Train the nets that have not ended yet, yielding after every chunk.

    Args:
        study: what to run.
        directory: its own; a checkpoint in it is continued. The results are there when the iterator ends.
        checkpoint_seconds: the time between checkpoints, at least.

    Raises:
        InputError: a checkpoint is damaged or belongs to another configuration, the directory cannot be written, or
            another process runs in it.
    """
    files.directory(directory, "folder")
    over, checkpoint = lanes.mesh(), directory / "checkpoint.npz"
    with files.locked(directory):
        continued = checkpoint.exists()
        current = _load(study, checkpoint, over) if continued else _begin(study, over)
        provenance.note(directory, continued)
        files.write_text(directory / "configuration.json", study.resolved + "\n")
        (directory / "summary.json").unlink(missing_ok=True)
        saved = time.monotonic()
        while len(current.records) < study.settings.nets:
            started = time.monotonic()
            shown = _chunk(study, current, over)
            taken = time.monotonic() - started
            current.seconds += taken
            if time.monotonic() - saved > checkpoint_seconds:
                _save(study, current, checkpoint)
                saved = time.monotonic()
            yield _progress(study, current, shown / taken)
        _finish(study, current, directory)
        checkpoint.unlink(missing_ok=True)


def _begin(study: Study, over: Mesh) -> _Course:
    settings = study.settings
    state = streams.begin(study.stream, settings.seed, settings.weight_range, settings.nets, over)
    net_of_lane = np.full(state.running.shape, -1)
    net_of_lane[: settings.nets] = np.arange(settings.nets)
    return _Course(state, net_of_lane, {}, [np.zeros((2, settings.nets), np.int32)], 0.0)


def _chunk(study: Study, current: _Course, over: Mesh) -> int:
    """One point of the curves: advance, record the nets that have ended, drop lanes if that saves work.

    Returns:
        Symbols shown to nets that were running.
    """
    left = study.settings.budget - int(current.state.symbols)
    chunk = min(study.settings.curve_interval, left)
    current.state = streams.advance(study.stream, current.state, chunk, over)
    occupied = np.flatnonzero(current.net_of_lane >= 0)
    nets = current.net_of_lane[occupied]
    point = current.curves[-1].copy()
    point[:, nets] = np.stack([current.state.streams, current.state.trained])[:, occupied]
    current.curves.append(point)

    running = np.asarray(current.state.running) & (chunk < left)
    for lane, net in zip(occupied, nets, strict=True):
        if not running[lane]:
            current.records[int(net)] = _record(study, current.state, int(lane), int(net))
            current.net_of_lane[lane] = -1
    occupied = np.flatnonzero(current.net_of_lane >= 0)
    if 0 < lanes.width(len(occupied), over) <= len(running) // 2:
        kept = current.net_of_lane[occupied]
        current.state = lanes.keep(current.state, occupied, over)
        current.net_of_lane = np.full(current.state.running.shape, -1)
        current.net_of_lane[: len(kept)] = kept
    return chunk * len(nets)


def _record(study: Study, state: StreamState, lane: int, net: int) -> dict[str, Any]:
    """What is kept of a net that has ended, its last weights and those of its longest test shown fresh streams."""
    key = jax.random.fold_in(lanes.trial_key(study.settings.seed, net), TEST)

    def tested(weights) -> tuple[int, ...]:
        own = jax.tree.map(lambda w: np.asarray(w)[..., lane], weights)
        return tuple(np.asarray(_test(study.stream, own, key)).tolist())

    return plain(
        StreamRecord(
            variant=study.settings.variant,
            seed=study.settings.seed,
            trial=net,
            solved=bool(state.perfect[lane]),
            cut_short=bool(state.running[lane]),
            streams=int(state.streams[lane]),
            trained=int(state.trained[lane]),
            longest_test=int(state.best[lane]),
            test=tested(state.weights),
            best_test=tested(state.best_weights),
        )
    )


def _progress(study: Study, current: _Course, rate: float) -> Progress:
    perfect = sum(record["solved"] for record in current.records.values())
    running = study.settings.nets - len(current.records)
    return Progress(int(current.state.symbols), int(current.curves[-1][0].sum()), perfect, running, rate)


def _finish(study: Study, current: _Course, directory: Path) -> None:
    records = [current.records[net] for net in sorted(current.records)]
    symbols = np.minimum(np.arange(len(current.curves)) * study.settings.curve_interval, study.settings.budget)
    training_streams, trained = np.stack(current.curves, axis=1)
    files.write_json_lines(directory / "nets.jsonl", records)
    curves = {"symbols": symbols, "streams": training_streams, "trained": trained}
    files.write_arrays(directory / "curves.npz", curves)
    summary = summarise(
        typed(StreamRecord, records, directory / "checkpoint.npz"),
        reading=study.settings.reading,
        weights=study.stream.network.weight_count,
        budget=study.settings.budget,
        training_streams=study.settings.training_streams,
        test_symbols=study.settings.test_symbols,
        seconds=current.seconds,
    )
    # Last: where it stands, the run is finished.
    files.write_json(directory / "summary.json", plain(summary))


def _save(study: Study, current: _Course, path: Path) -> None:
    rest = {
        "resolved": study.resolved,
        "records": json.dumps(current.records),
        "net_of_lane": current.net_of_lane,
        "curves": np.stack(current.curves),
        "seconds": current.seconds,
    }
    files.write_arrays(
        path, lanes.pack(lanes.to_host(current.state)) | {name: np.asarray(value) for name, value in rest.items()}
    )


def _load(study: Study, path: Path, over: Mesh) -> _Course:
    arrays = files.read_arrays(path)
    if str(arrays.get("resolved")) != study.resolved:
        raise InputError(f"{path} belongs to another configuration; remove it to start this run again.")
    state = lanes.unpack(arrays, _begin(study, over).state, path)
    net_of_lane = arrays["net_of_lane"]
    padding = lanes.width(len(net_of_lane), over) - len(net_of_lane)
    return _Course(
        state=lanes.keep(state, np.arange(len(net_of_lane)), over),
        net_of_lane=np.pad(net_of_lane, (0, padding), constant_values=-1),
        records={int(net): record for net, record in json.loads(str(arrays["records"])).items()},
        curves=list(arrays["curves"]),
        seconds=float(arrays["seconds"]),
    )
