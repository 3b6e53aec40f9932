"""What stands between marks in documents, made from recorded results: no figure there is typed by hand.

A mark is a comment such as `<!-- results: begin -->`, and ends with `<!-- results: end -->`. Known are

    closest                  one row of each experiment in its closest reading
    counted                  how many of LSTM's rows come near the paper, in their closest readings and as printed
    beside                   LSTM's rows in their closest readings, beside the paper and as printed
    beside 4                 those of Experiment 4
    results                  LSTM's rows as printed
    rows 4                   those of Experiment 4
    table 1                  Table 1 or 2 with every method, as the paper prints it
    search 2b                what a search among readings of a row tried and found
    readings 4-1             the studies of readings of the rows whose names begin with this
    guessing parity tomita   weight guessing, the problems whose names begin with these, in this order
    continual                nets on endless streams, as configured
    continual R              nets on endless streams under the reading R, such as targets=possible
    flow                     the error flow
    abuse 6a                 what cells of a row are used for
    order                    how nets of 6a tell the order of two symbols
    compare                  cells on the same rows
    arena quick              a board of the arena: reaches, what one learns, claims, scores, and every lag
    claims                   every claim with its verdict, and under it the findings
    claims counted           how many hold
    seeds                    many trials of a row: what luck does
    speed                    the benchmark
"""

import json
import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from lstm_jax.errors import InputError
from lstm_jax.paper.tables import LSTM_ROWS, ROWS
from lstm_jax.report import abuse as abuses
from lstm_jax.report import arena as arenas
from lstm_jax.report import claims as claimed
from lstm_jax.report import closest, comparison, continual, guessing, learned, methods, order, readings
from lstm_jax.report import error_flow as error_flows
from lstm_jax.report import search as searches
from lstm_jax.report import seeds as luck
from lstm_jax.report import table as rows
from lstm_jax.report.columns import markdown
from lstm_jax.results import Run, boards, claims, load
from lstm_jax.results.guesses import GuessSummary
from lstm_jax.results.profiles import profiles
from lstm_jax.results.provenance import commits, releases
from lstm_jax.results.records import finished, typed
from lstm_jax.results.search import Effect, Found
from lstm_jax.results.streams import StreamSummary
from lstm_jax.results.studies import ComparedSummary, OrderRecord, ReadingSummary, UseRecord
from lstm_jax.results.training import Summary

S = TypeVar("S")

LONGEST_WORD = 100
"""Longest word of a command that a document shows."""

MARK = re.compile(r"<!-- (?P<mark>[^>]+): begin -->\n.*?<!-- (?P=mark): end -->", re.DOTALL)


def fill(document: Path, results: Path) -> str:
    """The text of a document with every marked part made anew.

    Args:
        document: a text with marks.
        results: the folder that holds `paper`, `readings`, `benchmark` and the others.

    Raises:
        InputError: the document cannot be read or has no mark, a mark is unknown, or its results are not there or
            damaged.
    """

    def content(match: re.Match[str]) -> str:
        mark = match["mark"]
        kind, _, name = mark.partition(" ")
        if kind not in MAKERS:
            raise InputError(f"documents has {str(document)!r} with the mark {mark!r}: known are {', '.join(MAKERS)}.")
        try:
            made = MAKERS[kind](results, name)
        except (LookupError, TypeError, AttributeError):
            raise InputError(
                f"results is {str(results)!r}: a record for the mark {mark!r} is damaged, or of another version."
            ) from None
        return f"<!-- {mark}: begin -->\n{made}<!-- {mark}: end -->"

    text, marks = MARK.subn(content, document.read_text() if document.exists() else "")
    if not marks:
        raise InputError(
            f"documents has {str(document)!r}: it should be a text with marks such as <!-- results: begin -->."
        )
    return text


def overview(folder: Path) -> str:
    """The table of a folder's runs, without what happened to unsolved trials and where the figures come from."""
    return rows.document(_summaries(_of_lstm(folder)), details=False)


def closest_rows(folder: Path) -> str:
    """The table of one row of each experiment in its closest reading."""
    return closest.document(_summaries(_of_lstm(folder)))


