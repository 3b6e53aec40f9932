"""The table of a reproduction: one line per row and stage, the paper's figures beside ours."""

from collections.abc import Sequence

from lstm_jax.paper.tables import TESTED
from lstm_jax.report.columns import Column, markdown
from lstm_jax.results.censored import restricted_interval, restricted_mean
from lstm_jax.results.training import Summary


def notes(summaries: Sequence[Summary], details: bool = True) -> list[str]:
    """What a reader has to know to read the figures, and in detail what happened to unsolved trials."""
    lines = [
        "Counted are presentations (training sequences) until the criterion was met, over the solved trials; "
        "the paper prints means only."
    ]
    if any(summary.solved < summary.trials for summary in summaries):
        lines.append(
            "Where trials were not solved, a second mean counts each of them with its budget, less than it needs (the "
            "restricted mean)."
        )
    if any(summary.at_least for summary in summaries):
        lines.append(
            "All trials of the paper's were solved in the rows whose ratio begins with ≥: there the ratio and the "
            "verdict count a trial of ours that was not with the presentations it was given, less than it needs."
        )
    if details:
        lines += [f"{summary.row}: {text}" for summary in summaries if (text := unsolved(summary))]
    return lines


def unsolved(summary: Summary) -> str:
    """What happened to the trials that were not solved; empty if all were."""
    if summary.unsolved_wrong is None:
        return ""
    diverged = f" {summary.diverged} diverged." if summary.diverged else ""
    whole = summary.paper.budget if summary.paper else 0
    cut_short = f" (cut short: the row's budget is {whole:,})" if summary.budget < whole else ""
    return (
        f"{summary.trials - summary.solved} of {summary.trials} trials "
        f'did not reach "{summary.stage}" within {summary.budget:,} presentations{cut_short}; '
        f"at the end {summary.unsolved_wrong:.1f} of {summary.test_sequences:,} sequences were wrong.{diverged}"
    )


def document(summaries: Sequence[Summary], details: bool = True) -> str:
    """The table and its notes in Markdown; `details` as in `notes`."""
    return markdown(COLUMNS, summaries) + "\n" + "".join(f"- {note}\n" for note in notes(summaries, details))


def label(summary: Summary) -> str:
    """The name of the row and, if it has several stages, of the stage."""
    return summary.row if summary.stages == 1 else f"{summary.row}, {summary.short}"


def count(value: int | float | None) -> str:
    """A number with three significant digits: 26.1k, 853k, 1.27M; empty for None.

    >>> count(26_123), count(1_270_000), count(None)
    ('26.1k', '1.27M', '')
    """
    if value is None:
        return ""
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if value >= 0.9995 * unit:
            scaled = value / unit
            return f"{scaled:.{max(0, 3 - len(str(int(scaled))))}f}{name}"
    return f"{value:.0f}"


def duration(seconds: int | float) -> str:
    """A time in words, in seconds or minutes.

    >>> duration(42.3), duration(330)
    ('42 s', '5.5 min')
    """
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.1f} min"


def mean_with_interval(
    mean: float | None, interval: tuple[float, float] | None, beside: int | float | None = None
) -> str:
    """A mean and, on the next line, its interval; a dash where there is no mean.

    >>> mean_with_interval(81_412.0, (74_038.6, 88_400.0), beside=74_000)
    '81.4k\\n[74,039, 88.4k]'

    Args:
        mean: of our presentations.
        interval: its interval, if there is one.
        beside: the paper's mean; a bound that three digits do not tell from it has all of its digits.
    """
    if mean is None:
        return "-"
    bounds = [
        f"{bound:,.0f}" if count(bound) == count(beside) and bound != beside else count(bound)
        for bound in interval or ()
    ]
    return count(mean) + (f"\n[{', '.join(bounds)}]" if bounds else "")


def of_all_trials(solved: int, trials: int, mean: float, interval: tuple[float, float] | None) -> str:
    """The mean of all trials, in which unsolved ones count with what they were given; nothing where all are solved."""
    return "" if solved == trials else "≥ " + mean_with_interval(mean, interval)


def share_with_interval(solved: int, trials: int, interval: tuple[float, float]) -> str:
    """How many trials were solved, and the interval of their share in per cent."""
    low, high = interval
    return f"{solved}/{trials}\n[{100 * low:.0f}, {100 * high:.0f} %]"


def _papers(summary: Summary) -> int | None:
    """The paper's mean, where it has one."""
    return summary.paper and summary.paper.presentations


def _wrong(summary: Summary) -> str:
    """How many sequences were wrong, and of how many: a heading cannot say it, for rows differ."""
    return "" if summary.wrong is None else f"{summary.wrong:.1f}\nof {summary.test_sequences:,}"


def _papers_wrong(summary: Summary) -> str:
    """How many were wrong in the paper; of how many where these are not as many as ours."""
    of = "" if summary.test_sequences == TESTED else f"\nof {TESTED:,}"
    return "" if summary.paper is None or summary.paper.wrong is None else f"{summary.paper.wrong:.1f}{of}"


def _ratio(summary: Summary) -> str:
    ratio = summary.ratio
    if ratio is None:
        return ""
    digits = 2 if ratio < 9.995 else 1 if ratio < 99.95 else 0
    return ("≥\n" if summary.at_least else "") + f"{ratio:.{digits}f}"


def _of_all(summary: Summary) -> str:
    if summary.solved == summary.trials:
        return ""  # without the interval, which takes milliseconds
    given = summary.presentations, summary.budget
    return of_all_trials(summary.solved, summary.trials, restricted_mean(*given), restricted_interval(*given))


def _error(mean_absolute: float | None) -> str:
    return "" if mean_absolute is None else f"{mean_absolute:.3g}"


COLUMNS: list[Column[Summary]] = [
    Column("row", lambda line: label(line).replace(", ", ",\n"), left=True),
    Column("weights", lambda line: f"{line.weights:,}", below="row"),
    Column("solved", lambda line: f"{line.solved}/{line.trials}"),
    Column("mean", lambda line: mean_with_interval(line.mean, line.mean_interval, _papers(line)), "mean\n[95 %]"),
    Column("all trials", _of_all, "all trials\n[95 %]", below="mean"),
    Column("median", lambda line: count(line.median)),
    Column("range", lambda line: "-".join(map(count, line.range or ())), below="median"),
    Column("paper", lambda line: count(_papers(line)), "paper's\nmean"),
    Column("ratio", _ratio),
    Column("verdict", lambda line: line.verdict or "", left=True, below="row"),
    Column("wrong", _wrong),
    Column("paper's wrong", _papers_wrong, "paper's", below="wrong"),
    Column("error", lambda line: _error(line.mean_absolute_error), documents_only=True),
    Column(
        "paper's error",
        lambda line: _error(line.paper and line.paper.mean_absolute_error),
        "paper's",
        documents_only=True,
    ),
    Column("time", lambda line: duration(line.seconds)),
]
"""Columns of a table with a line for each row and stage."""

COMPARED = Column[Summary](
    "compared",
    lambda line: (
        ("≥ " if line.at_least else "") + mean_with_interval(line.compared_mean, line.compared_interval, _papers(line))
    ),
    "mean\n[95 %]",
)
"""The column of the means that the ratios and verdicts compare, where there is no room for both means; ≥ where unsolved
trials count in one."""

BUDGET = Column[Summary]("budget", lambda line: f"{line.budget:,}")
"""The column of budgets, for tables whose lines may have different ones."""
