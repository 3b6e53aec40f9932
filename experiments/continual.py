"""Train nets on endless streams, beside the published table.

lstm-jax continual variants=[forget,forget_lr_decay] trials=16 seed=1
"""

from pathlib import Path
from typing import Any

from hydra import compose
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, ListConfig, OmegaConf

from lstm_jax.errors import InputError, unknown
from lstm_jax.paper.continual import PUBLISHED

from .application import application

COUNTS = ("variants", "trials", "seed", "budget", "curve_interval", "folder", "checkpoint_seconds", "again")
"""Settings that do not change what is done, only how often and where; all other overrides make a reading."""


@application("continual")
def main(config: DictConfig) -> None:
    """Run the chosen variants, several at once."""
    overrides = [change for change in HydraConfig.get().overrides.task if not change.startswith("variants=")]
    changes = [change.split("=", 1) for change in overrides]
    reading = ", ".join(f"{name.rpartition('.')[2]}={value}" for name, value in changes if name not in COUNTS)
    variants = choose(config.variants)
    studies = [(name, reading, compose("continual", [*overrides, f"variant={name}"])) for name in variants]
    from rich.console import Console

    from lstm_jax.jobs import run_jobs
    from lstm_jax.report.columns import terminal
    from lstm_jax.report.continual import COLUMNS, notes, order
    from lstm_jax.results import files

    jobs = [job(*study) for study in studies]
    files.directory(Path(config.folder), "folder")
    console = Console()
    summaries = order([summary for (summary,) in run_jobs(jobs, console)])
    console.print(terminal(COLUMNS, summaries))
    for note in notes(summaries):
        console.print(note, highlight=False)
    console.print(f"Written to {config.folder}.", highlight=False)


def job(variant: str, reading: str, config: DictConfig, label: str = "") -> Any:
    """The job of one variant under a reading; a label names it in progress bars, by default the variant."""
    from lstm_jax.jobs import read_job
    from lstm_jax.trials import continual

    node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    for name in ("variants", "alpha"):
        del node[name]
    if (gradient := node.pop("gradient")) != "truncated":
        raise InputError(f"gradient is {gradient!r}: streams are learned by the truncated gradient, which has no end.")
    return read_job(node | {"variant": variant, "reading": reading}, continual.read, label)


def choose(variants: str | ListConfig) -> list[str]:
    """The names that `variants` stands for: "all", one name or a list of names.

    Raises:
        InputError: a name is not that of a variant.
    """
    if variants == "all":
        return list(PUBLISHED)
    names = [str(name) for name in (variants if isinstance(variants, ListConfig) else [variants])]
    for name in names:
        if name not in PUBLISHED:
            raise unknown(f"variants has {name!r}", name, ("all", *PUBLISHED))
    if not names:
        raise InputError(f"variants is []: it should have at least one of {', '.join(PUBLISHED)}.")
    return names


if __name__ == "__main__":
    main()
