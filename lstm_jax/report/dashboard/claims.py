"""What `experiments.claims` left on disk, ready to be shown: a line for each claim and reading."""

from pathlib import Path
from typing import Any

from lstm_jax.report import claims as report
from lstm_jax.report.columns import Column, chosen, texts
from lstm_jax.results import claims
from lstm_jax.results.claims import Finding

COLUMNS: list[Column[Finding]] = chosen(
    report.COLUMNS, "what is claimed", "verdict", "reading", "effect [95 %]", "effect of", "solved"
)


def judged(folder: Path) -> dict[str, Any]:
    """The claims of a folder as the page's script shows them, and under `left_out` the files that are damaged.

    Raises:
        InputError: no file can be read.
    """
    found, _, left_out = claims.read(folder)
    return {
        "left_out": left_out,
        "about": report.counted(found),
        "columns": [column.title for column in COLUMNS],
        "lines": [list(texts(COLUMNS, one).values()) for one in found],
        "method": "p values are corrected for the number of claims; a claim holds, or does not, where p < 0.05.",
    }
