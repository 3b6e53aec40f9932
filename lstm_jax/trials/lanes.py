"""Many trials in one compiled program, sharded over devices.

The number of lanes is always a multiple of `vector` per device: the processor's vector loops then treat every lane
alike, and a lane computes the same bits alone, among a thousand, and after its neighbours have left.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from lstm_jax.compiled import kept
from lstm_jax.errors import InputError
from lstm_jax.random import fold_in
from lstm_jax.runtime import check_right
from lstm_jax.types import Array, Int, Key

VECTOR = 8
"""Number of lanes that share a vector; one device runs a multiple of it."""

TILE = {"cpu": 16}
"""Number of lanes that one device runs best at once, by platform. With AVX-512, 16 take hardly longer than 8, and 24
longer than 32 (4-1: 25, 31, 75 and 65 µs per presentation of 8, 16, 24 and 32). On other platforms it is `MANY`."""

MANY = 4096
"""Number of lanes that one device runs at once where `TILE` says nothing."""

CACHE = 1 << 17
"""Bytes of weights in a tile that, with what is computed from them, fill a processor core's own cache (2c-5: 51 µs per
presentation of a lane with 24 lanes at once, 42 with 8)."""


Trial = TypeVar("Trial", bound=Any)
"""A trial, as `lstm_jax.trials.protocol.Trial` describes it."""
State = TypeVar("State", bound=Any)
"""The state of such a trial: lanes last in every array with axes, and among its fields `clock`, `running`, `key` and
`data`."""


@lru_cache
def mesh(devices: tuple[int, ...] | None = None) -> Mesh:
    """Devices, by number (all of them by default), as one axis of lanes."""
    check_right()
    available = jax.devices()
    chosen = available if devices is None else [available[i] for i in devices]
    return Mesh(np.array(chosen), ("lanes",), axis_types=(AxisType.Auto,))


def vector(trial: Any) -> int:
    """The number of lanes that share a vector: `VECTOR`, or one of a wide trial, whose own arrays fill vectors."""
    return 1 if trial.wide else VECTOR


def width(trials: int, over: Mesh, vector: int = VECTOR) -> int:
    """The number of lanes that `trials` trials take, padding included."""
    step = vector * over.size
    return -(-trials // step) * step


def tile(trial: Any, over: Mesh) -> int:
    """The largest number of lanes that are advanced together; more of them take turns."""
    most, shared = TILE.get(over.devices.flat[0].platform), vector(trial)
    if most is None:
        return over.size * MANY
    most = 1 if shared == 1 else min(most, CACHE // (4 * trial.weight_count))
    return over.size * max(shared, most // shared * shared)


def tiles(trials: np.ndarray, trial: Any, over: Mesh) -> list[np.ndarray]:
    """Divide trials, or their lanes, `[trials]` integers, into those that are advanced together."""
    size = tile(trial, over)
    return [trials[start : start + size] for start in range(0, len(trials), size)]


def begin(
    trial: Trial,
    seed: int | np.ndarray,
    numbers: np.ndarray,
    over: Mesh,
    data: tuple[Any, ...] | None = None,
) -> tuple[Trial, Any]:
    """Start trials. Lanes are padded to `width`; the padding does not run.

    Args:
        trial: what to run; its leaves are `[trials]`.
        seed: of the experiment, or of each trial's own, `[trials]`.
        numbers: which trials, `[trials]` integers; trial number and seed decide a trial's whole course.
        over: the devices.
        data: what each keeps, `[..., trials]`, if it has been made already; None to make it here.

    Returns:
        The trial with leaves `[*lanes]`, for `advance`, and its state.
    """
    index, running = padded(len(numbers), over, vector(trial))
    seeds, numbers = np.broadcast_to(np.asarray(seed, np.int32), len(numbers)), np.asarray(numbers, np.int32)
    if data is None:
        data = trial.data(seeds, numbers)
    spread = jax.tree.map(lambda x: np.asarray(x)[..., index], (trial, seeds, numbers, data))
    return on_devices(spread[0], over), on_devices(_start(*spread)._replace(running=running), over)


def trial_key(seed: int | Int[Array, "*#lanes"], number: int | Int[Array, "*lanes"]) -> Key[Array, "*lanes"]:
    """The keys that decide the whole course of trials."""
    keys = jax.vmap(jax.random.key)(jnp.asarray(seed)) if jnp.ndim(seed) else jax.random.key(seed)
    return fold_in(jnp.broadcast_to(keys, jnp.shape(number)), number)


def of_trials(trial: Trial, trial_of_lane: np.ndarray, over: Mesh) -> Trial:
    """The numbers of every lane's trial, `[*lanes]`, from those of all, `[trials]`; padding has those of any."""
    return on_devices(jax.tree.map(lambda x: np.asarray(x)[trial_of_lane], trial), over)