def counted(folder: Path, as_printed: Path) -> str:
    """How many of LSTM's rows come near the paper's figures in their closest readings, and how many as printed."""
    found = {"Each row in its closest reading": folder, "As printed": as_printed}
    lines = (f"- {what}: {_counted(place)} The records are in `{place}`.\n" for what, place in found.items())
    return "".join(lines)


def _counted(folder: Path) -> str:
    sentence = closest.counted(closest.last(_summaries(_of_lstm(folder))))
    return sentence[0].lower() + sentence[1:]


def beside(folder: Path, as_printed: Path, experiment: str = "") -> str:
    """Rows in their closest readings, how they depart, and as printed; and the sources of the first.

    Args:
        folder: with the rows in their closest readings.
        as_printed: with the same under the printed conditions.
        experiment: what the names of the rows begin with; all if it is empty.
    """
    found = [run for run in _of_lstm(folder) if run.row.startswith(experiment)]
    return f"{closest.side_by_side(_summaries(found), _summaries(_of_lstm(as_printed)))}\n{_sources(found, folder)}"


def reproduction(folder: Path, experiment: str) -> str:
    """The table of one experiment's runs, what happened to unsolved trials, and where the figures come from."""
    found = [run for run in _of_lstm(folder) if run.row.startswith(experiment)]
    return f"{rows.document(_summaries(found))}\n{_sources(found, folder)}"


def table(folder: Path, in_closest: Path, name: str) -> str:
    """Table 1 or 2 with other methods, as the paper prints it, and where our figures come from.

    LSTM's rows stand there as printed and in their closest readings.

    Raises:
        InputError: it is another table.
    """
    if name not in ("1", "2"):
        raise InputError(f"a document has the mark {f'table {name}'!r}: it should be table 1 or table 2.")
    number = int(name)
    found, close = ([run for run in runs(of) if run.row in methods.order(number)] for of in (folder, in_closest))
    lines = methods.lines(number, _summaries(found), _summaries(close))
    closest_from = f"Closest readings are as [results.md](results.md) says; their records are in `{in_closest}`.\n"
    return f"{markdown(methods.columns(number), lines)}\n{_sources(found, folder)}\n{closest_from}"


def study(folder: Path, row: str) -> str:
    """The tables of studies of readings, for rows whose names begin with `row`, and where they come from.

    Raises:
        InputError: there are none.
    """
    found = sorted(folder.glob(f"{row}*.json"), key=lambda path: path.stem)
    if not found:
        raise InputError(f"readings is {str(folder)!r}: it should hold studies of rows {row}, and has none.")
    studies = []
    for path in found:
        content = _json(path)
        studies.append((typed(ReadingSummary, content["readings"], path), _origin(content["provenance"])))
    # A row may have several studies; their files are named by the row and a word.
    studies.sort(key=lambda own: _position(own[0][0].row))
    lines = [line for own, _ in studies for line in own]
    made = _made(f"every trial is in <code>{folder}</code>", (origin for _, origin in studies))
    return f"{markdown(readings.COLUMNS, lines)}\n{made}"


def searched(path: Path) -> str:
    """What each reading does in a search, the closest combinations of every round, and how many were tried.

    Raises:
        InputError: there is no such search.
    """
    content = _content(path, "search")
    found, marginal = typed(Found, content["found"], path), typed(Effect, content["effects"], path)
    table = markdown(searches.columns(found), searches.lines(found), group=searches.title)
    made = f"Made by {_origin(content['provenance'])}; every combination is in `{path}`.\n"
    return f"{markdown(searches.EFFECTS, marginal)}\n{table}\n{searches.tried(found)} {made}"


def arena(path: Path) -> str:
    """A board of the arena: the reach of every cell on every task, what one learns from it, what it says about claims,
    and under it all scores and every lag.

    Raises:
        InputError: there is no such board.
    """
    board = boards.read(path)
    found = profiles(board.lines)
    return (
        f"{markdown(arenas.columns(board.lines), arenas.board(board.lines))}\n{arenas.sentence(board.lines)}\n\n"
        f"What one sees in it:\n\n{learned.learned(board.lines, board.tuned, found)}\n"
        f"What is said of cells, judged by it:\n\n{learned.verdicts(board.lines)}\n"
        f"{_folded('How this is judged', learned.method(board.lines))}\n"
        f"{_folded('Scores over all tasks and lags', markdown(arenas.SCORES, found))}\n"
        f"{_folded('Every lag', markdown(arenas.LINES, board.lines, group=lambda line: line.task))}\n"
        f"Made by {_origin(board.provenance)}; every trial is in `{path}`.\n"
    )


