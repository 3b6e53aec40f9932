"""Checkpoints: one file in the directory of every run that is going."""

import json
from pathlib import Path

import jax
import numpy as np
from jax.sharding import Mesh

from lstm_jax.errors import InputError
from lstm_jax.results import files
from lstm_jax.results.records import plain, typed
from lstm_jax.results.run import read_curves
from lstm_jax.trials import lanes
from lstm_jax.trials.course import Course, Entry, Waiting, begin, made, point

WEIGHTS = "weights."
"""Begins the names of arrays that hold what trials that have ended have learned."""


def save(current: Course, failed: dict[int, Exception]) -> None:
    """Write a checkpoint into the directory of every run that is going.

    Args:
        current: the runs that are going, and their lanes.
        failed: takes, by its index, what kept a run from being written.
    """
    if not current.entries:
        return
    joined = lanes.to_host(lanes.join([tile.state._replace(data=()) for tile in current.tiles]))
    of_lane = np.concatenate([tile.trial_of_lane for tile in current.tiles])
    points = np.stack(made(current), axis=1)
    names = current.trial.curves
    for entry in current.entries:
        own = np.flatnonzero((of_lane >= entry.columns.start) & (of_lane < entry.columns.stop))
        state = jax.tree.map(lambda x, own=own: x[..., own] if x.ndim else x, joined)
        rest = dict(zip(names, points[..., entry.columns], strict=True)) | {
            "resolved": entry.experiment.resolved,
            "records": json.dumps({number: plain(record) for number, record in entry.records.items()}),
            "trial_of_lane": of_lane[own] - entry.columns.start,
            "seconds": entry.seconds,
            "weights_of": sorted(entry.weights),
        }
        learned = {f"{WEIGHTS}{name}": w for name, w in entry.learned.items()}
        arrays = lanes.pack(state) | learned | {name: np.asarray(value) for name, value in rest.items()}
        try:
            files.write_arrays(entry.directory / "checkpoint.npz", arrays)
        except OSError as failure:
            failed[entry.index] = failure


def load(current: Course, entry: Entry, path: Path, over: Mesh) -> Waiting:
    """Read the checkpoint of a run; its lanes join the others when those have come as far.

    Raises:
        InputError: it is damaged, or belongs to another configuration or version.
    """
    arrays = read_curves(path)
    if str(arrays.get("resolved")) != entry.experiment.resolved:
        raise InputError(f"{path} belongs to another configuration; remove it to start this run again.")
    for name in ("records", "trial_of_lane", "seconds", *current.trial.curves):
        if name not in arrays:
            raise InputError(f"{path} has no {name}, as of another version; remove it to start this run again.")
    (like,) = begin(current, np.array([entry.columns.start]), over)
    state = lanes.unpack(arrays, like.state._replace(data=()), path)
    kept = json.loads(str(arrays["records"]))
    records = typed(entry.experiment.record_type, list(kept.values()), path)
    entry.records = dict(zip(map(int, kept), records, strict=True))
    entry.seconds = float(arrays["seconds"])
    learned = {name.removeprefix(WEIGHTS): w for name, w in arrays.items() if name.startswith(WEIGHTS)}
    # A checkpoint of a version that did not keep weights says nothing of them.
    for i, number in enumerate(map(int, arrays.get("weights_of", ()))):
        entry.weights[number] = {name: w[..., i] for name, w in learned.items()}
    for i, values in enumerate(np.stack([arrays[name] for name in current.trial.curves], axis=1)):
        point(current, i)[:, entry.columns] = values
    of_lane = arrays["trial_of_lane"]
    return Waiting(entry, int(state.clock), state, np.where(of_lane < 0, -1, of_lane + entry.columns.start))
