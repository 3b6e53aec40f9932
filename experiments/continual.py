"""Train nets on endless streams of embedded Reber strings, and print their table beside the published one.

python -m experiments.continual variants=[forget,forget_lr_decay] nets=16 seed=1
"""

from pathlib import Path
from typing import Any

from hydra import compose
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, ListConfig, OmegaConf

from experiments.application import application
from lstm_jax.errors import InputError
from lstm_jax.paper.continual import PUBLISHED

OUTPUT = ("folder", "checkpoint_seconds", "again")
"""Settings that do not change a result."""

COUNTS = ("variants", "nets", "seed", "budget", "curve_interval", *OUTPUT)
"""Settings that do not change what is done, only how often; all other overrides make a reading."""


@application("continual")
def main(config: DictConfig) -> None:
    """Run the chosen variants, one after the other."""
    overrides = [change for change in HydraConfig.get().overrides.task if not change.startswith("variants=")]
    changes = [change.split("=", 1) for change in overrides]
    reading = ", ".join(f"{name.rpartition('.')[2]}={value}" for name, value in changes if name not in COUNTS)
    nodes = {name: compose("continual", [*overrides, f"variant={name}"]) for name in choose(config.variants)}
    from rich.console import Console

    from lstm_jax.report.columns import terminal
    from lstm_jax.report.continual import COLUMNS, notes, order

    console = Console()
    summaries = order([run(name, reading, node, console) for name, node in nodes.items()])
    console.print(terminal(COLUMNS, summaries))
    for note in notes(summaries):
        console.print(note, highlight=False)
    console.print(f"Written to {config.folder}.", highlight=False)


def run(variant: str, reading: str, config: DictConfig, console) -> Any:
    """Run one variant under a reading if the folder does not hold it; its summary."""
    from experiments.progress import progress
    from lstm_jax.results import files
    from lstm_jax.results.records import finished
    from lstm_jax.results.streams import StreamSummary
    from lstm_jax.trials import continual

    node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    del node["variants"]
    output = {name: node.pop(name) for name in OUTPUT}
    study = continual.read(node | {"variant": variant, "reading": reading})
    directory = files.directory(Path(output["folder"]), "folder") / study.name
    if not output["again"] and (before := finished(StreamSummary, directory)):
        console.print(f"{variant}: finished before, in {directory} (again=true runs it again).", highlight=False)
        return before[0]
    with progress(console) as bars:
        nets, limit = study.settings.nets, study.settings.training_streams
        bar = bars.add_task(variant, total=nets * limit, status="compiling")
        for now in continual.run(study, directory, output["checkpoint_seconds"]):
            status = f"{now.perfect}/{nets} solved, {now.running} running, {now.rate:,.0f} symbols/s"
            bars.update(bar, completed=now.streams, status=status)
        bars.update(bar, completed=nets * limit)
    (summary,) = finished(StreamSummary, directory)
    return summary


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
            raise InputError(f"variants has {name!r}: allowed are all, or a list of {', '.join(PUBLISHED)}.")
    if not names:
        raise InputError(f"variants is []: it should have at least one of {', '.join(PUBLISHED)}.")
    return names


if __name__ == "__main__":
    main()
