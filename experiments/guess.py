"""Guess weights at random until a net solves a problem, and print how many guesses that took.

python -m experiments.guess task=parity architecture=a1 trials=100 seed=1
"""

from pathlib import Path
from typing import Any

from hydra import compose
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from experiments.application import application, quote_row
from lstm_jax import options
from lstm_jax.errors import InputError
from lstm_jax.paper.tables import ROWS

OUTPUT = ("folder", "lanes", "again")
"""Settings that do not change a result."""

NAMED = {"problem": ("task.", "training_sequences="), "architecture": ("network.", "weight_range=")}
"""Overrides that belong to the name of the problem, and to that of the architecture."""


@application("guess")
def main(config: DictConfig) -> None:
    """Run the configured study."""
    node = resolve(config)
    from rich.console import Console

    from experiments.progress import progress
    from lstm_jax.report.guessing import rich_table
    from lstm_jax.results import files
    from lstm_jax.trials import guesses

    output = {name: node.pop(name) for name in OUTPUT}
    study = guesses.read(node)
    folder = files.directory(Path(output["folder"]), "folder")
    directory, console = folder / study.name, Console()
    if output["again"] or files.finished(directory) is None:
        with progress(console) as bars:
            settings = study.settings
            bar = bars.add_task(settings.problem, total=settings.trials, status="compiling")
            for now in guesses.run(study, directory, output["lanes"], output["again"]):
                status = f"{now.solved}/{settings.trials} solved, {now.rate:,.0f} guesses/s"
                bars.update(bar, completed=now.trials + now.guesses / settings.budget, status=status)
            bars.update(bar, completed=settings.trials)
    else:
        console.print(f"Finished before, in {directory} (again=true runs it again).", highlight=False)
    summary = files.finished(directory)
    assert summary is not None
    console.print(rich_table([summary]))
    console.print(f"Written to {directory}.", highlight=False)


def resolve(config: DictConfig) -> dict[str, Any]:
    """Plain values: those of a row where one is named, and the names that tables show.

    Raises:
        InputError: the row is unknown, or a net is missing.
    """
    hydra = HydraConfig.get()
    node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    row = node.pop("row")
    names = {"problem": hydra.runtime.choices["task"], "architecture": hydra.runtime.choices["architecture"]}
    if row is not None:
        if str(row) not in ROWS:
            raise InputError(f"row is {row!r}: allowed are null, {', '.join(ROWS)}.")
        composed = compose("train", [quote_row(f"experiment={row}")])
        plain: Any = OmegaConf.to_container(composed, resolve=True)
        of_row = options.recorded(plain)
        names["problem"], node["task"] = f"row {row}", of_row["task"]
        if node["network"] is None:
            node["network"] = of_row["network"]
            if "cell" not in node["network"]:
                raise InputError(f"row is {row!r}, whose net has no cell: architecture should name another.")
            node["network"]["cell"] = {
                name: "random" if isinstance(value, list) and name.endswith("_bias") else value
                for name, value in of_row["network"]["cell"].items()
            }
    if node["network"] is None:
        raise InputError("architecture is 'row', the net of a row of the paper: row should name one.")
    for name, beginnings in NAMED.items():
        changes = (change.split("=", 1) for change in hydra.overrides.task if change.startswith(beginnings))
        node[name] = ", ".join([names[name], *(f"{of.rpartition('.')[2]}={value}" for of, value in changes)])
    return node | {"balanced": row is None}


if __name__ == "__main__":
    main()
