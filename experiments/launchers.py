"""Measure what a large sweep costs as lanes of one program, beside Hydra's own launcher.

python -m experiments.launchers jobs=1000 alone=40
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

from omegaconf import DictConfig, OmegaConf
from pydantic import Field
from rich.console import Console

from experiments.application import application
from lstm_jax.configuration import build, configuration
from lstm_jax.errors import InputError

RATES = (0.1, 0.2, 0.5, 1.0)


@configuration
class Settings:
    """How large the sweeps are."""

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
        seconds = {
            "lanes": sweep(settings.jobs, lanes),
            "basic": sweep(settings.alone, basic, "hydra/launcher=basic"),
            "process": sum(job(rate, Path(work) / "process") for rate in RATES),
        }
        same = sum(run.records == load(lanes / run.name).runs[0].records and run.finished for run in load(basic).runs)
    jobs = {"lanes": settings.jobs, "basic": settings.alone, "process": len(RATES)}
    per_job = {name: seconds[name] / jobs[name] for name in jobs}
    ratios = {name: per_job[name] / per_job["lanes"] for name in ("basic", "process")}
    console.print(
        f"{settings.jobs:,} jobs as lanes of one program: {seconds['lanes']:.0f} s, {1e3 * per_job['lanes']:.0f} ms "
        f"each.\n{settings.alone:,} of them by Hydra's own launcher: {seconds['basic']:.0f} s, "
        f"{1e3 * per_job['basic']:.0f} ms each, {ratios['basic']:.1f} times as long; {same} of {settings.alone} have "
        f"the same records.\n{len(RATES)} in processes of their own: {1e3 * per_job['process']:.0f} ms each, "
        f"{ratios['process']:.1f} times as long.",
        highlight=False,
    )
    record = {"provenance": describe(), **node, "seconds": seconds, "ratios": ratios, "same_records": same}
    del record["folder"]
    files.write_text(folder / "launchers.json", json.dumps(record, indent=1) + "\n")
    console.print(f"Written to {folder}: launchers.json.")


def sweep(jobs: int, folder: Path, *more: str) -> float:
    """The seconds that a sweep takes from its command to its end."""
    swept = [f"seed=range(0,{jobs // len(RATES)})", f"optimizer.learning_rate={','.join(map(str, RATES))}"]
    return timed("-m", *swept, f"folder={folder}", *more)


def job(rate: float, folder: Path) -> float:
    """The seconds that one job takes by a command of its own."""
    return timed(f"optimizer.learning_rate={rate}", f"folder={folder}")


def timed(*arguments: str) -> float:
    """The seconds that a command takes.

    Raises:
        InputError: it did not end well.
    """
    command = [sys.executable, "-m", "experiments.train", *arguments, "experiment=6a", "trials=1"]
    started = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise InputError(f"{' '.join(command)} ended with status {done.returncode}.")
    return time.monotonic() - started


if __name__ == "__main__":
    main()
