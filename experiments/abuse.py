"""Measure cells used as biases and drifting states, and the remedies.

lstm-jax abuse
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from hydra import compose
from omegaconf import DictConfig, OmegaConf
from pydantic import Field

from lstm_jax.configuration import build, checked
from lstm_jax.errors import InputError, unknown
from lstm_jax.overrides import quote_row, quoted

from .application import application

SEQUENCES = 2**31 - 3
"""Branch of a trial's key that the sequences shown here come from."""


@checked
class Settings:
    """What to measure."""

    studies: tuple[str | int, ...] | Literal["all"]
    trials: Annotated[int, Field(ge=1)]
    sequences: Annotated[int, Field(ge=2)]
    moments: tuple[Annotated[int, Field(ge=0, lt=2**31)], ...] | None
    """Numbers of presentations, in rising order; None for those of each study."""
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    folder: Annotated[str, Field(min_length=1)]

    def __post_init__(self) -> None:
        if self.moments is not None and (not self.moments or list(self.moments) != sorted(set(self.moments))):
            raise InputError(f"moments is {list(self.moments)}: it should be numbers of presentations in rising order.")


@application("abuse")
def main(config: DictConfig) -> None:
    """Train every variant, measure at its moments, write numbers, table and picture."""
    node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    known = node.pop("known")
    settings = build(Settings, node, "")
    chosen = list(known) if settings.studies == "all" else [str(row) for row in settings.studies]
    for row in chosen:
        if row not in known:
            raise unknown(f"studies has {row!r}", row, ("all", *known))
    if not chosen:
        raise InputError(f"studies is []: it should have at least one of {', '.join(known)}.")

    from rich.console import Console

    from lstm_jax.jobs.bars import progress
    from lstm_jax.report.abuse import cells_picture, picture, tables
    from lstm_jax.results import files
    from lstm_jax.results.provenance import describe
    from lstm_jax.results.records import plain
    from lstm_jax.results.studies import UseRecord

    from .study import read

    folder = files.directory(Path(settings.folder), "folder")
    console = Console()
    records: list[UseRecord] = []
    shared = [f"{name}={quoted(getattr(settings, name))}" for name in ("trials", "seed", "folder")]
    plan = [(row, *variant) for row in chosen for variant in known[row]["variants"].items()]
    with progress(console) as bars:
        bar = bars.add_task("abuse", total=len(plan), status="compiling")
        for row, variant, changes in plan:
            bars.update(bar, status=f"row {row}: {variant}")
            conditions = compose("train", [quote_row(f"experiment={row}"), *shared, *changes])
            moments = settings.moments or known[row]["moments"]
            found = measure(read(conditions).experiment, moments, settings.sequences)
            records += (UseRecord(row=row, variant=variant, overrides=tuple(changes), **own) for own in found)
            bars.advance(bar)
    for table in tables(records):
        console.print(table)
    content = {"provenance": describe(), "settings": node, "records": list(map(plain, records))}
    files.write_text(folder / "abuse.json", json.dumps(content) + "\n")
    picture(records, folder / "abuse.png")
    cells_picture(records, folder / "cells.png")
    console.print(f"Written to {folder}: abuse.json, abuse.png, cells.png.")


def measure(experiment: Any, moments: Sequence[int], sequences: int) -> list[dict[str, Any]]:
    """What the cells of all trials are used for at these moments: the measures of a `UseRecord` for each."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from lstm_jax.analysis.abuse import sent_constant, use
    from lstm_jax.random import fold_in
    from lstm_jax.tasks import FiniteTask
    from lstm_jax.trials.lanes import trial_key
    from lstm_jax.trials.snapshots import snapshots

    task, network = experiment.trial.task, experiment.trial.network
    keys = fold_in(trial_key(experiment.settings.seed, jnp.arange(experiment.settings.trials)), SEQUENCES)
    each = fold_in(jnp.broadcast_to(keys, (sequences, len(keys))), jnp.arange(sequences)[:, None])

    @jax.jit
    def used(weights, data):
        shown = task.examination(*data) if isinstance(task, FiniteTask) else task.sample(each)
        found = use(network, weights, shown)
        return {"sent_constant": sent_constant(found), **found._asdict()}

    records = []
    for snapshot in snapshots(experiment, moments):
        found = {name: rounded(np.asarray(x)) for name, x in used(snapshot.weights, snapshot.data).items()}
        solved = int(np.sum((snapshot.solved_at > 0) & (snapshot.solved_at <= snapshot.presentations)))
        records.append({"presentations": snapshot.presentations, "solved": solved, **found})
    return records


def rounded(values: Any) -> tuple[Any, ...]:
    """Four digits; None where there is no number, as where nothing is sent to the output units."""
    if values.ndim > 1:
        return tuple(rounded(part) for part in values)
    return tuple(float(f"{value:.4g}") if value == value else None for value in values.tolist())


if __name__ == "__main__":
    main()
