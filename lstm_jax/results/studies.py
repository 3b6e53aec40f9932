"""Summaries of runs that a study puts side by side, each with what tells it from the others."""

from dataclasses import dataclass

from lstm_jax.results.training import Summary


@dataclass(frozen=True, kw_only=True)
class ReadingSummary(Summary):
    """Of a row under one reading of the paper."""

    reading: str
    """In words."""
    overrides: tuple[str, ...]
    """The same as overrides of the row's configuration."""


@dataclass(frozen=True, kw_only=True)
class ComparedSummary(Summary):
    """Of one cell on one row."""

    cell: str
    """Name of its option, or `module.Class`."""
    gradient: str
    """Name of the rule by which it learned."""
