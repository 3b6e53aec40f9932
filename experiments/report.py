"""Write the table of recorded results into a document, and their picture: no figure there is typed by hand.

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

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"


@application("report")
def main(config: DictConfig) -> None:
    """Replace the table in the document; draw the curves if all of them are there (they are not under git)."""
    document, folder = Path(config.document), Path(config.folder)
    files.write_text(document, insert(document.read_text(), folder, str(document)))
    print(f"Written into {document}.")
    directories = [run.parent for run in runs(folder)]
    if all((directory / "curves.npz").exists() for directory in directories):
        from lstm_jax.report.figures import learning_curves

        learning_curves(directories, folder / "curves.png")
        print(f"Drawn {folder / 'curves.png'}.")


def insert(text: str, folder: Path, name: str) -> str:
    """The text with the table of a folder's runs between its two marks.

    Raises:
        InputError: the marks or the runs are missing.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise InputError(f"document is {name!r}: it should contain the lines {BEGIN} and {END}.")
    found = runs(folder)
    summaries = [summary for run in found for summary in json.loads(run.read_text())]
    origins = [json.loads((run.parent / "provenance.json").read_text()) for run in found]
    sources = dict.fromkeys(
        f"- `{origin['command']}` at commit {(origin['commit'] or 'unknown')[:12]} on {origin['processor']}, "
        f"{origin['cores']} cores\n"
        for origin in origins
    )
    made = f"Made by the following; the records are in `{folder}`.\n\n{''.join(sources)}"
    return f"{before}{BEGIN}\n{markdown(summaries)}\n{made}{END}{after}"


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