def _folded(title: str, text: str) -> str:
    """A part of a document that a reader opens."""
    return f"<details><summary>{title}</summary>\n\n{text}\n</details>\n"


def guessed(folder: Path, problems: Sequence[str]) -> str:
    """The table of weight guessing, for problems whose names begin with these, and where its figures come from.

    Raises:
        InputError: there are none.
    """
    found = sorted(_finished(folder, GuessSummary), key=lambda own: _of_study(own[1]))
    chosen = [own for begins in problems for own in found if own[1].problem.startswith(begins)]
    if not chosen:
        raise InputError(f"guessing is {str(folder)!r}: it should hold studies of {', '.join(problems)}, and has none.")
    origins = [_provenance(directory) for directory, _ in chosen]
    where = dict.fromkeys(f"commit {(origin['commit'] or 'unknown')[:12]} on {_machine(origin)}" for origin in origins)
    made = _made(f"every trial is in <code>{folder}</code>", (f"`{brief(origin['command'])}`" for origin in origins))
    table = markdown(guessing.COLUMNS, [summary for _, summary in chosen])
    return f"{table}\nMade at {'; '.join(where)}.\n\n{made}"


def streams(folder: Path, reading: str) -> str:
    """The table of nets on endless streams under one reading, and where they come from.

    Raises:
        InputError: there are none.
    """
    chosen = [own for own in _finished(folder, StreamSummary) if own[1].reading == reading]
    if not chosen:
        raise InputError(f"continual is {str(folder)!r}: it should hold nets under {reading!r}, and has none.")
    origins = [_provenance(directory) for directory, _ in chosen]
    return f"{continual.document([summary for _, summary in chosen])}\n{_made_by(origins, folder)}"


def error_flow(path: Path) -> str:
    """The table of scaling factors, and where they come from.

    Raises:
        InputError: there are none.
    """
    content = _content(path, "error_flow")
    made = f"Made by {_origin(content['provenance'])}; every figure is in `{path}`.\n"
    curves = error_flows.recorded(content["curves"])
    return f"{markdown(error_flows.columns(curves), curves, group=lambda curve: curve.group)}\n{made}"


def abuse(path: Path, row: str) -> str:
    """The table of one row's study of what cells are used for, and where it comes from.

    Raises:
        InputError: there is none.
    """
    content = _content(path, "abuse")
    records = abuses.of_row(typed(UseRecord, content["records"], path), row)
    if not records:
        raise InputError(f"abuse is {str(path)!r}: it has no study of row {row!r}.")
    made = f"Made by {_origin(content['provenance'])}; every figure is in `{path}`.\n"
    return f"{markdown(abuses.columns(records), abuses.lines(records))}\n{made}"


def orders(folder: Path) -> str:
    """How the nets of some runs of 6a tell the order, by their seeds, and where the runs come from.

    Raises:
        InputError: there are none.
    """
    found = []
    for path in folder.glob("*.json"):
        content = _json(path)
        origins = [_origin(content[name]) for name in ("trained", "provenance")]
        found.append((*typed(OrderRecord, [content["record"]], path), origins))
    if not found:
        raise InputError(f"order is {str(folder)!r}: it should hold records of lstm-jax order, and has none.")
    found.sort(key=lambda own: own[0].seed)
    records = [record for record, _ in found]
    table = markdown(order.COLUMNS, [line for record in records for line in order.lines(record)])
    made = _made(f"every net is in <code>{folder}</code>", (origin for _, own in found for origin in own))
    return f"{table}\n{markdown(order.MEASURES, records)}\n{made}"


def compared(path: Path) -> str:
    """The table of cells side by side, and where it comes from.

    Raises:
        InputError: there is none.
    """
    content = _content(path, "compare")
    made = f"Made by {_origin(content['provenance'])}; every trial is in `{path}`.\n"
    return f"{markdown(comparison.COLUMNS, typed(ComparedSummary, content['lines'], path))}\n{made}"


