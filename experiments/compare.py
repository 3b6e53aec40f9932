"""Put any cells on any rows, side by side.

lstm-jax compare cells=[elman,gru,memory_blocks] rows=[1-5,4-1,6a]
"""

from dataclasses import replace
from typing import Any

from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig, ListConfig

from lstm_jax.errors import InputError, unknown

from .application import application
from .reproduce import choose


@application("compare")
def main(config: DictConfig) -> None:
    """Run every cell on every row, several at once."""
    check(config)
    from rich.console import Console

    from lstm_jax.report.columns import markdown, terminal
    from lstm_jax.report.comparison import COLUMNS, draw
    from lstm_jax.results.provenance import describe
    from lstm_jax.results.records import plain
    from lstm_jax.results.studies import ComparedSummary

    from .study import run, tell

    plan = {f"{row} {cell}": (row, str(cell)) for row in choose(config.rows) for cell in config.cells}
    console = Console()
    found = run({label: conditions(config, *pair) for label, pair in plan.items()}, console)
    lines = [
        ComparedSummary(**vars(replace(stage, row=row)), cell=cell, gradient=job.experiment.trial.learner.rule)
        for (row, cell), (job, stages) in zip(plan.values(), found.values(), strict=True)
        for stage in stages
    ]
    written = {
        "comparison.json": {"provenance": describe(), "seed": config.seed, "lines": list(map(plain, lines))},
        "comparison.md": markdown(COLUMNS, lines),
        "comparison.png": lambda path: draw(lines, path),
    }
    tell(console, config.folder, [terminal(COLUMNS, lines)], written)


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
            raise unknown(f"cells has {cell!r}", cell, known, ", or your own, as my_module.MyCell")
    if not isinstance(config.same_weights, bool):
        raise InputError(f"same_weights is {config.same_weights!r}: it should be true or false.")
    if not isinstance(config.changes, ListConfig) or not all(isinstance(change, str) for change in config.changes):
        raise InputError(f"changes is {config.changes!r}: it should be a list of overrides, such as 'trials=5'.")


def conditions(config: DictConfig, row: str, cell: str) -> DictConfig:
    """The configuration of one cell on one row."""
    from lstm_jax.composition import part_name

    from .sizing import sized, weight_count
    from .study import composed

    own = composed(config, row, *config.changes)
    same = cell == part_name(own, "network")
    chosen = own.copy() if same else composed(config, row, *config.changes, f"network={cell}")
    if "cell" in own.network and "cell" in chosen.network:
        _take_over(own, chosen)
    if config.same_weights and "units" in (chosen.network.get("cell") or {}):
        chosen.network.cell.units = sized(chosen, weight_count(own)).network.cell.units
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


if __name__ == "__main__":
    main()
