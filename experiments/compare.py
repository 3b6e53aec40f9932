"""Put any cells on any rows: success and presentations of each, side by side.

python -m experiments.compare cells=[elman,gru,memory_blocks] rows=[1-5,4-1,6a]
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig, ListConfig

from experiments.application import application
from experiments.reproduce import choose
from lstm_jax.errors import InputError
from lstm_jax.overrides import quote_row, quoted

LARGEST = 100
"""Units tried to match a number of weights."""


@application("compare")
def main(config: DictConfig) -> None:
    """Run every cell on every row, several at once."""
    check(config)
    from rich.console import Console

    from experiments.rows import read
    from lstm_jax.jobs import run_jobs
    from lstm_jax.report.columns import markdown, terminal
    from lstm_jax.report.comparison import COLUMNS, draw
    from lstm_jax.results import files
    from lstm_jax.results.provenance import describe
    from lstm_jax.results.records import plain
    from lstm_jax.results.studies import ComparedSummary

    folder = files.directory(Path(config.folder), "folder")
    plan = [(row, str(cell)) for row in choose(config.rows) for cell in config.cells]
    jobs = [read(conditions(config, row, cell), f"{row} {cell}") for row, cell in plan]
    console = Console()
    lines = [
        ComparedSummary(**vars(replace(stage, row=row)), cell=cell, gradient=job.experiment.trial.learner.rule)
        for (row, cell), job, summary in zip(plan, jobs, run_jobs(jobs, console), strict=True)
        for stage in summary
    ]
    console.print(terminal(COLUMNS, lines))
    record = {"provenance": describe(), "seed": config.seed, "lines": list(map(plain, lines))}
    files.write_json(folder / "comparison.json", record)
    files.write_text(folder / "comparison.md", markdown(COLUMNS, lines))
    draw(lines, folder / "comparison.png")
    console.print(f"Written to {folder}: comparison.json, comparison.md, comparison.png, and each run's own directory.")


def check(config: DictConfig) -> None:
    """Refuse settings of the comparison itself; those of its runs are checked with them.

    Raises:
        InputError: a setting is of the wrong kind.
    """
    if not isinstance(config.cells, ListConfig) or not config.cells:
        raise InputError(f"cells is {config.cells!r}: it should be a list of options of network, or your own.")
    known = GlobalHydra.instance().config_loader().get_group_options("network")
    for cell in map(str, config.cells):
        if "." not in cell and cell not in known:
            raise InputError(f"cells has {cell!r}: allowed are {', '.join(known)}, or your own, as my_module.MyCell.")
    if not isinstance(config.same_weights, bool):
        raise InputError(f"same_weights is {config.same_weights!r}: it should be true or false.")
    if not isinstance(config.changes, ListConfig) or not all(isinstance(change, str) for change in config.changes):
        raise InputError(f"changes is {config.changes!r}: it should be a list of overrides, such as 'trials=5'.")


def conditions(config: DictConfig, row: str, cell: str) -> DictConfig:
    """The configuration of one cell on one row."""
    from lstm_jax.composition import compose_row, part_name

    shared = ["seed", "folder", "checkpoint_seconds", "again"]
    shared += [name for name in ("trials", "budget") if config[name] is not None]
    overrides = [
        quote_row(f"experiment={row}"),
        *(f"{name}={quoted(config[name])}" for name in shared),
        *config.changes,
    ]
    own = compose_row(overrides)
    chosen = own.copy() if cell == part_name(own, "network") else compose_row([*overrides, f"network={cell}"])
    if "cell" in own.network and "cell" in chosen.network:
        _take_over(own, chosen)
    if config.same_weights and "units" in (chosen.network.get("cell") or {}):
        chosen.network.cell.units = matching_units(own, chosen)
    chosen.tracker = config.tracker
    return chosen


def _take_over(own: DictConfig, chosen: DictConfig) -> None:
    """Give a net the row's output units, and blocks their number, wiring and biases, where the row sets them."""
    from omegaconf import OmegaConf

    from lstm_jax import options

    usual = options.option("network", own.network.cell.name)["network"]
    of_row: Any = OmegaConf.to_container(own.network, resolve=True)
    set_by_row = {name: value for name, value in of_row.items() if name != "cell" and value != usual[name]}
    if "blocks" in chosen.network.cell and "blocks" in of_row["cell"]:
        set_by_row["cell"] = {name: value for name, value in of_row["cell"].items() if value != usual["cell"][name]}
    chosen.network = OmegaConf.merge(chosen.network, set_by_row)


def matching_units(own: DictConfig, chosen: DictConfig) -> int:
    """How many units give a net whose number of weights is nearest to that of the row's own net."""
    from omegaconf import OmegaConf

    from lstm_jax.configuration import named
    from lstm_jax.tasks import TASKS
    from lstm_jax.trials.experiment import read_network

    task = named(TASKS, OmegaConf.to_container(chosen.task, resolve=True), "task")

    def weights(config: DictConfig, units: int | None = None) -> int:
        node: Any = OmegaConf.to_container(config.network, resolve=True)
        if units is not None:
            node["cell"]["units"] = units
        return read_network(node, task).weight_count

    wanted = weights(own)
    heads = chosen.network.cell.get("heads", 1)
    return min(range(heads, LARGEST + 1, heads), key=lambda units: abs(weights(chosen, units) - wanted))


if __name__ == "__main__":
    main()