def judged(folder: Path, name: str) -> str:
    """Claims with their verdicts, and folded under them how they are judged, every finding, and where it comes from.

    Args:
        folder: with the records of claims.
        name: "counted" for a sentence that says how many hold, or empty.

    Raises:
        InputError: there are none, or a file is damaged: no document shall leave one out without a word.
    """
    found, provenances, left_out = claims.read(folder)
    if left_out:
        raise InputError(next(iter(left_out.values())))
    if name == "counted":
        return f"{claimed.counted(found)}\n"
    return (
        f"{claimed.counted(found)}\n\n{markdown(claimed.SHORT, claimed.by_claim(found))}\n"
        f"{_folded('Every finding', markdown(claimed.COLUMNS, found))}\n"
        f"{_folded('How this is judged', claimed.method(found))}\n"
        f"{_made(f'every trial is in <code>{folder}</code>', map(_origin, provenances))}"
    )


def seeds(folder: Path) -> str:
    """Many trials of some rows: how they spread, what means of a few are, and the same trials made twice.

    Raises:
        InputError: there are none.
    """
    found = runs(folder)
    again = luck.pairs(found)
    twice = f"\nThe same trials, made twice:\n\n{markdown(luck.AGAIN, again)}" if again else ""
    return f"{markdown(luck.COLUMNS, luck.once(found))}{twice}\n{_sources(found, folder)}"


def speed(path: Path) -> str:
    """The benchmark's ratios, what alphabets cost if that was measured too, and where the figures come from.

    Raises:
        InputError: there is no benchmark's result.
    """
    if not path.exists():
        raise InputError(f"benchmark is {str(path)!r}: it should be the adding.json of lstm-jax benchmark.")
    result = _json(path)
    ours = next(f for f in result["figures"] if f["contender"] == "ours" and f["trials"] == 32 and f["on"] == "1 core")
    lines = [f"- ours, 32 trials on one core: {ours['median']:.1f} {result['unit'].partition(' = ')[0]}\n"]
    lines += [f"- {ratio['name']}: {ratio['value']:.1f} times as long\n" for ratio in result["ratios"]]
    results = {path: result}
    symbols = path.with_name("symbols.json")
    if symbols.exists():
        results[symbols] = _json(symbols)
        figures = results[symbols]["figures"]
        for label in dict.fromkeys(figure["label"] for figure in figures):
            few, *_, many = (figure for figure in figures if figure["label"] == label)
            lines.append(
                f"- {label}, row 2c, {many['distractors']:,} distractors, {many['weights']:,} weights, "
                f"{many['trials']} trials on one core: {many['median']:.1f} ns per trial-step "
                f"({few['distractors']:,} distractors, {few['weights']:,} weights: {few['median']:.1f})\n"
            )
    cells = path.with_name("cells.json")
    if cells.exists():
        results[cells] = _json(cells)
        lines += _cells(results[cells]["figures"])
    for source, made in results.items():
        lines.append(f"\nMedians of one run on {_machine(made['machine'])}; every figure is in `{source}`.\n")
    return "".join(lines)


def _cells(figures: list[dict[str, Any]]) -> list[str]:
    """What cells cost that learn by back-propagation through time, and how much longer Flax takes."""
    lines = []
    for ours in (figure for figure in figures if figure["contender"] == "bptt"):
        flax = {f["flags"]: f["median"] / ours["median"] for f in figures if f["row"] == ours["row"] and f is not ours}
        lines.append(
            f"- {ours['row']}, by back-propagation through time, {ours['weights']:,} weights, {ours['trials']} trials "
            f"on one core: {ours['median']:.1f} ns per trial-step (Flax as its users run it: {flax['default']:.1f} "
            f"times as long; under the XLA settings of lstm_jax: {flax['lstm_jax']:.1f} times)\n"
        )
    return lines


def runs(folder: Path) -> list[Run]:
    """The finished runs of a folder, in the order of the paper's tables.

    Raises:
        InputError: there are none, or one cannot be read.
    """
    found = load(folder)
    for directory, reason in found.left_out.items():
        raise InputError(f"folder has {str(directory)!r}, which cannot be read: {reason}.")
    done = sorted((run for run in found.runs if run.finished), key=lambda run: _position(run.row))
    if not done:
        raise InputError(f"folder is {str(folder)!r}: it should hold runs of lstm-jax reproduce, and has none.")
    return done


def _of_lstm(folder: Path) -> list[Run]:
    """The finished runs of LSTM's rows."""
    return [run for run in runs(folder) if run.row in LSTM_ROWS]


