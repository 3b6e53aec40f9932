"""Folders of runs for tests of the page: the recorded ones, with curves, changes and damage as a test needs them."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from lstm_jax.report.dashboard import content, nets, page
from lstm_jax.results import files, intact, load
from lstm_jax.results.records import plain

RESULTS = Path(__file__).parents[2] / "results"

HOSTILE = "</script><img src=x onerror=alert(1)><script>alert(1)</script>"
"""As a configuration's value or a folder's name."""


def copied(row: str, folder: Path, name: str = "", **changes: Any) -> Path:
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


def written(folder: Path, path: Path, inside: bool = False, seconds: float | None = None) -> Path:
    """The page of a folder."""
    shown = content(
        load(folder),
        str(folder),
        lambda configuration: (f"train experiment={configuration['row']} again=true", []),
        nets([RESULTS / name for name in ("traces", "error_flow", "arena")] if inside else [folder]),
        seconds,
    )
    path.write_text(page(shown))
    return path


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """WCAG 2's ratio."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)
