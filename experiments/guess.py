"""Guess weights at random until a net solves the problem.

lstm-jax guess task=parity architecture=a1 trials=100 seed=1
"""

from pathlib import Path
from typing import Any

from hydra import compose
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from lstm_jax import options
from lstm_jax.errors import InputError, unknown
from lstm_jax.overrides import quote_row
from lstm_jax.paper.tables import ROWS

from .application import application

NAMED = {"problem": ("task.", "training_sequences="), "architecture": ("network.", "weight_range=")}
"""Overrides that belong to the name of the problem, and to that of the architecture."""


@application("guess")
def main(config: DictConfig) -> None:
    """Run the configured experiment."""
    node = resolve(config, HydraConfig.get())
    from rich.console import Console

    from lstm_jax.jobs import read_job, run_jobs
    from lstm_jax.report.columns import terminal
    from lstm_jax.report.guessing import COLUMNS
    from lstm_jax.results import files
    from lstm_jax.trials import guesses

    job, console = read_job(node, guesses.read), Console()
    files.directory(Path(job.output.folder), "folder")
    (summaries,) = run_jobs([job], console)
    console.print(terminal(COLUMNS, summaries))
    console.print(f"Written to {job.directory}.", highlight=False)


def resolve(config: DictConfig, hydra: Any) -> dict[str, Any]:
    """Plain values: those of a row where one is named, and the names that tables show.

    Args:
        config: composed.
        hydra: Hydra's own configuration, which knows what was chosen and changed.

    Raises:
        InputError: the row is unknown, or a net is missing.
    """
    node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    row = node.pop("row")
    del node["gradient"]  # every option of network brings one
    if any(change.startswith("gradient") for change in hydra.overrides.task):
        raise InputError("gradient cannot be given: weights are guessed.")
    names = {"problem": hydra.runtime.choices["task"], "architecture": hydra.runtime.choices["architecture"]}
    if row is not None:
        if str(row) not in ROWS:
            raise unknown(f"row is {row!r}", row, ("null", *ROWS))
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
