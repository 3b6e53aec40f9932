"""The table of a reproduction: one line per row and stage, the paper's figures beside ours."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from rich.box import SIMPLE_HEAD
from rich.table import Table


class Cells(NamedTuple):
    """The texts of one line."""

    label: str
    weights: str
    solved: str
    mean: str
    median: str
    range: str
    paper: str
    ratio: str
    verdict: str
    wrong: str
    paper_wrong: str
    error: str
    paper_error: str
    time: str


HEADINGS = Cells(
    label="row",
    weights="weights",
    solved="solved",
    mean="mean [95 %]",
    median="median",
    range="range",
    paper="paper's mean",
    ratio="ratio",
    verdict="verdict",
    wrong="wrong of 2560",
    paper_wrong="paper's",
    error="error",
    paper_error="paper's",
    time="time",
)


def cells(summary: Mapping[str, Any]) -> Cells:
    """One line."""
    paper = summary["paper"]
    return Cells(
        label(summary),
        f"{summary['weights']:,}",
        f"{summary['successes']}/{summary['trials']}",
        mean(summary),
        count(summary["median"]),
        "-".join(count(bound) for bound in summary["range"] or ()),
        count(paper and paper["presentations"]),
        _ratio(summary),
        summary["verdict"] or "",
        "" if summary["test_wrong"] is None else _wrong(summary, "test_wrong"),
        f"{paper['test_wrong']:.1f}" if paper and paper["test_wrong"] is not None else "",
        _error(summary["test_mean_absolute_error"]),
        _error(paper and paper["mean_error"]),
        duration(summary["wall_seconds"]),
    )


def notes(summaries: Sequence[Mapping[str, Any]], details: bool = True) -> list[str]:
    """What a reader has to know to read the figures, and in detail what happened to unsolved trials."""
    lines = [
        "Counted are presentations (training sequences) until the criterion was met, over the solved trials; "
        "the paper prints means only."
    ]
    if any(summary.get("at_least") for summary in summaries):
        lines.append(
            "All trials of the paper's were solved in the rows whose ratio begins with ≥: there the ratio and the "
            "verdict count a trial of ours that was not with the presentations it was given, less than it needs."
        )
    if details:
        lines += [f"{summary['row']}: {text}" for summary in summaries if (text := unsolved(summary))]
    return lines


def unsolved(summary: Mapping[str, Any]) -> str:
    """What happened to the trials that were not solved; empty if all were."""
    if summary["successes"] == summary["trials"]:
        return ""
    diverged = f" {summary['diverged']} diverged." if summary.get("diverged") else ""
    return (
        f"{summary['trials'] - summary['successes']} of {summary['trials']} trials "
        f'did not reach "{summary["stage"]}" within {summary["budget"]:,} presentations{_cut_short(summary)}; '
        f"at the end {_wrong(summary, 'unsolved_test_wrong', always=True)} sequences were wrong.{diverged}"
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
        line = cells(summary)
        table.add_row(
            "\n".join([*line.label.split(", "), line.weights, line.verdict]),
            line.solved,
            line.mean.replace(" [", "\n["),
            f"{line.median}\n{line.range}",
            line.paper,
            line.ratio.replace(" ", "\n"),
            f"{line.wrong.replace(' ', chr(10), 1)}\n({line.paper_wrong})" if line.paper_wrong else line.wrong,
            line.time,
        )
    return table


def markdown(summaries: Sequence[Mapping[str, Any]], details: bool = True) -> str:
    """For documents; `details` as in `notes`."""
    table = markdown_table(HEADINGS, map(cells, summaries))
    return table + "\n" + "".join(f"- {note}\n" for note in notes(summaries, details))


def markdown_table(headings: Sequence[str], lines: Iterable[Sequence[str]], left: Sequence[int] = (0,)) -> str:
    """A table in Markdown; columns are flush right but for those of these numbers."""
    rule = ["---" if i in left else "---:" for i in range(len(headings))]
    return "".join(f"| {' | '.join(line)} |\n" for line in [headings, rule, *lines])


def _ratio(summary: Mapping[str, Any]) -> str:
    ratio = summary.get("ratio")
    if ratio is None:
        return ""
    digits = 2 if ratio < 9.995 else 1 if ratio < 99.95 else 0
    return f"{'≥ ' * summary['at_least']}{ratio:.{digits}f}"


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


def _wrong(summary: Mapping[str, Any], name: str, always: bool = False) -> str:
    """How many sequences were wrong, and of how many, if not of the 2560 that the paper tests with (or always)."""
    of = f" of {summary['test_sequences']:,}" if always or summary["test_sequences"] != 2560 else ""
    return f"{summary[name]:.1f}{of}"


def _error(mean_absolute: float | None) -> str:
    return "" if mean_absolute is None else f"{mean_absolute:.3g}"


def count(value: int | float | None) -> str:
    """Three significant digits: 26.1k, 853k, 1.27M."""
    if value is None:
        return ""
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if value >= 0.9995 * unit:
            scaled = value / unit
            return f"{scaled:.{max(0, 3 - len(str(int(scaled))))}f}{name}"
    return f"{value:.0f}"


def duration(seconds: int | float) -> str:
    """In seconds or minutes."""
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.1f} min"
