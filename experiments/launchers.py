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
        seconds = {"lanes": sweep(settings.jobs, lanes), "basic": sweep(settings.alone, basic, "hydra/launcher=basic")}
        same = sum(run.records == load(lanes / run.name).runs[0].records and run.finished for run in load(basic).runs)
    per_job = {"lanes": seconds["lanes"] / settings.jobs, "basic": seconds["basic"] / settings.alone}
    ratio = per_job["basic"] / per_job["lanes"]
    console.print(
        f"{settings.jobs:,} jobs as lanes of one program: {seconds['lanes']:.0f} s, {1e3 * per_job['lanes']:.0f} ms "
        f"each.\n{settings.alone:,} of them by Hydra's own launcher: {seconds['basic']:.0f} s, "
        f"{1e3 * per_job['basic']:.0f} ms each, {ratio:.1f} times as long; {same} of {settings.alone} have the same "
        "records.",
        highlight=False,
    )
    record = {"provenance": describe(), **node, "seconds": seconds, "ratio": ratio, "same_records": same}
    del record["folder"]
    files.write_text(folder / "launchers.json", json.dumps(record, indent=1) + "\n")
    console.print(f"Written to {folder}: launchers.json.")


def sweep(jobs: int, folder: Path, *more: str) -> float:
    """The seconds that a sweep takes from its command to its end.

    Raises:
        InputError: it did not end well.
    """
    swept = [f"seed=range(0,{jobs // len(RATES)})", f"optimizer.learning_rate={','.join(map(str, RATES))}"]
    command = [sys.executable, "-m", "experiments.train", "-m", "experiment=6a", "trials=1", *swept]
    started = time.monotonic()
    done = subprocess.run([*command, f"folder={folder}", *more], stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise InputError(f"A sweep of {jobs} jobs ended with status {done.returncode}.")
    return time.monotonic() - started


if __name__ == "__main__":
    main()
