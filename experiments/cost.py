"""Measure what learning rules cost as nets and sequences grow.

lstm-jax cost
"""

import statistics
import time
from pathlib import Path
from typing import Annotated, Any

from omegaconf import DictConfig, OmegaConf
from pydantic import Field

from lstm_jax.configuration import build, checked

from .application import application


@checked
class Settings:
    """What to measure."""

    units: Annotated[tuple[Annotated[int, Field(ge=1, le=256)], ...], Field(min_length=1)]
    """Sizes of the nets."""
    lengths: Annotated[tuple[Annotated[int, Field(ge=2)], ...], Field(min_length=1)]
    """Numbers of steps at which memory is looked at."""
    rows: tuple[str, ...]
    """Rows of Tables 1 and 2."""
    trials: Annotated[int, Field(ge=1)]
    """Number of lanes."""
    steps: Annotated[int, Field(ge=2)]
    """Length of the sequences for `units`."""
    repeats: Annotated[int, Field(ge=1)]
    """Number of measurements of each figure; the median counts."""
    seconds: Annotated[float, Field(gt=0)]
    """About how long one measurement takes, in seconds."""
    folder: str


@application("cost")
def main(config: DictConfig) -> None:
    """Measure, print the tables and write them with their picture."""
    node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    settings = build(Settings, node, "")
    from rich.console import Console

    from lstm_jax.jobs.bars import progress
    from lstm_jax.results import files
    from lstm_jax.results.provenance import describe

    from .peers import rules

    folder = files.directory(Path(settings.folder), "folder")
    console = Console()
    figures = []
    jobs = list(rules.jobs(settings))
    with progress(console) as bars:
        bar = bars.add_task("cost", total=len(jobs), status="measuring")
        for job in jobs:
            lowered = rules.compiled(job)
            memory = lowered.memory_analysis()
            times = [_seconds(lowered, job.arguments, settings.seconds) for _ in range(settings.repeats * job.timed)]
            per_step = [1e9 * seconds / job.trial_steps for seconds in times]
            figures.append(
                {
                    **job.labels,
                    "weights": job.network.weight_count,
                    "nanoseconds per trial-step": statistics.median(per_step) if per_step else None,
                    "range": [min(per_step), max(per_step)] if per_step else None,
                    "kept bytes per trial": memory.temp_size_in_bytes / settings.trials if memory else None,
                }
            )
            bars.advance(bar)
    for table in rules.tables(figures):
        console.print(table)
    content = {"unit": rules.UNIT, "machine": describe(), "settings": node, "figures": figures}
    files.write_json(folder / "rules.json", content)
    rules.picture(figures, folder / "rules.png")
    console.print(f"Written to {folder}: rules.json, rules.png.")


def _seconds(compiled, arguments, about: float) -> float:
    """Wall time of one call in seconds, a mean over as many calls as take about `about` seconds."""
    import jax

    calls, result = 1, None
    while True:
        started = time.perf_counter()
        for _ in range(calls):
            result = compiled(*arguments)
        jax.block_until_ready(result)
        taken = time.perf_counter() - started
        if taken >= about / 2:
            return taken / calls
        calls = max(calls + 1, int(calls * about / max(taken, about / 100)))


if __name__ == "__main__":
    main()
