"""The table of a readings study: one line per reading and stage."""

from dataclasses import replace

from lstm_jax.report import table
from lstm_jax.report.columns import Column, chosen
from lstm_jax.results.studies import ReadingSummary

# What test sets say of the solved trials: a terminal is too narrow for it.
_TESTED = [replace(column, documents_only=True) for column in chosen(table.COLUMNS, "wrong", "paper's wrong", "error")]

COLUMNS: list[Column[ReadingSummary]] = [
    *chosen(table.COLUMNS, "row"),
    Column("reading", lambda line: line.reading, left=True),
    *chosen(table.COLUMNS, "solved", "mean", "all trials", "paper", "ratio", "verdict"),
    table.BUDGET,
    *_TESTED,
]
"""Columns of a table with a line for each reading and stage."""
