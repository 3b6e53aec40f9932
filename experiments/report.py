"""Write recorded results into documents, and draw them: no figure there is typed by hand.

python -m experiments.report
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from omegaconf import DictConfig, ListConfig

from experiments.application import application
from lstm_jax.errors import InputError
from lstm_jax.paper.tables import LSTM_ROWS, ROWS
from lstm_jax.report import guessing, methods, readings
from lstm_jax.report.table import markdown
from lstm_jax.results import files

MARK = re.compile(r"<!-- (?P<mark>[^>]+): begin -->\n.*?<!-- (?P=mark): end -->", re.DOTALL)
"""What stands between two comments is replaced; the mark says by what."""

GUESSES = Path("results/guessing")


@application("report")
def main(config: DictConfig) -> None:
    """Fill the documents; draw the curves if all of them are there (they are not under git)."""
    folder = Path(config.folder)
    documents = config.documents if isinstance(config.documents, ListConfig) else [str(config.documents)]
    for document in documents:
        sources = folder, Path(config.readings), Path(config.benchmark), Path(config.guessing)
        files.write_text(Path(document), fill(document, *sources))
        print(f"Written into {document}.")
    directories = [run.parent for run in runs(folder)]
    if all((directory / "curves.npz").exists() for directory in directories):
        from lstm_jax.report.figures import learning_curves

        learning_curves(directories, folder / "curves.png")
        print(f"Drawn {folder / 'curves.png'}.")


def fill(document: str, folder: Path, studies: Path, benchmark: Path, guesses: Path = GUESSES) -> str:
    """The text of a document with every marked part made anew.

    Marks are `results` (LSTM's rows), `rows 4` (those of Experiment 4), `table 1` (with other methods, as the paper
    prints it), `readings 4-1` (a study), `speed`, and `guessing parity tomita` (weight guessing, the problems whose
    names begin so; in this order).

    Raises:
        InputError: the document cannot be read or has no mark, a mark is unknown, or its results are not there.
    """

    def content(match: re.Match[str]) -> str:
        mark = match["mark"]
        kind, _, name = mark.partition(" ")
        if kind == "results":
            made = reproduction(folder)
        elif kind == "rows":
            made = reproduction(folder, name)
        elif kind == "table" and name in ("1", "2"):
            made = table(folder, int(name))
        elif kind == "readings":
            made = study(studies, name)
        elif kind == "speed":
            made = speed(benchmark)
        elif kind == "guessing":
            made = guessed(guesses, name.split())
        else:
            raise InputError(
                f"documents has {document!r} with the mark {mark!r}: known are results, rows, table 1, table 2, "
                "readings, speed, guessing."
            )
        return f"<!-- {mark}: begin -->\n{made}<!-- {mark}: end -->"

    path = Path(document)
    text, marks = MARK.subn(content, path.read_text() if path.exists() else "")
    if not marks:
        raise InputError(f"documents has {document!r}: it should be a text with marks such as <!-- results: begin -->.")
    return text


def reproduction(folder: Path, experiment: str = "") -> str:
    """The table of a folder's runs, or of one experiment's, and where they come from."""
    found = [run for run in runs(folder) if _row(run).startswith(experiment) and _row(run) in LSTM_ROWS]
    summaries = [summary for run in found for summary in json.loads(run.read_text())]
    return f"{markdown(summaries)}\n{_sources(found, folder)}"


def table(folder: Path, number: int) -> str:
    """Table 1 or 2 with other methods, as the paper prints it, and where our figures come from."""
    found = [run for run in runs(folder) if _row(run) in methods.order(number)]
    summaries = [summary for run in found for summary in json.loads(run.read_text())]
    return f"{methods.markdown(number, summaries)}\n{_sources(found, folder)}"


def study(folder: Path, rows: str) -> str:
    """The table of readings studies of the rows whose names begin so, and where they come from.

    Raises:
        InputError: there are none.
    """
    found = sorted(folder.glob(f"{rows}*.json"), key=lambda path: _position(path.stem))
    if not found:
        raise InputError(f"readings is {str(folder)!r}: it should hold studies of rows {rows}, and has none.")
    studies = [json.loads(path.read_text()) for path in found]
    lines = [line for content in studies for line in content["readings"]]
    sources = dict.fromkeys(f"- {_origin(content['provenance'])}\n" for content in studies)
    return f"{readings.markdown(lines)}\nMade by the following; every trial is in `{folder}`.\n\n{''.join(sources)}"


def _sources(found: list[Path], folder: Path) -> str:
    origins = [json.loads((run.parent / "provenance.json").read_text()) for run in found]
    sources = "".join(f"- {line}\n" for line in dict.fromkeys(map(_origin, origins)))
    return f"Made by the following; the records are in `{folder}`.\n\n{sources}"


def _row(run: Path) -> str:
    """Whose summary it is: a run's directory is named by its row and a hash."""
    return run.parent.name.rpartition("-")[0]


