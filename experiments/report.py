"""Write recorded results into documents, and draw them: no figure there is typed by hand.

python -m experiments.report
"""

from pathlib import Path

from omegaconf import DictConfig, ListConfig

from experiments.application import application


@application("report")
def main(config: DictConfig) -> None:
    """Fill the documents; draw the curves if all of them are there (they are not under git)."""
    from lstm_jax.paper.tables import LSTM_ROWS
    from lstm_jax.report.documents import fill, row_of, runs
    from lstm_jax.results import files

    results = Path(config.results)
    documents = config.documents if isinstance(config.documents, ListConfig) else [str(config.documents)]
    for document in map(Path, documents):
        files.write_text(document, fill(document, results))
        print(f"Written into {document}.")
    directories = [run.parent for run in runs(results / "paper") if row_of(run) in LSTM_ROWS]
    if all((directory / "curves.npz").exists() for directory in directories):
        from lstm_jax.report.figures import learning_curves

        learning_curves(directories, results / "paper" / "curves.png")
        print(f"Drawn {results / 'paper' / 'curves.png'}.")


if __name__ == "__main__":
    main()
