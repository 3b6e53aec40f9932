"""Train a net and draw its gates, states and outputs in a sequence.

lstm-jax trace experiment=6a
"""

from pathlib import Path
from typing import Annotated, Any

from omegaconf import DictConfig, OmegaConf
from pydantic import Field

from lstm_jax.configuration import build, checked
from lstm_jax.errors import InputError

from .application import application


@checked
class Settings:
    """What to draw."""

    trial: Annotated[int, Field(ge=0)] | None
    """Number of the trial whose net is drawn; None for the trial that succeeds first."""
    sequence: Annotated[int, Field(ge=0, lt=2**31)]
    """Number of the test sequence that is shown."""


def check_sweep(config: DictConfig) -> None:
    """Refuse a multirun: all its pictures would have the same name."""
    raise InputError("trace draws one net: it cannot be swept.")


@application("trace", check_sweep=check_sweep, resumes=False)
def main(config: DictConfig) -> None:
    """Train, show one sequence, write picture and numbers."""
    from lstm_jax.composition import composed, suited

    config = suited(config, *composed())
    node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    settings = build(Settings, node.pop("trace"), "trace")
    conditions = OmegaConf.create(node)
    assert isinstance(conditions, DictConfig)
    from rich.console import Console

    from lstm_jax.cells import MemoryBlocks
    from lstm_jax.jobs.bars import progress
    from lstm_jax.report.moving import moving
    from lstm_jax.report.trace import picture
    from lstm_jax.results import files
    from lstm_jax.results.provenance import describe

    from .study import read

    job = read(conditions)
    experiment, folder = job.experiment, files.directory(Path(job.output.folder), "folder")
    cell = getattr(experiment.trial.network, "cell", None)
    if not isinstance(cell, MemoryBlocks):
        raise InputError(f"experiment has {node['network']}: traces are drawn of networks of memory_blocks.")
    trials = experiment.settings.trials
    if settings.trial is not None and settings.trial >= trials:
        raise InputError(f"trace.trial is {settings.trial}: it should be below trials, {trials}.")

    console = Console()
    with progress(console) as bars:
        bar = bars.add_task(experiment.settings.row, total=experiment.budget, status="compiling")

        def tell(presentations: int) -> None:
            bars.update(bar, completed=presentations, status="training")

        trial, snapshot = train(experiment, settings.trial, tell)
        bars.update(bar, total=snapshot.presentations)
    found = show(experiment, snapshot, trial, settings.sequence)
    solved_at = int(snapshot.solved_at[trial])
    about = {
        "row": experiment.settings.row,
        "trial": trial,
        "solved_at": solved_at or None,
        "presentations": solved_at or snapshot.presentations,
        "sequence": settings.sequence,
        "steps": len(found["inputs"]),
        "relevant": found["relevant"].nonzero()[0].tolist(),
        "correct": bool(found["correct"]),
    }
    name = experiment.settings.row
    files.write_arrays(folder / f"{name}.npz", found)
    content = {"provenance": describe(), "settings": node, **about}
    files.write_json(folder / f"{name}.json", content)
    picture(experiment.trial.task, cell, about, found, folder / f"{name}.png")
    files.write_text(folder / f"{name}.svg", moving(experiment.trial.task, experiment.trial.network, about, found))
    learned = f"solved after {solved_at:,} presentations" if solved_at else f"not solved in {snapshot.presentations:,}"
    answer = "right" if about["correct"] else "wrong"
    console.print(f"Trial {trial} of row {name}: {learned}; the answer to this sequence is {answer}.", highlight=False)
    console.print(f"Written to {folder}: {name}.svg (moves), {name}.png, {name}.npz, {name}.json.", highlight=False)


def train(experiment: Any, trial: int | None, tell: Any) -> tuple[int, Any]:
    """Train until this trial has ended, or any has succeeded; `tell` is called with the presentations so far.

    Returns:
        The trial's number and the last snapshot.
    """
    import numpy as np

    from lstm_jax.trials.snapshots import snapshots

    chunk, budget = experiment.settings.curve_interval, experiment.budget
    snapshot = None
    for snapshot in snapshots(experiment, [*range(chunk, budget, chunk), budget]):
        tell(snapshot.presentations)
        solved = np.flatnonzero(snapshot.solved_at)
        if trial is None and solved.size:
            return int(solved[np.argmin(snapshot.solved_at[solved])]), snapshot
        if not snapshot.running.any() or (trial is not None and not snapshot.running[trial]):
            break
    return trial or 0, snapshot


def show(experiment: Any, snapshot: Any, trial: int, sequence: int) -> dict[str, Any]:
    """Everything about one test sequence as arrays by name, padding cut off.

    What begins with `otherwise_` is of the same sequence, had what is relevant been otherwise.
    """
    import jax
    import jax.numpy as jnp
    import numpy as np

    from lstm_jax.analysis.traces import exchanged, relevant, trace
    from lstm_jax.random import fold_in
    from lstm_jax.tasks import FiniteTask
    from lstm_jax.trials.experiment import TEST
    from lstm_jax.trials.lanes import trial_key

    task, network = experiment.trial.task, experiment.trial.network
    weights, data = jax.tree.map(lambda x: jnp.asarray(x[..., trial]), (snapshot.weights, snapshot.data))
    if isinstance(task, FiniteTask):
        every = task.examination(*data)
        number = every.length.shape[0] - 1 - sequence
        if number < 0:
            raise InputError(f"trace.sequence is {sequence}: the task's own sets have {every.length.shape[0]}.")
        shown = jax.tree.map(lambda x: x[..., number], every)
    else:
        key = fold_in(trial_key(experiment.settings.seed, trial), TEST)
        shown = task.sample(fold_in(key, sequence))
    outputs = network.apply(weights, shown)
    steps = int(shown.length)
    inputs = np.asarray(shown.inputs)[:steps]
    found = trace(network, weights, jnp.asarray(inputs))
    arrays = {name: value for name, value in found.carry._asdict().items() if value is not None}
    arrays |= {"inputs": inputs, "relevant": relevant(task, inputs), "outputs": found.outputs}
    arrays |= {"targets": shown.targets, "correct": task.correct(outputs, shown)}
    other = exchanged(task, inputs)
    if other is not None:
        carry = trace(network, weights, jnp.asarray(other)).carry
        arrays |= {"otherwise_state": carry.state, "otherwise_cell_output": carry.cell_output}
    if shown.target_mask is not None:
        arrays |= {"targets": shown.targets[:steps], "target_mask": shown.target_mask[:steps]}
    return {name: np.asarray(value) for name, value in arrays.items()}


if __name__ == "__main__":
    main()
