"""One process of the benchmark: it times contenders on request.

`experiments.peers.places` starts it with a place as JSON. It prints one line of JSON about itself and then, for every
line `{"contender": ..., "row": ..., "trials": ...}` that it reads, one with a measurement.
"""

import json
import math
import os
import sys
import time
from typing import Any

import lstm_jax

from . import layers
from .training import CELL_ROWS, RATE, Contestant


def main() -> None:
    """Answer requests until the input ends."""
    place = json.loads(sys.argv[1])
    if place["one_core"]:
        # Before JAX starts: it makes its threads, and lstm_jax its devices, by the cores it may use.
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    _answer(_start_jax(place["flags"]) if place["flags"] else {})
    ready: dict[tuple[str, str, int], tuple[Contestant, int]] = {}
    for line in sys.stdin:
        request = json.loads(line)
        asked = request["contender"], request["row"], request["trials"]
        if asked not in ready:
            training = begin(*asked)
            ready[asked] = training, warm_up(training, place["seconds"])
        training, batches = ready[asked]
        _answer(measure(training, batches) | {"weights": training.weights, "compiling": training.compiling})


def begin(contender: str, row: str, trials: int) -> Contestant:
    """Start a contender's training on a row, which is 4-1 for those of other libraries."""
    # Imported here: only one of the libraries is wanted in a process.
    if contender in layers.CONTENDERS:
        return layers.begin(contender, row, trials)
    if contender == "torch":
        from . import torch_lstm

        return torch_lstm.step_by_step()
    if contender in ("simd", "simd_cheap"):
        from . import simd

        return simd.by_hand(trials, cheap=contender == "simd_cheap")
    if contender in ("flax", "flax_steps"):
        from . import flax_lstm

        return flax_lstm.whole_loop(trials) if contender == "flax" else flax_lstm.step_by_step()
    if contender == "flax_cell":
        from . import flax_lstm

        return flax_lstm.whole_loop(trials, **CELL_ROWS[row])
    from . import ours

    if contender == "autodiff_vmap":
        return ours.by_vmap(row, trials, "truncated_by_autodiff")
    gradient = {"ours": "truncated", "bptt": "bptt", "dense": ours.DENSE, "autodiff": "truncated_by_autodiff"}[
        contender
    ]
    return ours.by_lanes(_command(row), trials, gradient)


def _command(row: str) -> str:
    """A row and what is changed of it, as on the command line."""
    if row not in CELL_ROWS:
        return row
    cell, units, batch = CELL_ROWS[row].values()
    command = f"4-1 curve_interval={100 * batch} network={cell} network.cell.units={units}"
    return f"{command} optimizer=adam optimizer.clip=1.0 optimizer.learning_rate={RATE} optimizer.batch={batch}"


def warm_up(training: Contestant, seconds: float) -> int:
    """Have everything compiled, and find how many batches take about so many seconds."""
    batches = 1
    training(batches)
    while True:
        taken = measure(training, batches)["seconds"]
        if taken > seconds / 4:
            return max(1, round(batches * seconds / taken))
        batches *= 2


def measure(training: Contestant, batches: int) -> dict[str, Any]:
    """Time so many batches of sequences of a training.

    Raises:
        RuntimeError: the training has diverged.
    """
    started = time.perf_counter()
    error = training(batches)
    seconds = time.perf_counter() - started
    if not math.isfinite(error):
        raise RuntimeError("The training that is timed has diverged.")
    return {"sequences": batches * training.batch, "seconds": seconds}


def _start_jax(flags: str) -> dict[str, Any]:
    """Start JAX, made fast or, with flags "default", as it is."""
    if flags == "lstm_jax":
        lstm_jax.make_fast()
    import jax

    device = jax.devices()[0]
    return {"platform": device.platform, "device": device.device_kind, "xla_flags": os.environ.get("XLA_FLAGS", "")}


def _answer(content: dict[str, Any]) -> None:
    print(json.dumps(content), flush=True)


if __name__ == "__main__":
    main()
