"""Folders of runs for tests of the page: the recorded ones, with curves, changes and damage as a test needs them."""

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from lstm_jax.paper.tables import LSTM_ROWS
from lstm_jax.report.dashboard import content, nets, page
from lstm_jax.results import Runs, files, intact, load
from lstm_jax.results.records import plain
from lstm_jax.results.run import flat

RESULTS = Path(__file__).parents[2] / "results"

HOSTILE = "</script><img src=x onerror=alert(1)><script>alert(1)</script>"
"""As a configuration's value or a folder's name."""


def copied(row: str, folder: Path, name: str = "", /, **changes: Any) -> Path:
    """A recorded run of a row, in a folder, with other values of its configuration (`__` stands for a dot).

    Its name is not that of the recorded configuration, which no other may have, and it has no checksums, so that tests
    may change it.
    """
    source = next(path for path in (RESULTS / "paper").glob(f"{row}-*") if path.name[len(row) + 1 :].isalnum())
    ignore = shutil.ignore_patterns("*.npz", ".*", intact.SUMS)
    target = Path(shutil.copytree(source, folder / (name or f"{source.name}-copy"), ignore=ignore))
    provenance = json.loads((target / "provenance.json").read_text())
    provenance.pop(intact.EXPECTED, None)
    (target / "provenance.json").write_text(json.dumps(provenance))
    configuration = json.loads((target / "configuration.json").read_text())
    for path, value in changes.items():
        *parents, last = path.split("__")
        node = configuration
        for parent in parents:
            node = node[parent]
        node[last] = value
    (target / "configuration.json").write_text(json.dumps(configuration))
    if changes.get("row", row) != row:  # the paper has nothing to compare it with
        summary = json.loads((target / "summary.json").read_text())
        own = {"row": changes["row"], **dict.fromkeys(("paper", "verdict", "ratio", "at_least"))}
        (target / "summary.json").write_text(json.dumps([stage | own for stage in summary]))
    records = files.read_json_lines(target / "trials.jsonl")
    sample = {name: configuration[name] for name in ("row", "seed")}
    files.write_json_lines(target / "trials.jsonl", [record | sample for record in records])
    return target


def with_curves(directory: Path, points: int = 40) -> dict[str, np.ndarray]:
    """Give a run curves that end with its trials."""
    (run,) = load(directory).runs
    budget, trials = run.configuration["budget"], run.configuration["trials"]
    step = budget // points
    at = np.arange(1, points + 1) * step
    solved = [record.presentations or budget for record in run.records]
    error = np.random.default_rng(0).uniform(0.1, 0.4, (points, trials)).astype(np.float32)
    error[at[:, None] > np.array(solved) + step] = np.nan
    curves = {"presentations": at, "error": error, "wrong_rate": error}
    files.write_arrays(directory / "curves.npz", curves)
    if (directory / "SHA256SUMS").exists():
        intact.finish(directory, intact.read_json(directory / "summary.json"))
    return curves


def unfinished(directory: Path, points: int = 10) -> None:
    """Turn a run with curves back into one that is going on, at this point of its curves."""
    (run,) = load(directory).runs
    curves = run.curves
    step = int(curves["presentations"][0])
    configuration = run.configuration | {"curve_interval": step}
    (directory / "configuration.json").write_text(json.dumps(configuration))
    ended = {record.trial: plain(record) for record in run.records if (record.presentations or np.inf) <= points * step}
    for name in ("curves.npz", "summary.json", "trials.jsonl", "provenance.json"):
        (directory / name).unlink()
    arrays = {"records": np.asarray(json.dumps(ended)), "seconds": np.asarray(20.0)}
    files.write_arrays(
        directory / "checkpoint.npz", arrays | {name: curves[name][:points] for name in ("error", "wrong_rate")}
    )


def again(configuration: Mapping[str, Any]) -> tuple[str, list[str]]:
    """A command, and how this differs from the recorded run of its row under the printed conditions."""
    row = str(configuration["row"])
    printed = dict(flat(as_printed(row))) if row in LSTM_ROWS else None
    return f"train experiment={row} again=true", [
        f"{name}={value}"
        for name, value in flat(configuration)
        if printed is not None and (name not in printed or printed[name] != value)
    ]


@cache
def as_printed(row: str) -> dict[str, Any]:
    """The configuration of a recorded run of a row."""
    source = next(path for path in (RESULTS / "paper").glob(f"{row}-*") if path.name[len(row) + 1 :].isalnum())
    return json.loads((source / "configuration.json").read_text())


def written(
    folder: Path, path: Path, inside: bool = False, seconds: float | None = None, docs: str | None = None
) -> Path:
    """The page of a folder."""
    found = nets([RESULTS / name for name in ("traces", "error_flow", "arena")] if inside else [folder])
    path.write_text(page(content(load(folder), str(folder), again, found, seconds, docs)))
    return path


def crowd(folder: Path, runs: int) -> Runs:
    """So many runs of twenty trials, which differ in their learning rates and share their records and curves."""
    source = copied("6a", folder)
    with_curves(source, points=200)
    (run,) = load(source).runs
    found = []
    for number in range(runs):
        place = folder / f"6a-{number:05}"
        place.symlink_to(source)
        optimizer = run.configuration["optimizer"] | {"learning_rate": 0.1 + 0.001 * (number % 50)}
        changed = run.configuration | {"seed": number, "optimizer": optimizer}
        found.append(replace(run, directory=place, configuration=changed))
    return Runs(tuple(found), {})


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """WCAG 2's ratio."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def hexadecimal(color: str) -> str:
    """`rgb(1, 2, 3)` as `#010203`."""
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", color))


def opener(page: Any, row: str) -> Any:
    """The buttons that open the lines of a row."""
    return page.locator("button.opener", has_text=re.compile(f"^{row}$"))


def recorded() -> dict[str, Any]:
    """The page's content of all recorded runs of rows, under the printed conditions and in the closest readings."""
    found = [load(RESULTS / name) for name in ("paper", "closest")]
    return content(Runs(tuple(run for runs in found for run in runs.runs), {}), "results", again)
