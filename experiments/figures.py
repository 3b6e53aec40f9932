"""Draw recorded results for papers and slides, all in one style.

Tables, learning curves, error flow, traces, speed, boards of the arena, claims, seeds.

lstm-jax figures results=results/paper formats=[pdf]
"""

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from omegaconf import DictConfig, OmegaConf
from pydantic import Field

from lstm_jax.configuration import build, checked
from lstm_jax.errors import InputError

from .application import application


@checked
class Settings:
    """What to draw, and how."""

    results: Annotated[str, Field(min_length=1)]
    folder: Annotated[str, Field(min_length=1)]
    formats: Annotated[tuple[Literal["svg", "pdf", "png"], ...], Field(min_length=1)]
    figures: Annotated[
        tuple[
            Literal[
                "tables",
                "experiments",
                "curves",
                "quick",
                "row_curves",
                "error_flow",
                "traces",
                "moving",
                "speed",
                "arena",
                "claims",
                "seeds",
            ],
            ...,
        ],
        Field(min_length=1),
    ]


@application("figures")
def main(config: DictConfig) -> None:
    """Draw what there is, and say what there is not."""
    node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    settings = build(Settings, node, "")
    results = Path(settings.results)
    if not results.is_dir():
        raise InputError(f"results is {str(results)!r}: there is no such directory.")
    from lstm_jax.results import files

    folder = files.directory(Path(settings.folder), "folder")
    drawn = False
    for figure in settings.figures:
        names = DRAWERS[figure](results, folder, settings.formats)
        endings = "svg" if figure == "moving" else ", ".join(settings.formats)
        print(
            f"Drawn in {folder}: {', '.join(names)} ({endings})." if names else f"{results} has nothing for {figure}."
        )
        drawn |= bool(names)
    if not drawn:
        raise InputError(f"results is {str(results)!r}: nothing in it could be drawn.")


def tables(results: Path, folder: Path, formats: Sequence[str]) -> list[str]:
    """Every trial of every row of the paper's tables."""
    from lstm_jax.report.strips import strips

    runs = recorded(results)
    if runs:
        strips([stage for run in runs for stage in run.summary], folder / "tables", formats)
    return ["tables"] if runs else []


def experiments(results: Path, folder: Path, formats: Sequence[str]) -> list[str]:
    """Every trial of every row, a picture for each experiment."""
    from lstm_jax.report.strips import strips

    stages = [stage for run in recorded(results) for stage in run.summary]
    numbers = sorted({stage.row[0] for stage in stages})
    for number in numbers:
        strips([stage for stage in stages if stage.row[0] == number], folder / f"experiment-{number}", formats)
    return [f"experiment-{number}" for number in numbers]


def curves(results: Path, folder: Path, formats: Sequence[str]) -> list[str]:
    """Learning curves of all rows in one picture."""
    from lstm_jax.report.figures import learning_curves

    found = recorded(results, with_curves=True)
    if found:
        learning_curves(found, folder / "curves", formats)
    return ["curves"] if found else []


def quick(results: Path, folder: Path, formats: Sequence[str]) -> list[str]:
    """Learning curves of one row of each experiment in one picture."""
    from lstm_jax.paper.closest import QUICK
    from lstm_jax.report.figures import learning_curves

    found = [run for run in recorded(results, with_curves=True) if run.row in QUICK]
    if found:
        learning_curves(found, folder / "quick", formats)
    return ["quick"] if found else []


def row_curves(results: Path, folder: Path, formats: Sequence[str]) -> list[str]:
    """Learning curves of each row alone."""
    from lstm_jax.report.figures import learning_curves

    names = []
    for run in recorded(results, with_curves=True):
        names.append(f"curves-{run.row}")
        learning_curves([run], folder / names[-1], formats)
    return names


def error_flow(results: Path, folder: Path, formats: Sequence[str]) -> list[str]:
    """Scaling factors against the lag."""
    from lstm_jax.report import error_flow as flows

    names = []
    for path in sorted(results.rglob("error_flow.json")):
        name = "error_flow" if not names else f"error_flow-{path.parent.name}"
        flows.picture(flows.recorded(_content(path)["curves"]), folder / name, formats)
        names.append(name)
    return names


def traces(results: Path, folder: Path, formats: Sequence[str]) -> list[str]:
    """Everything that nets do in one sequence."""
    from lstm_jax.report.trace import picture
    from lstm_jax.results import files

    names = []
    for path, about, task, network in _recorded_traces(results):
        names.append(f"trace-{path.stem}")
        picture(task, network.cell, about, files.read_arrays(path), folder / names[-1], formats)
    return names


