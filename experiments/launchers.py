"""Measure what a job of a large sweep takes, beside Hydra's launcher.

lstm-jax launchers row=4-1 budget=100000
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

from omegaconf import DictConfig, OmegaConf
from pydantic import Field
from rich.console import Console

from lstm_jax.configuration import build, checked
from lstm_jax.errors import InputError

from .application import application

RATES = (0.1, 0.2, 0.5, 1.0)


@checked
class Settings:
    """How large the sweeps are, and of what."""

    row: Annotated[str, Field(min_length=1)]
    budget: Annotated[int, Field(ge=1)] | None
    jobs: Annotated[int, Field(ge=4)]
    alone: Annotated[int, Field(ge=4)]
    folder: str

    def __post_init__(self) -> None:
        for name in ("jobs", "alone"):
            if getattr(self, name) % len(RATES):
                raise InputError(f"{name} is {getattr(self, name)}: it should be a multiple of {len(RATES)}.")
        if self.alone > self.jobs:
            raise InputError(f"alone is {self.alone}: it should be at most jobs, {self.jobs}.")


@application("launchers")
def main(config: DictConfig) -> None:
    """Run both sweeps as a user does, compare their records, and write the times."""
    node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    settings = build(Settings, node, "")
    from lstm_jax.results import files, load
    from lstm_jax.results.provenance import describe

    folder = files.directory(Path(settings.folder), "folder")
    console = Console()
    with tempfile.TemporaryDirectory() as work:
        lanes, basic = Path(work) / "lanes", Path(work) / "basic"
        of = [f"experiment={settings.row}", *([] if settings.budget is None else [f"budget={settings.budget}"])]
        seconds = {
            "lanes": sweep(settings.jobs, lanes, *of),
            "basic": sweep(settings.alone, basic, *of, "hydra/launcher=basic"),
            "process": sum(job(rate, Path(work) / "process", *of) for rate in RATES),
        }
        same = sum(run.records == load(lanes / run.name).runs[0].records and run.finished for run in load(basic).runs)
    jobs = {"lanes": settings.jobs, "basic": settings.alone, "process": len(RATES)}
    per_job = {name: seconds[name] / jobs[name] for name in jobs}
    ratios = {name: per_job[name] / per_job["lanes"] for name in ("basic", "process")}
    each = {name: f"{1e3 * value:.0f} ms each" for name, value in per_job.items()}
    times = {name: f"{ratio:.1f} times as long" for name, ratio in ratios.items()}
    console.print(
        f"{settings.jobs:,} jobs of {settings.row} as lanes: {seconds['lanes']:.0f} s, {each['lanes']}.\n"
        f"{settings.alone:,} of them by Hydra's own launcher: {seconds['basic']:.0f} s, {each['basic']}, "
        f"{times['basic']}; {same} of {settings.alone} have the same records.\n"
        f"{len(RATES)} in processes of their own: {each['process']}, {times['process']}.",
        highlight=False,
    )
    record = {"provenance": describe(), **node, "seconds": seconds, "ratios": ratios, "same_records": same}
    del record["folder"]
    name = f"launchers_{settings.row}.json"
    files.write_json(folder / name, record)
    console.print(f"Written to {folder}: {name}.")


def sweep(jobs: int, folder: Path, *more: str) -> float:
    """The seconds that a sweep takes from its command to its end."""
    swept = [f"seed=range(0,{jobs // len(RATES)})", f"optimizer.learning_rate={','.join(map(str, RATES))}"]
    return timed("-m", *swept, f"folder={folder}", *more)


def job(rate: float, folder: Path, *more: str) -> float:
    """The seconds that one job takes by a command of its own."""
    return timed(f"optimizer.learning_rate={rate}", f"folder={folder}", *more)


def timed(*arguments: str) -> float:
    """The seconds that a command takes.

    Raises:
        InputError: it did not end well.
    """
    command = [sys.executable, "-m", "lstm_jax", "train", *arguments, "trials=1"]
    started = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise InputError(f"{' '.join(command)} ended with status {done.returncode}.")
    return time.monotonic() - started


if __name__ == "__main__":
    main()
