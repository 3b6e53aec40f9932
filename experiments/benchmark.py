"""Measure what a step of one trial takes, beside Flax and PyTorch.

`workload=layers` measures a layer of LSTM cells as ordinary users have it, beside Flax's and PyTorch's.

lstm-jax benchmark repeats=3 contenders=[ours,flax]
lstm-jax benchmark workload=symbols
lstm-jax benchmark workload=cells
lstm-jax benchmark workload=layers
"""

import importlib.util
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, Literal

from omegaconf import DictConfig, OmegaConf
from pydantic import Field
from rich.console import Console

from lstm_jax.configuration import build, checked
from lstm_jax.errors import InputError
from lstm_jax.jobs.bars import progress
from lstm_jax.report.columns import terminal

from .application import application
from .peers import layers, simd
from .peers.places import Place, Worker
from .peers.workloads import WORKLOADS, Candidate

TORCH = {"torch", "layer_torch"}
BY_HAND = {"simd", "simd_cheap"}


@checked
class Settings:
    """What to measure and how."""

    workload: Literal["adding", "symbols", "cells", "layers"]
    repeats: Annotated[int, Field(ge=1)]
    """Number of measurements of each figure, taken in turn with those of the others."""
    seconds: Annotated[float, Field(gt=0)]
    """About how long one measurement takes, in seconds."""
    contenders: tuple[
        Literal[
            "ours",
            "dense",
            "bptt",
            "simd",
            "simd_cheap",
            "autodiff",
            "autodiff_vmap",
            "flax",
            "flax_steps",
            "flax_cell",
            "torch",
            "layer_ours",
            "layer_flax",
            "layer_torch",
            "layer_product",
        ],
        ...,
    ]
    """Contenders to measure, as far as the workload has them."""
    folder: str

    def __post_init__(self) -> None:
        names = WORKLOADS[self.workload].names
        if not set(names) & set(self.contenders):
            raise InputError(
                f"contenders is {list(self.contenders)}: it should have at least one of {', '.join(names)} "
                f"when workload is {self.workload!r}."
            )


@application("benchmark")
def main(config: DictConfig) -> None:
    """Measure, print the table and write it."""
    node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    settings = build(Settings, node, "")
    # Imported here, as everything that takes long: --help and --cfg job answer at once.
    from lstm_jax.results import files

    from .peers import report

    folder = files.directory(Path(settings.folder), "folder")
    console = Console()
    workload = WORKLOADS[settings.workload]
    contenders = set(settings.contenders) & set(workload.names)
    if contenders & TORCH and not importlib.util.find_spec("torch"):
        console.print("PyTorch is left out: it is not installed here (scripts/benchmark installs it).")
        contenders -= TORCH
    if contenders & BY_HAND and not simd.compiler():
        console.print("The program by hand is left out: there is no C++ compiler on the PATH.")
        contenders -= BY_HAND
    if not contenders:
        return
    timings, devices = measure(workload.candidates(contenders), settings, console)
    if settings.workload == "layers":
        figures, kept = layers.milliseconds(timings), layers.memory()
        console.print(terminal(layers.COLUMNS, layers.in_order(figures)))
        content = layers.document(figures, kept, node, devices)
    else:
        console.print(terminal(report.columns(workload, timings), timings))
        for note in report.notes(workload, timings):
            console.print(note, highlight=False)
        content = report.document(workload, timings, node, devices)
    name = settings.workload
    files.write_json(folder / f"{name}.json", content)
    console.print(f"Written to {folder}: {name}.json; lstm-jax figures figures=[speed] draws it.", markup=False)


def measure(candidates: Sequence[Candidate], settings: Settings, console: Console) -> tuple[list, list[dict[str, Any]]]:
    """Take the times, one candidate after the other and then all again, so that a slow minute hits them alike.

    Returns:
        A `report.Timing` for each candidate (those for a GPU only where there is one), and what the processes that
        ran JAX tell about themselves.
    """
    from .peers.report import Timing, in_words

    with ExitStack() as stack:
        bars = stack.enter_context(progress(console))
        bar = bars.add_task("benchmark", total=None, status="starting processes")
        workers = _start(dict.fromkeys(candidate.place for candidate in candidates), settings.seconds, stack)
        reached = [candidate for candidate in candidates if candidate.place in workers]
        taken: dict[Candidate, list[dict[str, Any]]] = {candidate: [] for candidate in reached}
        bars.update(bar, total=settings.repeats * len(taken))
        for _ in range(settings.repeats):
            for candidate, answers in taken.items():
                bars.update(bar, status=in_words(candidate))
                answers.append(workers[candidate.place].ask(candidate.contender, candidate.row, candidate.trials))
                bars.advance(bar)
        bars.update(bar, status="done")
        about = [worker.about for worker in workers.values() if worker.about]
    steps = WORKLOADS[settings.workload].mean_steps
    timings = []
    for candidate, answers in taken.items():
        times = (1e9 * answer["seconds"] / (answer["sequences"] * steps * candidate.trials) for answer in answers)
        timings.append(Timing(candidate, answers[0]["weights"], tuple(times), answers[0]["compiling"]))
    return timings, about


def _start(places: Iterable[Place], seconds: float, stack: ExitStack) -> dict[Place, Worker]:
    """Start a process at each place, but not at a GPU that is not there."""
    workers = {}
    for place in places:
        worker = Worker(place, seconds)
        stack.callback(worker.close)
        if not place.gpu or worker.about["platform"] == "gpu":
            workers[place] = worker
    return workers


if __name__ == "__main__":
    main()