def moving(results: Path, folder: Path, formats: Sequence[str]) -> list[str]:
    """What nets do in one sequence, moving: always SVG, which is what moves."""
    from lstm_jax.report.moving import moving as drawn
    from lstm_jax.results import files

    names = []
    for path, about, task, network in _recorded_traces(results):
        names.append(f"moving-{path.stem}")
        picture = drawn(task, network, about, files.read_arrays(path))
        files.write_text(folder / f"{names[-1]}.svg", picture)
    return names


def _recorded_traces(results: Path) -> Iterator[tuple[Path, Any, Any, Any]]:
    """Arrays of traces, what was traced, and its task and network."""
    from lstm_jax.configuration import named
    from lstm_jax.tasks import TASKS
    from lstm_jax.trials.experiment import read_network

    for path in sorted(results.rglob("*.npz")):
        about = _content(path.with_suffix(".json")) if path.with_suffix(".json").exists() else {}
        if "relevant" in about:
            task = named(TASKS, about["settings"]["task"], "task")
            yield path, about, task, read_network(about["settings"]["network"], task)


def speed(results: Path, folder: Path, formats: Sequence[str]) -> list[str]:
    """What the benchmark measured."""
    from lstm_jax.report.speed import picture

    names = []
    for workload in ("adding", "symbols", "cells", "layers"):
        for path in sorted(results.rglob(f"{workload}.json")):
            picture(_content(path), folder / f"speed-{workload}", formats)
            names.append(f"speed-{workload}")
    return names


def arena(results: Path, folder: Path, formats: Sequence[str]) -> list[str]:
    """Boards of the arena: solved trials, their course, and profiles."""
    from lstm_jax.report.boards import PICTURES
    from lstm_jax.results import boards

    names = []
    for path in boards.paths(results):
        board = boards.read(path)
        for picture, draw in PICTURES.items():
            names.append(f"arena-{board.name}-{picture}")
            draw(board.lines, folder / names[-1], formats)
    return names


def claims(results: Path, folder: Path, formats: Sequence[str]) -> list[str]:
    """What the trials of every claim say, a picture for each folder of claims."""
    from lstm_jax.report.claims import picture
    from lstm_jax.results.claims import folders, read

    names = []
    for place in folders(results):
        judged = read(place)
        for reason in judged.left_out.values():
            print(f"Left out: {reason}")
        name = "claims" if not names else f"claims-{place.name}"
        picture(judged.found, folder / name, formats)
        names.append(name)
    return names


def seeds(results: Path, folder: Path, formats: Sequence[str]) -> list[str]:
    """How times to success of many trials are distributed."""
    from lstm_jax.report.seeds import picture

    found = [run for run in loaded(results / "seeds") if run.finished] if (results / "seeds").is_dir() else []
    if found:
        picture(found, folder / "seeds", formats)
    return ["seeds"] if found else []


def _content(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except ValueError:
        raise InputError(f"{path} is damaged; remove it to draw the others.") from None


DRAWERS = {
    "tables": tables,
    "experiments": experiments,
    "curves": curves,
    "quick": quick,
    "row_curves": row_curves,
    "error_flow": error_flow,
    "traces": traces,
    "moving": moving,
    "speed": speed,
    "arena": arena,
    "claims": claims,
    "seeds": seeds,
}


@lru_cache
def loaded(results: Path) -> tuple[Any, ...]:
    """The runs of a folder; says of which it could not read the files."""
    from lstm_jax.report.groups import missing
    from lstm_jax.results import load

    found = load(results)
    for sentence in missing(found.left_out):
        print(sentence)
    return found.runs


@lru_cache
def recorded(results: Path, with_curves: bool = False) -> list[Any]:
    """Finished runs of LSTM's rows in the order of the tables; of each row that with the largest budget.

    Args:
        results: the folder they are in.
        with_curves: leave out those without learning curves.
    """
    from lstm_jax.paper.tables import LSTM_ROWS

    found: dict[str, list[Any]] = {}
    for run in loaded(results):
        row = run.row
        drawn = not with_curves or (run.directory / "curves.npz").exists()
        if drawn and run.finished and row in LSTM_ROWS and run.summary[0].paper:
            found.setdefault(row, []).append(run)
    chosen = {row: max(runs, key=lambda run: run.summary[-1].budget) for row, runs in found.items()}
    for row, runs in found.items():
        if len(runs) > 1:
            print(f"Row {row} has {len(runs)} runs in {results}: {chosen[row].name} is drawn.")
    return [chosen[row] for row in LSTM_ROWS if row in chosen]


if __name__ == "__main__":
    main()
