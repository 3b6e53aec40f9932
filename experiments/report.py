"""Write recorded results into a document, and draw them: no figure there is typed by hand.

python -m experiments.report
"""

import json
from pathlib import Path

from omegaconf import DictConfig

from experiments.application import application
from lstm_jax.errors import InputError
from lstm_jax.paper.tables import ROWS
from lstm_jax.report.table import markdown
from lstm_jax.results import files


@application("report")
def main(config: DictConfig) -> None:
    """Replace the tables in the document; draw the curves if all of them are there (they are not under git)."""
    document, folder, benchmark = Path(config.document), Path(config.folder), Path(config.benchmark)
    text = insert(document.read_text(), "results", reproduction(folder), str(document))
    text = insert(text, "speed", speed(benchmark), str(document))
    files.write_text(document, text)
    print(f"Written into {document}.")
    directories = [run.parent for run in runs(folder)]
    if all((directory / "curves.npz").exists() for directory in directories):
        from lstm_jax.report.figures import learning_curves

        learning_curves(directories, folder / "curves.png")
        print(f"Drawn {folder / 'curves.png'}.")


def insert(text: str, mark: str, content: str, name: str) -> str:
    """The text with `content` between the lines that begin and end a mark.

    Raises:
        InputError: the mark is missing.
    """
    begin_line, end_line = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
    before, begin, rest = text.partition(begin_line)
    _, end, after = rest.partition(end_line)
    if not (begin and end):
        raise InputError(f"document is {name!r}: it should contain the lines {begin_line} and {end_line}.")
    return f"{before}{begin}\n{content}{end}{after}"


def reproduction(folder: Path) -> str:
    """The table of a folder's runs, and where they come from."""
    found = runs(folder)
    summaries = [summary for run in found for summary in json.loads(run.read_text())]
    origins = [json.loads((run.parent / "provenance.json").read_text()) for run in found]
    sources = dict.fromkeys(
        f"- `{origin['command']}` at commit {(origin['commit'] or 'unknown')[:12]} on {origin['processor']}, "
        f"{origin['cores']} cores\n"
        for origin in origins
    )
    return f"{markdown(summaries)}\nMade by the following; the records are in `{folder}`.\n\n{''.join(sources)}"


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

    def position(run: Path) -> int:
        row = run.parent.name.rpartition("-")[0]
        return list(ROWS).index(row) if row in ROWS else len(ROWS)

    found = sorted(folder.glob("*/summary.json"), key=position)
    if not found:
        raise InputError(f"folder is {str(folder)!r}: it should hold runs of experiments.reproduce, and has none.")
    return found


if __name__ == "__main__":
    main()