def guessed(folder: Path, problems: Sequence[str]) -> str:
    """The table of the studies of weight guessing whose problems begin so, and where they come from.

    Raises:
        InputError: there are none.
    """
    found = {path: json.loads(path.read_text()) for path in folder.glob("*/summary.json")}
    chosen = [
        path
        for begins in problems
        for path, _ in sorted(found.items(), key=lambda item: _of_study(item[1]))
        if found[path]["problem"].startswith(begins)
    ]
    if not chosen:
        raise InputError(f"guessing is {str(folder)!r}: it should hold studies of {', '.join(problems)}, and has none.")
    origins = [json.loads((path.parent / "provenance.json").read_text()) for path in chosen]
    commands = "".join(f"- `{origin['command']}`\n" for origin in origins)
    where = dict.fromkeys(
        f"commit {(origin['commit'] or 'unknown')[:12]} on {origin['processor']}, {origin['cores']} cores"
        for origin in origins
    )
    return (
        f"{guessing.markdown([found[path] for path in chosen])}\nMade by the following at {'; '.join(where)}; every "
        f"trial is in `{folder}`.\n\n{commands}"
    )


def _of_study(summary) -> tuple[str, ...]:
    """Order of studies: those as published first."""
    return tuple(summary["problem"].split(", ") + summary["architecture"].split(", "))


def _position(row: str) -> int:
    """Of a row in the paper's tables; others come last."""
    return list(ROWS).index(row) if row in ROWS else len(ROWS)


def _origin(provenance) -> str:
    commit = (provenance["commit"] or "unknown")[:12]
    return f"`{provenance['command']}` at commit {commit} on {provenance['processor']}, {provenance['cores']} cores"


def speed(path: Path) -> str:
    """The benchmark's ratios, what alphabets cost if that was measured too, and where the figures come from.

    Raises:
        InputError: there is no benchmark's result.
    """
    if not path.exists():
        raise InputError(f"benchmark is {str(path)!r}: it should be the adding.json of experiments.benchmark.")
    result = json.loads(path.read_text())
    ours = next(f for f in result["figures"] if f["contender"] == "ours" and f["trials"] == 32 and f["on"] == "1 core")
    lines = [f"- ours, 32 trials on one core: {ours['median']:.1f} {result['unit'].partition(' = ')[0]}\n"]
    lines += [f"- {ratio['name']}: {ratio['value']:.1f} times as long\n" for ratio in result["ratios"]]
    results = {path: result}
    symbols = path.with_name("symbols.json")
    if symbols.exists():
        results[symbols] = json.loads(symbols.read_text())
        figures = results[symbols]["figures"]
        for label in dict.fromkeys(figure["label"] for figure in figures):
            few, *_, many = (figure for figure in figures if figure["label"] == label)
            lines.append(
                f"- {label}, row 2c, {many['distractors']:,} distractors, {many['weights']:,} weights, "
                f"{many['trials']} trials on one core: {many['median']:.1f} ns per trial-step "
                f"({few['distractors']:,} distractors, {few['weights']:,} weights: {few['median']:.1f})\n"
            )
    for source, made in results.items():
        where = "{processor}, {cores} cores".format_map(made["machine"])
        lines.append(f"\nMedians of one run on {where}; every figure is in `{source}`.\n")
    return "".join(lines)


def runs(folder: Path) -> list[Path]:
    """The summaries of finished runs in a folder, in the order of the paper's tables.

    Raises:
        InputError: there are none.
    """
    found = sorted(folder.glob("*/summary.json"), key=lambda run: _position(_row(run)))
    if not found:
        raise InputError(f"folder is {str(folder)!r}: it should hold runs of experiments.reproduce, and has none.")
    return found


if __name__ == "__main__":
    main()
