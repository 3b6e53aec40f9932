"""Flat rows as CSV and Parquet, for other programs."""

import csv
import importlib
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lstm_jax.errors import InputError
from lstm_jax.results import files

Rows = Sequence[Mapping[str, Any]]


def write_csv(path: Path, rows: Rows) -> None:
    """Write rows, missing values as nothing and lists as JSON, atomically.

    Raises:
        InputError: its directory cannot be made or written to.
    """
    files.directory(path.parent, "csv")
    text = io.StringIO()
    table = columns(rows)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    files.write_text(path, text.getvalue())


def write_parquet(path: Path, rows: Rows) -> None:
    """Write rows, missing values as null and lists as JSON, atomically.

    Raises:
        InputError: pyarrow is not installed, or the directory cannot be made or written to.
    """
    try:
        pyarrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise InputError(
            f"parquet is {str(path)!r}: this needs pyarrow, which pip install 'lstm-jax[parquet]' brings; csv does not."
        ) from None
    files.directory(path.parent, "parquet")
    sink = io.BytesIO()
    parquet.write_table(pyarrow.table(columns(rows)), sink)
    files.write_bytes(path, sink.getvalue())


def columns(rows: Rows) -> dict[str, list[Any]]:
    """Every name that a row has, with the values of all rows: of one kind, None where there is none."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: _of_one_kind([row.get(name) for row in rows]) for name in names}


def _of_one_kind(values: list[Any]) -> list[Any]:
    """Numbers, truth values or texts as they are; everything else, and mixtures, as text."""
    present = [value for value in values if value is not None]
    for kind in (bool, int, str):
        if all(type(value) is kind for value in present):
            return values
    if all(type(value) in (int, float) for value in present):
        return [None if value is None else float(value) for value in values]
    return [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