def _summaries(found: Sequence[Run]) -> list[Summary]:
    """The summaries of all stages of some runs."""
    return [summary for run in found for summary in run.summary]


def _finished(folder: Path, kind: type[S]) -> list[tuple[Path, S]]:
    """The directories of a folder whose runs are finished, each with its summary."""
    directories = sorted(path.parent for path in folder.glob("*/summary.json"))
    return [(directory, summary) for directory in directories for summary in finished(kind, directory)]


def _provenance(directory: Path) -> Any:
    return _json(directory / "provenance.json")


def _sources(found: Sequence[Run], folder: Path) -> str:
    return _made_by([run.provenance for run in found], folder)


def _made_by(origins: Sequence[Any], folder: Path) -> str:
    return _made(f"the records are in <code>{folder}</code>", map(_origin, origins))


def _made(where: str, sources: Iterable[str]) -> str:
    """How something was made, a line each, which readers unfold; `where` says where all of it is."""
    return _folded(f"How it was made; {where}", "".join(f"- {line}\n" for line in dict.fromkeys(sources)))


def _origin(provenance) -> str:
    at = ", ".join(commit[:12] for commit in commits(provenance))
    return f"`{brief(provenance['command'])}` at commit{'s' * (',' in at)} {at} on {_machine(provenance)}"


def brief(command: str) -> str:
    """A command without values that are longer than a line; the record has all of it.

    >>> brief(f"lstm-jax readings row=2a 'readings={['closed_by_weights', 'errors_at_end', 'step_changes'] * 2}'")
    'lstm-jax readings row=2a readings=...'
    """
    words = shlex.split(command)
    short = [word if len(word) <= LONGEST_WORD else f"{word.partition('=')[0]}=..." for word in words]
    return command if short == words else shlex.join(short)


def _machine(provenance) -> str:
    """What the bits of a result belong to: the processor and, where it was recorded, the release of jaxlib."""
    cores = f"{provenance['cores']} core{'s' * (provenance['cores'] != 1)}"
    made_with = " and ".join(releases(provenance))
    return f"{provenance['processor']}, {cores}" + (f", jaxlib {made_with}" if made_with else "")


def _position(row: str) -> int:
    """Position of a row in the paper's tables; other rows come last."""
    return list(ROWS).index(row) if row in ROWS else len(ROWS)


def _of_study(summary: GuessSummary) -> tuple[str, ...]:
    """Key to sort runs of weight guessing by: those as published come first."""
    return tuple(summary.problem.split(", ") + summary.architecture.split(", "))


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise InputError(f"{path} is damaged: it is not JSON.") from None


def _content(path: Path, program: str):
    if not path.exists():
        raise InputError(f"{program} is {str(path)!r}: it should be the {program}.json of lstm-jax {program}.")
    return _json(path)


MAKERS: dict[str, Callable[[Path, str], str]] = {
    "closest": lambda results, _: closest_rows(results / "closest"),
    "counted": lambda results, _: counted(results / "closest", results / "paper"),
    "beside": lambda results, name: beside(results / "closest", results / "paper", name),
    "results": lambda results, _: overview(results / "paper"),
    "rows": lambda results, name: reproduction(results / "paper", name),
    "table": lambda results, name: table(results / "paper", results / "closest", name),
    "search": lambda results, name: searched(results / "search" / f"{name}.json"),
    "readings": lambda results, name: study(results / "readings", name),
    "guessing": lambda results, name: guessed(results / "guessing", name.split()),
    "continual": lambda results, name: streams(results / "continual", name),
    "flow": lambda results, _: error_flow(results / "error_flow" / "error_flow.json"),
    "abuse": lambda results, name: abuse(results / "abuse" / "abuse.json", name),
    "order": lambda results, _: orders(results / "order"),
    "compare": lambda results, _: compared(results / "compare" / "comparison.json"),
    "arena": lambda results, name: arena(results / "arena" / f"{name}.json"),
    "claims": lambda results, name: judged(results / "claims", name),
    "seeds": lambda results, _: seeds(results / "seeds"),
    "speed": lambda results, _: speed(results / "benchmark" / "adding.json"),
}
"""Functions that make a marked part, by the first word of its mark; they take the results' folder and the mark's
rest."""
