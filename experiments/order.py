"""Tell how trained nets of 6a tell the order of two symbols.

lstm-jax order run=runs
"""

import json
from pathlib import Path
from typing import Annotated, Any

from omegaconf import DictConfig, OmegaConf
from pydantic import Field

from lstm_jax.configuration import build, checked
from lstm_jax.errors import InputError

from .abuse import SEQUENCES, rounded
from .application import application


@checked
class Settings:
    """Which nets, and what they are shown."""

    run: Annotated[str, Field(min_length=1)]
    strings: Annotated[int, Field(ge=1)]
    folder: Annotated[str, Field(min_length=1)]


@application("order")
def main(config: DictConfig) -> None:
    """Show strings to the nets of a run, write record, table and picture."""
    node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    settings = build(Settings, node, "")
    run = find(settings.run)
    from rich.console import Console

    from lstm_jax.report.columns import terminal
    from lstm_jax.report.order import COLUMNS, MEASURES, lines, picture
    from lstm_jax.results import files
    from lstm_jax.results.provenance import describe
    from lstm_jax.results.records import plain

    task, network, weights = nets(run)
    folder = files.directory(Path(settings.folder), "folder")
    record, examples = measure(run, task, network, weights, settings.strings)
    console = Console()
    console.print(terminal(COLUMNS, lines(record)))
    console.print(terminal(MEASURES, [record]))
    content = {"provenance": describe(), "settings": node, "trained": run.provenance, "record": plain(record)}
    files.write_text(folder / f"{run.name}.json", json.dumps(content) + "\n")
    picture(record, examples, folder / f"{run.name}.png")
    console.print(f"Written to {folder}: {run.name}.json, {run.name}.png.", highlight=False)


def find(place: str) -> Any:
    """The finished run in a directory.

    Raises:
        InputError: there is none, or more than one.
    """
    from lstm_jax.results import load

    wanted = "it should be the directory of a finished run, as lstm-jax train experiment=6a leaves one"
    if not Path(place).is_dir():
        raise InputError(f"run is {place!r}: {wanted}, and there is no such directory.")
    found = load(place)
    for directory, reason in found.left_out.items():
        raise InputError(f"run has {str(directory)!r}, which cannot be read: {reason}.")
    done = [run for run in found.runs if run.finished]
    if len(done) != 1:
        raise InputError(f"run is {place!r}: {wanted}, and has {len(done) or 'none'}.")
    return done[0]


def nets(run: Any) -> tuple[Any, Any, Any]:
    """The task of a run, its network, and the weights of all its nets.

    Raises:
        InputError: its nets are not of memory blocks, do not tell the order of two symbols, or are not kept.
    """
    import jax
    import jax.numpy as jnp

    from lstm_jax.cells import MemoryBlocks
    from lstm_jax.configuration import named
    from lstm_jax.options import completed
    from lstm_jax.tasks import TASKS, TemporalOrder
    from lstm_jax.trees import filled
    from lstm_jax.trials.experiment import read_network

    node = completed(run.configuration)
    task = named(TASKS, node["task"], "task")
    if not isinstance(task, TemporalOrder) or len(task.positions) != 2:
        raise InputError(f"run is of row {run.row}: it should be of 6a, or of another task of two symbols in order.")
    network: Any = read_network(node["network"], task)
    if not isinstance(getattr(network, "cell", None), MemoryBlocks):
        raise InputError(f"run has {node['network']}: the order is looked for in networks of memory_blocks.")
    if network.cell.blocks == 1:
        raise InputError("run has nets of one block: which one decides can be asked of two or more.")
    trials = len(run.records)
    if not any(record.solved for record in run.records):
        raise InputError(f"run has {trials} nets, none of which met the criterion: there is no solution to look at.")
    keys = jax.random.split(jax.random.key(0), trials)
    blank = jax.eval_shape(lambda: network.init(keys, jnp.ones(trials)))
    return task, network, jax.tree.map(jnp.asarray, filled(blank, run.weights, "weights: "))


def measure(run: Any, task: Any, network: Any, weights: Any, strings: int) -> tuple[Any, list[Any]]:
    """How all nets of a run tell the order, an `OrderRecord`, and what some of them do in one string.

    Returns:
        The record, and an `Example` of the first net of each kind.
    """
    import jax
    import jax.numpy as jnp
    import numpy as np

    from lstm_jax.analysis.order import in_every_order, kinds, measures, moments
    from lstm_jax.analysis.traces import trace
    from lstm_jax.random import fold_in
    from lstm_jax.report.order import Example, of_each_kind
    from lstm_jax.results.studies import OrderRecord
    from lstm_jax.trials.lanes import trial_key

    seed = run.configuration["seed"]
    keys = jax.random.split(fold_in(trial_key(seed, 0), SEQUENCES), strings)
    shown = jax.jit(lambda: in_every_order(task.sample(keys)))()
    found = jax.jit(lambda weights: measures(moments(network, task, weights, shown)))(weights)
    record = OrderRecord(
        row=run.row,
        seed=seed,
        solved=tuple(record.solved for record in run.records),
        **{name: rounded(np.asarray(values)) for name, values in found._asdict().items()},
        **{name: tuple(values.tolist()) for name, values in kinds(found)._asdict().items()},
    )
    last, *relevant = (int(jnp.argmax(step[:, 0])) for step in (shown.last, shown.first, shown.second))
    examples = []
    for trial in of_each_kind(record):
        one = jax.tree.map(lambda w, trial=trial: w[..., trial, None], weights)
        carry = trace(network, one, shown.inputs[: last + 1, 1:3, 0]).carry
        examples.append(Example(trial, tuple(relevant), np.asarray(carry.input_gate), np.asarray(carry.state)))
    return record, examples


if __name__ == "__main__":
    main()
