"""The table of a reproduction: one line per row and stage, the paper's figures beside ours."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

COLUMNS = (
    "row",
    "weights",
    "solved",
    "mean [95 %]",
    "median",
    "range",
    "paper's mean",
    "ratio",
    "verdict",
    "wrong of 2560",
    "paper's",
    "time",
)


def cells(summary: Mapping[str, Any]) -> tuple[str, ...]:
    """The text of one line, in the order of `COLUMNS`."""
    paper = summary["paper"]
    return (
        label(summary),
        f"{summary['weights']:,}",
        f"{summary['successes']}/{summary['trials']}",
        mean(summary),
        count(summary["median"]),
        "-".join(count(bound) for bound in summary["range"] or ()),
        count(paper and paper["presentations"]),
        _ratio(summary["mean"], paper and paper["presentations"]),
        summary["verdict"] or "",
        "" if summary["test_wrong"] is None else _of_2560(summary, "test_wrong"),
        f"{paper['test_wrong']:.1f}" if paper and paper["test_wrong"] is not None else "",
        duration(summary["wall_seconds"]),
    )


def notes(summaries: Sequence[Mapping[str, Any]]) -> list[str]:
    """What a reader has to know to read the figures."""
    lines = [
        "Counted are presentations (training sequences) until the criterion was met, over the solved trials; "
        "the paper prints means only."
    ]
    return lines + [f"{summary['row']}: {text}" for summary in summaries if (text := unsolved(summary))]


def unsolved(summary: Mapping[str, Any]) -> str:
    """What happened to the trials that were not solved; empty if all were."""
    if summary["successes"] == summary["trials"]:
        return ""
    diverged = f" {summary['diverged']} diverged." if summary.get("diverged") else ""
    return (
        f"{summary['trials'] - summary['successes']} of {summary['trials']} trials "
        f'did not reach "{summary["stage"]}" within {summary["budget"]:,} presentations{_cut_short(summary)}; '
        f"at the end {_of_2560(summary, 'unsolved_test_wrong')} of 2560 test sequences were wrong.{diverged}"
    )


def rich_table(summaries: Sequence[Mapping[str, Any]]) -> Table:
    """For a terminal of 80 columns: intervals stand below means, ranges below medians, the paper's below ours."""
    headings = ("row\nweights\nverdict", "solved", "mean\n[95 %]", "median\nrange", "paper's\nmean", "ratio")
    headings += ("wrong of\n2560\n(paper)", "time")
    table = Table(*headings, box=SIMPLE_HEAD, padding=0)
    for column in table.columns:
        column.justify, column.no_wrap = "right", True
    table.columns[0].justify = "left"
    for summary in summaries:
        row, weights, solved, mean, median, between, paper, ratio, verdict, wrong, paper_wrong, time = cells(summary)
        table.add_row(
            "\n".join([*row.split(", "), weights, verdict]),
            solved,
            mean.replace(" [", "\n["),
            f"{median}\n{between}",
            paper,
            ratio,
            f"{wrong}\n({paper_wrong})" if paper_wrong else wrong,
            time,
        )
    return table


def markdown(summaries: Sequence[Mapping[str, Any]]) -> str:
    """For documents."""
    lines = [COLUMNS, ("---", *("---:",) * (len(COLUMNS) - 1))]
    lines += [cells(summary) for summary in summaries]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return table + "\n\n" + "".join(f"- {note}\n" for note in notes(summaries))


def _ratio(ours: float | None, papers: int | None) -> str:
    return f"{ours / papers:.2f}" if ours and papers else ""


def label(summary: Mapping[str, Any]) -> str:
    """The row; with several stages also which one, n being the wrong sequences (n_seq in Table 8)."""
    if summary["stages"] == 1:
        return summary["row"]
    return f"{summary['row']}, {short(summary['stage'])}"


def short(stage: str) -> str:
    """A stage's name for tables: n = 0, error < 0.01."""
    wrong, _, error = stage.partition(", mean error below ")
    wrong = wrong.partition(" of ")[0].replace("fewer than", "n <").replace("none", "n = 0")
    return wrong + (f", error < {error}" if error else "")


def _cut_short(summary) -> str:
    whole = summary["paper"] and summary["paper"]["budget"]
    return f" (cut short: the row's budget is {whole:,})" if whole and summary["budget"] < whole else ""


def mean(summary: Mapping[str, Any]) -> str:
    """The mean over the solved trials with its interval, or a dash."""
    if summary["mean"] is None:
        return "-"
    interval = summary["mean_interval"]
    return count(summary["mean"]) + (f" [{count(interval[0])}, {count(interval[1])}]" if interval else "")


def _of_2560(summary, name: str) -> str:
    return f"{summary[name] * 2560 / summary['test_sequences']:.1f}"


def count(value: int | float | None) -> str:
    """Three significant digits: 26.1k, 853k, 1.27M."""
    if value is None:
        return ""
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if value >= 0.9995 * unit:
            scaled = value / unit
            return f"{scaled:.{max(0, 3 - len(str(int(scaled))))}f}{name}"
    return f"{value:.0f}"


def duration(seconds: float) -> str:
    """In seconds or minutes."""
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.1f} min"
