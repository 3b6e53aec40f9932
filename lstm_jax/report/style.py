"""How pictures look: one set of letters, lines and colours, and files that are the same when drawn again."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

BLACK, BLUE, ORANGE, GREEN, PURPLE = "#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7"
AMBER, SKY, YELLOW = "#e69f00", "#56b4e9", "#f0e442"
"""Okabe and Ito's colours, which people with any kind of colour vision can tell apart."""

OURS, PAPER, TRIAL, UNSOLVED = BLUE, ORANGE, "#9db8c9", "#555555"

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "lines.solid_capstyle": "round",
    # Letters as letters in PDF; as outlines in SVG, which then needs no font where it is shown.
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "lstm-jax",
}

UNDATED = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
"""Metadata without a date, by the format, so that a file is the same when it is drawn again."""

plt.rcParams.update(STYLE)


def save(figure: Figure, path: Path, formats: Sequence[str] = (), dpi: int = 130) -> None:
    """Write a figure and close it.

    Args:
        figure: drawn.
        path: where to; its ending gives the format, unless there are `formats`, whose endings are added.
        formats: endings, one file each.
        dpi: pixels per inch.
    """
    for file in [path.with_name(f"{path.name}.{ending}") for ending in formats] or [path]:
        # Tight: as large as what is drawn, words beside the axes included.
        metadata = UNDATED.get(file.suffix.removeprefix("."))
        figure.savefig(file, dpi=dpi, bbox_inches="tight", metadata=metadata)
    plt.close(figure)
