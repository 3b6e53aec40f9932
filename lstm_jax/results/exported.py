"""Figures of runs as one JSON file for others: what each field means, and where the runs behind a figure come from."""

import ast
import inspect
import math
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lstm_jax.paper.tables import Printed
from lstm_jax.results import files
from lstm_jax.results.groups import Figures
from lstm_jax.results.records import plain
from lstm_jax.results.run import Run, TrialAtStage
from lstm_jax.results.training import StageRecord, TrialRecord

ABOUT = (
    "Figures of runs of lstm-jax. 'fields' says what each field of 'lines' is. A line names its runs, in 'run' or "
    "'run_names'; 'runs' has the configuration, the provenance and the record of every trial of each. null says that "
    "there is no such figure, and in q10 to q90 that so many trials were never solved."
)

OTHERS = {
    "run": "Name of the run, under which `runs` has it.",
    "run_names": "Names of the runs that the figures are of, under which `runs` has them.",
    "directory": "Where the run stood when this file was written.",
    "finished": "Whether all trials of the run have ended; there are no figures before.",
    "trial": "The trial's number among those of its seed.",
    "solved": "Number of trials that were solved; of one trial whether it was.",
    "error": "Mean error of the trial over the presentations since the last point of its curve.",
    "presentations": "Training sequences that the trial needed, None if it was not solved; of a point those so far.",
    "wrong_rate": "Share of sequences that were answered wrong: of test sequences, of several trials by the solved "
    "ones; at a point of those since the last one.",
}
"""Words for fields of lines that no class has, or that lines of several kinds have."""

CONFIGURED = "A field of the configuration, which `runs` has whole."


def write_json(path: Path, lines: Sequence[Mapping[str, Any]], runs: Sequence[Run], made: Mapping[str, Any]) -> None:
    """Write lines of figures and all that is known of their runs, atomically.

    Args:
        path: the file.
        lines: flat rows that name their runs in `run` or `run_names`.
        runs: all of these.
        made: which program wrote the file, as `provenance.describe` says it.

    Raises:
        InputError: its directory cannot be made or written to.
    """
    files.directory(path.parent, "json")
    files.write_json(path, content(lines, runs) | {"made": dict(made)})


def content(lines: Sequence[Mapping[str, Any]], runs: Sequence[Run]) -> dict[str, Any]:
    """What `write_json` writes, but for `made`: plain values, and no number that JSON does not have."""
    names = dict.fromkeys(name for line in lines for name in line)
    return {
        "about": ABOUT,
        "fields": {name: _words(name) for name in names},
        "lines": [{name: _finite(value) for name, value in line.items()} for line in lines],
        "runs": [
            {
                "name": run.name,
                "configuration": run.configuration,
                "provenance": run.provenance,
                "records": [plain(record) for record in run.records],
            }
            for run in runs
        ],
    }


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _words(name: str) -> str:
    """What a field of a line is: as its class says it, whatever part of it this is."""
    known = _documented(TrialRecord, StageRecord, TrialAtStage, Figures) | OTHERS
    if name in known:
        return known[name]
    whole, _, part = name.rpartition(".")
    if name.startswith("q") and name[1:].isdigit():
        return known["quantiles"]
    if whole == "paper":
        return f"The paper's: {_documented(Printed).get(part, part)}"
    return known.get(whole, CONFIGURED)


def _documented(*classes: type) -> dict[str, str]:
    """The docstrings of the fields and properties of classes, the later ones' for a name that several have."""
    found = {}
    for cls in classes:
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
        assert isinstance(tree, ast.ClassDef)
        for own, below in zip(tree.body, [*tree.body[1:], ast.Pass()], strict=True):
            name, text = None, None
            if isinstance(own, ast.AnnAssign) and isinstance(own.target, ast.Name):
                name = own.target.id
                if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                    text = below.value.value
            elif isinstance(own, ast.FunctionDef) and not own.name.startswith("_"):
                name, text = own.name, ast.get_docstring(own)
            if name and isinstance(text, str):
                found[name] = " ".join(text.split())
    return found
