"""Keep finished runs for good, with fewer points in their curves.

lstm-jax record runs=runs record=results/paper
"""

import shutil
from pathlib import Path
from typing import Annotated, Any

from omegaconf import DictConfig, OmegaConf
from pydantic import Field

from lstm_jax.configuration import build, checked
from lstm_jax.errors import InputError

from .application import application

KEPT = ("configuration.json", "provenance.json", "trials.jsonl")
"""Files of a run's directory that are copied as they are."""


@checked
class Settings:
    """Which runs, and where they are kept."""

    runs: Annotated[str, Field(min_length=1)]
    record: Annotated[str, Field(min_length=1)]
    points: Annotated[int, Field(ge=1)]
    """Largest number of points of a learning curve; each is a mean over its neighbours."""
    weights: bool
    """Whether the weights of the nets are kept, too."""


@application("record")
def main(config: DictConfig) -> None:
    """Copy every finished run into the record; an older record of the same configuration gives way."""
    node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    settings = build(Settings, node, "")
    from lstm_jax.report.curves import coarser
    from lstm_jax.results import files, intact, load

    record = files.directory(Path(settings.record), "record")
    if record.resolve() == Path(settings.runs).resolve():
        raise InputError(f"record is {settings.record!r}: it should be another folder than that of the runs.")
    found = load(settings.runs)
    for run in found.runs:
        if not run.finished:
            print(f"{run.name}: left out, it is not finished.")
            continue
        target = record / run.name
        if target.resolve() == run.directory.resolve():
            print(f"{run.name}: left as it is, it is in the record.")
            continue
        weights = [intact.WEIGHTS] if settings.weights and (run.directory / intact.WEIGHTS).exists() else []
        try:
            curves = coarser(run.curves, settings.points)
            intact.check(run.directory, *weights)
        except InputError as error:
            print(f"{run.name}: left out. {error}")
            continue
        files.directory(target, "record")
        for name in ("summary.json", intact.WEIGHTS):
            (target / name).unlink(missing_ok=True)
        files.write_arrays(target / "curves.npz", curves)
        for name in (*KEPT, *weights):
            shutil.copyfile(run.directory / name, target / name)
        intact.finish(target, intact.read_json(run.directory / "summary.json"))
        print(f"{run.name}: kept, {len(curves['presentations'])} points of {len(run.curves['presentations'])}.")
    for directory, reason in found.left_out.items():
        print(f"{directory}: left out, {reason}.")


if __name__ == "__main__":
    main()
