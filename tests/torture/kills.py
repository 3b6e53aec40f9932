"""Programs that are killed (SIGKILL) at random moments and started again: they come to the same bytes.

Every process is a fork of this one, which has imported what programs import and never started JAX. What the runs that
nobody kills compile is kept in a folder of the campaign, and the others load it: an attempt then takes a second or two,
most of it work that a kill can fall into.
"""

import importlib
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from contextlib import suppress
from pathlib import Path

from lstm_jax.results.files import TEMPORARY

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

SHARED = ["checkpoint_seconds=0"]

SAME = ("trials.jsonl", "curves.npz", "weights.safetensors", "configuration.json", "arena.md")
"""Files that have to be the same, in whatever folder."""

MOST = 8
"""After so many kills a program is left alone until it ends, so that there is something to compare."""

PHASES = ("before a checkpoint", "between checkpoints", "in the middle of a file", "after the records")
"""Where kills fell."""


def campaign(cases: int, seed: int) -> tuple[Counter[str], dict[str, str]]:
    """Kill so many processes, in turn of all programs.

    Returns:
        How many of each program were killed, in which phases, and how many ends were compared; each fault with its
        program.
    """
    counts: Counter[str] = Counter()
    faults: dict[str, str] = {}
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        _keep_compiled(place / "compiled")
        whole, seconds = {}, {}
        for name, arguments in PROGRAMS.items():
            for once in ("first", name):  # the second finds everything compiled and imported, as all that follow
                command = [*arguments, *SHARED, f"folder={place / once}"]
                started = time.monotonic()
                status = ended(_started(command, place / "imported"), None)
                seconds[name] = time.monotonic() - started
                if status or not records(place / once):
                    return counts, {f"{name} ends with {status} by itself": _tail()}
                _import(place / "imported")
            whole[name] = records(place / name)
            print(f"{name}: {seconds[name]:.1f} s when nobody kills it.", flush=True)
        while sum(counts[phase] for phase in PHASES) < cases:
            for name, arguments in PROGRAMS.items():
                again = place / f"{name}-{counts[f'{name} compared']}"
                killed, status = _killed_until_it_ends(
                    [*arguments, *SHARED, f"folder={again}"], again, seconds[name], draw
                )
                counts += killed
                counts[f"{name} killed"] += killed.total()
                counts[f"{name} compared"] += 1
                so_far = sum(counts[phase] for phase in PHASES)
                print(f"{name} killed {killed.total()} times and compared, {so_far:,} of {cases:,} kills.", flush=True)
                if status:
                    faults.setdefault(f"{name} ends with {status}", _tail())
                elif records(again) != whole[name]:
                    faults.setdefault(f"{name} comes to other bytes", again.name)
                elif left := [path.name for path in _runs(again) if TEMPORARY.fullmatch(path.name)]:
                    faults.setdefault(f"{name} leaves files of processes that were killed", left[0])
    return counts, faults


def _keep_compiled(folder: Path) -> None:
    """Let JAX keep what it compiles."""
    import jax

    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def _import(listed: Path) -> None:
    """Import what a process that has ended had imported, so that those that follow find it there."""
    for name in listed.read_text().split():
        if name not in sys.modules:
            with suppress(Exception):
                importlib.import_module(name)
    assert not jax_has_started(), "a process that has started JAX cannot be forked"


def jax_has_started() -> bool:
    """Whether this process has devices already: then its forks would wait for threads that they do not have."""
    import jax

    before = jax.config.jax_num_cpu_devices
    try:
        jax.config.update("jax_num_cpu_devices", 3)
    except RuntimeError:
        return True
    jax.config.update("jax_num_cpu_devices", before)
    return False


def _killed_until_it_ends(
    arguments: list[str], folder: Path, seconds: float, draw: random.Random
) -> tuple[Counter[str], int]:
    """How often it was killed in which phase, and the status with which it then ended: after `MOST` kills by itself."""
    killed: Counter[str] = Counter()
    while killed.total() < MOST:
        # A third of the kills wait for a file that is being written, which takes a thousandth of the time.
        writing = draw.random() < 1 / 3
        process = _started(arguments)
        status = ended(process, draw.uniform(0.1, 1.1) * seconds, folder if writing else None)
        if status is not None:
            return killed, status
        killed[phase(folder, process)] += 1
    status = ended(_started(arguments), None)
    assert status is not None
    return killed, status


def phase(folder: Path, process: int) -> str:
    """What a process that was killed had come to, by what it left."""
    names = [path.name for path in _runs(folder)]
    if any(_half(name, process) for name in names):
        return PHASES[2]
    if "checkpoint.npz" in names:
        return PHASES[1]
    return PHASES[3] if "summary.json" in names else PHASES[0]


def _half(name: str, process: int) -> bool:
    return TEMPORARY.fullmatch(name) is not None and name.endswith(f"-{process}")


def _runs(folder: Path) -> list[Path]:
    """The files of all runs in a folder."""
    return [path for run in folder.rglob("configuration.json") for path in run.parent.iterdir()]


def _started(arguments: list[str], imported: Path | None = None) -> int:
    """The process of a program; one that nobody kills lists what it has imported, and keeps what it compiles."""
    process = os.fork()
    if process:
        return process
    log = os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    sys.argv = arguments
    try:
        if imported is None:
            import jax

            # Files of the compiler that are cut short are not what is looked for.
            jax.config.update("jax_persistent_cache_min_compile_time_secs", 1e9)
        importlib.import_module(f"experiments.{arguments[0]}").main()
        if imported is not None:
            imported.write_text("\n".join(sys.modules))
        os._exit(0)
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 1)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


LOG = str(Path(tempfile.gettempdir(), f"torture-{os.getpid()}.log"))


def ended(process: int, seconds: float | None, writing: Path | None = None) -> int | None:
    """The status with which a process ends; None if it was killed.

    Args:
        process: its number.
        seconds: after which it is killed; None for never.
        writing: a folder of runs; then it is killed the next time that it writes a file there, from then on.
    """
    end = None if seconds is None else time.monotonic() + seconds
    while end is None or time.monotonic() < end or writing is not None:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.0005 if writing else 0.005)
        if writing is None or (end and time.monotonic() < end):
            continue
        if any(_half(path.name, process) for path in _listed(writing)):
            break
    os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    return None if os.WIFSIGNALED(status) else os.waitstatus_to_exitcode(status)


def _listed(folder: Path) -> list[Path]:
    with suppress(OSError):  # a file may vanish while they are listed
        return _runs(folder)
    return []


def records(folder: Path) -> dict[str, bytes]:
    """What has to be the same, by its path in the folder."""
    paths = [path for name in SAME for path in folder.rglob(name)]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def _tail() -> str:
    return Path(LOG).read_text(errors="replace")[-400:]
