"""Write the table of recorded results into a document: no figure there is typed by hand.

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
    """Replace the table in the document."""
    path = Path(config.document)
    files.write_text(path, insert(path.read_text(), Path(config.folder), str(path)))
    print(f"Written into {path}.")


def insert(text: str, folder: Path, name: str) -> str:
    """The text with the table of a folder's runs between its two marks.

    Raises:
        InputError: the marks or the runs are missing.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise InputError(f"document is {name!r}: it should contain the lines {BEGIN} and {END}.")
    runs = sorted(folder.glob("*/summary.json"), key=lambda run: _position(run.parent.name))
    if not runs:
        raise InputError(f"folder is {str(folder)!r}: it should hold runs of experiments.reproduce, and has none.")
    summaries = [summary for run in runs for summary in json.loads(run.read_text())]
    origin = json.loads((runs[0].parent / "provenance.json").read_text())
    source = (
        f"Made by `{origin['command']}` at commit {(origin['commit'] or 'unknown')[:12]} on {origin['processor']}, "
        f"{origin['cores']} cores; records in `{folder}`."
    )
    return f"{before}{BEGIN}\n{markdown(summaries)}- {source}\n{END}{after}"


def _position(directory: str) -> int:
    row = directory.rpartition("-")[0]
    return list(ROWS).index(row) if row in ROWS else len(ROWS)


if __name__ == "__main__":
    main()