def keep(state: State, lanes: np.ndarray, over: Mesh, vector: int = VECTOR) -> State:
    """Go on with these lanes alone (indices), padded as in `begin`. They may come from other numbers of devices."""
    index, running = padded(len(lanes), over, vector)
    kept = jax.tree.map(lambda x: x[..., lanes[index]] if x.ndim else x, to_host(state))
    return on_devices(from_host(kept._replace(running=kept.running & running)), over)


def join(states: Iterable[State]) -> State:
    """Put the lanes of several states, which stand at the same clock, side by side, on the host."""
    plain = [to_host(state) for state in states]
    return from_host(jax.tree.map(lambda *x: np.concatenate(x, axis=-1) if x[0].ndim else x[0], *plain))


def to_host(state: State) -> State:
    """The state as NumPy arrays; keys become their data, with the lanes last."""
    plain = state._replace(key=jnp.asarray(jax.random.key_data(state.key)).T)
    return jax.tree.map(np.asarray, plain)


def from_host(state: State) -> State:
    """Undo `to_host`."""
    return state._replace(key=jax.random.wrap_key_data(jnp.asarray(state.key).T))


def pack(plain: Any) -> dict[str, np.ndarray]:
    """A state from `to_host` as named arrays, for a file."""
    return {f"state_{i}": leaf for i, leaf in enumerate(jax.tree.leaves(plain))}


def unpack(arrays: Mapping[str, np.ndarray], like: State, path: Path) -> State:
    """Undo `pack`, given another state of the same structure, which may have another number of lanes.

    Raises:
        InputError: the arrays, from a file of this path, are not those of such a state.
    """
    known = jax.tree.leaves(to_host(like))
    leaves = [arrays.get(f"state_{i}") for i in range(len(known))]
    for leaf, other in zip(leaves, known, strict=True):
        if leaf is None or leaf.dtype != other.dtype or leaf.shape[:-1] != other.shape[:-1]:
            raise InputError(f"{path} is of another version of this program; remove it to start this run again.")
    return from_host(jax.tree.unflatten(jax.tree.structure(to_host(like)), leaves))


def on_devices(state: State, over: Mesh) -> State:
    """Put each lane on its device."""
    return jax.device_put(state, jax.tree.map(lambda spec: NamedSharding(over, spec), specs(state)))


def advance(trial: Any, state: State, ticks: int, over: Mesh) -> tuple[State, Any]:
    """Move the clock on by so many ticks in one compiled call; a lane stops where it ends by itself.

    Args:
        trial: its leaves are `[*lanes]`.
        state: given up (its buffers are reused).
        ticks: presentations of a trial that counts presentations.
        over: the devices.

    Returns:
        The new state, and what `trial.step` returns beside it, summed over the steps.
    """
    return _advance(trial, state, jnp.int32(ticks), over)


def padded(lanes: int, over: Mesh, vector: int = VECTOR) -> tuple[np.ndarray, np.ndarray]:
    """Which of the first `lanes` each lane repeats, and whether it is one of them itself: only those run."""
    position = np.arange(width(lanes, over, vector))
    return np.minimum(position, lanes - 1), position < lanes


@kept
def _start(trial, seeds, numbers, data):
    return trial.start(trial_key(seeds, numbers), data)


@partial(kept, static_argnames="over", donate_argnames="state")
def _advance(trial, state, ticks, over):
    def one_shard(trial, state, ticks):
        end = state.clock + ticks
        nothing = jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), jax.eval_shape(lambda: trial.step(state)[1]))

        def unfinished(carry):
            state, _ = carry
            return (state.clock < end) & jnp.any(state.running)

        def body(carry):
            state, sums = carry
            state, shown = trial.step(state)
            return state, jax.tree.map(jnp.add, sums, shown)

        state, sums = lax.while_loop(unfinished, body, (state, nothing))
        return state._replace(clock=end), sums

    sharded = specs(state)
    # check_vma: the loop ends when the shard's own lanes have finished, which its types cannot express.
    run = jax.shard_map(
        one_shard,
        mesh=over,
        in_specs=(specs(trial), sharded, PartitionSpec()),
        out_specs=(sharded, PartitionSpec("lanes")),
        check_vma=False,
    )
    return run(trial, state, ticks)


def specs(state: Any) -> Any:
    """How a state's arrays are sharded: by lanes, where they have any."""
    return jax.tree.map(lambda x: PartitionSpec(*[None] * (x.ndim - 1), "lanes") if x.ndim else PartitionSpec(), state)
