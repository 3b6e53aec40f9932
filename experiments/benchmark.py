"""Measure what one step of one trial costs: ours beside Flax and PyTorch, in one run.

python -m experiments.benchmark repeats=3 contenders=[ours,flax]
"""

import importlib.util
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from omegaconf import DictConfig, OmegaConf
from pydantic import Field
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from experiments.application import application
from experiments.peers.places import ALL_CORES, GPU, ONE_CORE, ONE_CORE_DEFAULT, ONE_CORE_TORCH, Place, Worker
from experiments.peers.training import MEAN_STEPS
from lstm_jax.configuration import build, configuration
from lstm_jax.errors import InputError

PLAN = (
    ("ours", ONE_CORE, (1, 16, 32, 64)),
    ("ours", ALL_CORES, (16, 32, 64, 128)),
    ("ours", GPU, (32, 128, 512, 2048, 8192, 16384)),
    ("autodiff", ONE_CORE, (32,)),
    ("autodiff_vmap", ONE_CORE, (16, 32)),
    ("flax", ONE_CORE_DEFAULT, (1, 16, 32)),
    ("flax", ONE_CORE, (1, 16, 32)),
    ("flax_steps", ONE_CORE_DEFAULT, (1,)),
    ("flax_steps", ONE_CORE, (1,)),
    ("torch", ONE_CORE_TORCH, (1,)),
)
"""Contender, place, and numbers of trials. What needs a GPU or PyTorch is left out where there is none."""


@configuration
class Settings:
    """How to measure."""

    repeats: Annotated[int, Field(ge=1)]
    """Measurements of each figure, taken in turn with those of the others."""
    seconds: Annotated[float, Field(gt=0)]
    """About how long one takes."""
    contenders: tuple[Literal["ours", "autodiff", "autodiff_vmap", "flax", "flax_steps", "torch"], ...]
    folder: str

    def __post_init__(self) -> None:
        if not self.contenders:
            raise InputError("contenders is []: it should have at least one of ours, autodiff, flax, torch, ...")


class Candidate(NamedTuple):
    """Something to be measured."""

    contender: str
    trials: int
    place: Place


@application("benchmark")
def main(config: DictConfig) -> None:
    """Measure, print the table and write it with its picture."""
    node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    settings = build(Settings, node, "")
    # Imported here, as everything that takes long: --help and --cfg job answer at once.
    from experiments.peers import report
    from lstm_jax.results import files

    folder = files.directory(Path(settings.folder), "folder")
    console = Console()
    candidates = plan(settings.contenders)
    if "torch" in settings.contenders and not _has_torch():
        console.print("PyTorch is left out: it is not installed here (scripts/benchmark installs it).")
    if not candidates:
        return
    timings, devices = measure(candidates, settings, console)
    console.print(report.rich_table(timings))
    for note in report.notes(timings):
        console.print(note, highlight=False)
    files.write_text(folder / "adding.json", report.document(timings, node, devices))
    report.picture(timings, folder / "adding.png")
    console.print(f"Written to {folder}: adding.json, adding.png.")


def plan(contenders: Sequence[str]) -> list[Candidate]:
    """Everything that is to be measured of these contenders."""
    chosen = [part for part in PLAN if part[0] in contenders and (part[0] != "torch" or _has_torch())]
    return [Candidate(contender, number, place) for contender, place, trials in chosen for number in trials]


def measure(candidates: Sequence[Candidate], settings: Settings, console: Console) -> tuple[list, list[dict[str, Any]]]:
    """Take the times, one candidate after the other and then all again, so that a slow minute hits them alike.

    Returns:
        A `report.Timing` for each candidate (those for a GPU only where there is one), and what the processes that
        ran JAX tell about themselves.
    """
    from experiments.peers.report import Timing, in_words

    with ExitStack() as stack:
        bars = stack.enter_context(_bars(console))
        bar = bars.add_task("starting", total=None)
        workers = _start(dict.fromkeys(candidate.place for candidate in candidates), settings.seconds, stack)
        taken: dict[Candidate, list[float]] = {c: [] for c in candidates if c.place in workers}
        bars.update(bar, total=settings.repeats * len(taken))
        for _ in range(settings.repeats):
            for candidate, times in taken.items():
                bars.update(bar, description=in_words(*candidate))
                answer = workers[candidate.place].ask(candidate.contender, candidate.trials)
                times.append(1e9 * answer["seconds"] / (answer["sequences"] * MEAN_STEPS * candidate.trials))
                bars.advance(bar)
        bars.update(bar, description="done")
        about = [worker.about for worker in workers.values() if worker.about]
    return [Timing(*candidate, nanoseconds=tuple(times)) for candidate, times in taken.items()], about


def _start(places: Iterable[Place], seconds: float, stack: ExitStack) -> dict[Place, Worker]:
    """Start a process at each place, but not at a GPU that is not there."""
    workers = {}
    for place in places:
        worker = Worker(place, seconds)
        stack.callback(worker.close)
        if not place.gpu or worker.about["platform"] == "gpu":
            workers[place] = worker
    return workers


def _has_torch() -> bool:
    return importlib.util.find_spec("torch") is not None


def _bars(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=16),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


if __name__ == "__main__":
    main()
