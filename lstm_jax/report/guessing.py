"""The table of weight guessing: one line per problem and architecture, published means beside ours."""

from lstm_jax.report.columns import Column
from lstm_jax.report.table import count, mean_with_interval
from lstm_jax.results.guesses import GuessSummary


def _mean(line: GuessSummary) -> str:
    return f"0 in {count(line.tried)}" if line.mean is None else mean_with_interval(line.mean, line.mean_interval)


COLUMNS: list[Column[GuessSummary]] = [
    Column("problem", lambda line: line.problem.replace(", ", ",\n"), left=True),
    Column("architecture", lambda line: line.architecture.replace(", ", ",\n"), left=True, below="problem"),
    Column("weights", lambda line: f"{line.weights:,}", below="problem"),
    Column("solved", lambda line: f"{line.solved}/{line.trials}"),
    Column("mean", _mean, "mean guesses\n[95 %]"),
    Column("published", lambda line: f"{line.published:,}" if line.published else ""),
    Column("ratio", lambda line: f"{line.ratio:.2f}" if line.ratio else ""),
    Column(
        "wrong",
        lambda line: "" if line.wrong is None else f"{100 * line.wrong / line.test_sequences:.2f} %",
        "test errors",
    ),
    Column("flawless", lambda line: f"{line.flawless}/{line.solved}" if line.solved else "", "without", below="wrong"),
    Column("rate", lambda line: f"{line.rate:,}" if line.rate else "", "guesses/s"),
]
"""Columns of a table with a line for each run; `without` is how many nets made no test error."""
