"""What `experiments.trace`, `error_flow`, `arena` and `claims` left on disk, ready to be drawn."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lstm_jax.errors import InputError
from lstm_jax.report import labels
from lstm_jax.report.dashboard.arena import board
from lstm_jax.report.dashboard.claims import judged
from lstm_jax.results import claims, files
from lstm_jax.results.boards import is_board
from lstm_jax.results.files import UNREADABLE

MOST_LINES = 6
"""Largest number of outputs that can be told apart as lines; more are drawn as shades."""


def nets(folders: list[Path]) -> dict[str, Any]:
    """All traces, error flows, boards of the arena and claims in these folders, however deep.

    Returns:
        `traces`, `flows`, `boards` and `claims` as the page's script draws them; `left_out`: files that could not be
        read, with reasons.
    """
    found: dict[str, Any] = {"traces": [], "flows": [], "boards": [], "claims": [], "left_out": {}}
    paths = sorted({path for folder in folders for path in folder.rglob("*.json")})
    # Claims are judged together: how sure a verdict is depends on their number.
    for path in [*paths, *sorted({path for folder in folders for path in claims.folders(folder)})]:
        if path.name == "error_flow.json":
            kind, what, read = "flows", "an error flow", _flow
        elif is_board(path):
            kind, what, read = "boards", "a board", board
        elif path.is_dir():
            kind, what, read = "claims", "a folder of claims", judged
        elif path.with_suffix(".npz").exists():
            kind, what, read = "traces", "a trace", _trace
        else:
            continue
        try:
            found[kind].append(read(path))
        except InputError as error:
            found["left_out"][str(path)] = _why(str(error), path)
        except UNREADABLE as error:
            found["left_out"][str(path)] = f"it is damaged or is not {what} ({type(error).__name__})"
    for one in found["claims"]:
        found["left_out"] |= {str(path): _why(reason, path) for path, reason in one.pop("left_out").items()}
    return found


def _why(sentence: str, path: Path) -> str:
    """A sentence about a file, to stand before the file's name.

    >>> _why("a/b.json is damaged: it has no lines.", Path("a/b.json"))
    'it is damaged: it has no lines'
    """
    return sentence.replace(f"{path}: ", "").replace(str(path), "it").rstrip(".")


def _flow(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_text())
    names = ("group", "label", "q", "median", "low", "high")
    curves = [
        {**{name: curve[name] for name in names}, "bounds": curve.get("bounds") or {}} for curve in content["curves"]
    ]
    ordinary = {curve["group"] for curve in curves if curve["bounds"]}
    for curve in curves:
        curve["band"] = curve["group"] in ordinary or curve["label"] == labels.FLOW_BAND
        lines = [curve["median"], curve["low"], curve["high"], *curve["bounds"].values()]
        if any(len(line) != len(curve["q"]) for line in lines):
            raise ValueError("a curve has not one value for every lag")
    return {"command": str(content["provenance"]["command"]), "curves": curves}


def _trace(path: Path) -> dict[str, Any]:
    about = json.loads(path.read_text())
    arrays = files.read_arrays(path.with_suffix(".npz"))
    learned = f"solved after {about['solved_at']:,} presentations" if about["solved_at"] else "not solved"
    answer = "right" if about["correct"] else "wrong"
    block_size = int(about["settings"]["network"]["cell"]["block_size"])
    panels = [_inputs(about, arrays["inputs"])]
    for name, title in labels.PANELS.items():
        if name in arrays:
            panels.append(_units(title, arrays[name], 1 if name.endswith("gate") else block_size))
    panels.append(_outputs(about, arrays) | {"last": True})
    return {
        "name": f"{about['row']}, trial {about['trial']} ({path.parent.name}/{path.stem})",
        "about": f"Row {about['row']}, trial {about['trial']}, {learned}: test sequence {about['sequence']}, "
        f"{about['steps']} steps, answered {answer}.",
        "command": str(about["provenance"]["command"]),
        "steps": int(about["steps"]),
        "relevant": [int(t) for t in about["relevant"]],
        "panels": panels,
    }


def _inputs(about: Mapping[str, Any], inputs: np.ndarray) -> dict[str, Any]:
    if inputs.ndim == 1:
        return {"title": "input symbols", "symbols": [_symbol(about, int(number)) for number in inputs]}
    names = [f"input {i + 1}" for i in range(inputs.shape[1])]
    return {
        "title": "inputs",
        "series": [_line(name, i, values) for i, (name, values) in enumerate(zip(names, inputs.T, strict=True))],
    }


def _units(title: str, values: np.ndarray, size: int) -> dict[str, Any]:
    series = [_line(labels.cell(i, size), i // size, unit, i % size) for i, unit in enumerate(values.T)]
    return {"title": title, "series": series, "domain": [0, 1] if "gate" in title else None}


def _outputs(about: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    outputs, targets = arrays["outputs"], arrays["targets"]
    masked = "target_mask" in arrays
    steps = np.flatnonzero(arrays["target_mask"]) if masked else [len(outputs) - 1]
    if masked and outputs.shape[1] > MOST_LINES:
        where = [[int(t), int(k)] for t in steps for k in np.flatnonzero(targets[t] > 0.5)]
        shades = [[_short(value) for value in step] for step in outputs]
        names = [_symbol(about, k) for k in range(outputs.shape[1])]
        return {"title": "outputs", "shades": shades, "targets": where, "names": names}
    names = [f"output {k + 1}" for k in range(outputs.shape[1])]
    wanted = [
        [int(t), _short(targets[t, k] if masked else targets[k]), k % MOST_LINES, f"target of {names[k]}"]
        for t in steps
        for k in range(outputs.shape[1])
    ]
    series = [_line(name, k, values) for k, (name, values) in enumerate(zip(names, outputs.T, strict=True))]
    return {"title": "outputs", "series": series, "targets": wanted}


def _line(label: str, tone: int, values: np.ndarray, dash: int = 0) -> dict[str, Any]:
    return {"label": label, "tone": tone % MOST_LINES, "dash": dash, "values": [_short(value) for value in values]}


def _short(value: float | np.floating) -> float:
    return float(f"{value:.4g}")


def _symbol(about: Mapping[str, Any], number: int) -> str:
    # The tasks need JAX, which a page without symbols need not wait for.
    from lstm_jax.analysis.traces import symbol
    from lstm_jax.configuration import named
    from lstm_jax.tasks import TASKS

    return symbol(named(TASKS, about["settings"]["task"], "task"), number)
