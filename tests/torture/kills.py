"""Programs that are killed (SIGKILL) at random moments and started again: they come to the same bytes.

Every process is a fork of this one, which has imported JAX and never started it: nothing is imported again and again.
"""

import importlib
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

SMALL = [
    "row=x",
    "task.positions=[[1,3],[5,7]]",
    "task.min_length=10",
    "task.max_length=11",
    "criterion.size=5000",
    "budget=8000",
    "curve_interval=100",
    "test_sequences=8",
]

PROGRAMS = {
    "train": ["train", *SMALL, "trials=4"],
    "multirun": ["train", "-m", *SMALL, "trials=2", "seed=0,1", "alpha=0.1,0.5"],
    "reproduce": ["reproduce", "rows=[6a]", "trials=4", "budget=6000"],
    "arena": [
        *("arena", "cells=[elman]", "tasks=[latch]", "lags=[10]", "rates=[0.003,0.01]", "trials=2", "tuning_trials=2"),
        *("tuned_at=10", "budget=6400", "weights=100"),
    ],
}
"""What is killed, by the names of the campaign."""


def campaign(cases: int, seed: int) -> tuple[Counter[str], dict[str, str]]:
    """Kill so many processes, in turn of all programs.

    Returns:
        How many of each program were killed, and how many ends were compared; each fault with its program.
    """
    for name in ("jax", "optax", "hydra", "lstm_jax.trials.experiment", "rich.console", "matplotlib.pyplot"):
        importlib.import_module(name)
    counts: Counter[str] = Counter()
    faults: dict[str, str] = {}
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        whole, seconds = {}, {}
        while sum(count for name, count in counts.items() if name.endswith("killed")) < cases:
            for name, arguments in PROGRAMS.items():
                if name not in whole:
                    started = time.monotonic()
                    status = ended(_started([*arguments, f"folder={folder}/{name}"]), None)
                    seconds[name], whole[name] = time.monotonic() - started, records(Path(folder, name))
                    if status or not whole[name]:
                        return counts, {f"{name} ends with {status} by itself": _tail()}
                again = Path(folder, f"{name}-{counts[f'{name} compared']}")
                killed, status = _killed_until_it_ends([*arguments, f"folder={again}"], seconds[name], draw)
                counts[f"{name} killed"] += killed
                counts[f"{name} compared"] += 1
                if status:
                    faults.setdefault(f"{name} ends with {status}", _tail())
                elif records(again) != whole[name]:
                    faults.setdefault(f"{name} comes to other bytes", str(again.name))
    return counts, faults


def _killed_until_it_ends(arguments: list[str], seconds: float, draw: random.Random) -> tuple[int, int]:
    """How often it was killed, and the status with which it then ended."""
    killed = 0
    while (status := ended(_started(arguments), draw.uniform(0.1, 1.2) * seconds)) is None:
        killed += 1
    return killed, status


def _started(arguments: list[str]) -> int:
    """The process of a program."""
    process = os.fork()
    if process:
        return process
    log = os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    sys.argv = arguments
    try:
        importlib.import_module(f"experiments.{arguments[0]}").main()
        os._exit(0)
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 1)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)


LOG = str(Path(tempfile.gettempdir(), f"torture-{os.getpid()}.log"))


def ended(process: int, seconds: float | None) -> int | None:
    """The status with which a process ends; None if it was killed after so many seconds."""
    end = None if seconds is None else time.monotonic() + seconds
    while end is None or time.monotonic() < end:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    return None if os.WIFSIGNALED(status) else os.waitstatus_to_exitcode(status)


def records(folder: Path) -> dict[str, bytes]:
    """What has to be the same: records and curves of all runs, by their paths in the folder."""
    paths = [path for name in ("trials.jsonl", "curves.npz") for path in folder.rglob(name)]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def _tail() -> str:
    return Path(LOG).read_text(errors="replace")[-400:]
