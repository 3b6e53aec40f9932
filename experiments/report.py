"""Write recorded results into documents.

lstm-jax report
"""

from pathlib import Path

from omegaconf import DictConfig, ListConfig

from .application import application


@application("report")
def main(config: DictConfig) -> None:
    """Fill the documents."""
    from lstm_jax.report.documents import fill
    from lstm_jax.results import files

    results = Path(config.results)
    documents = config.documents if isinstance(config.documents, ListConfig) else [str(config.documents)]
    for document in [files.target(path, "documents") for path in documents]:
        files.write_text(document, fill(document, results))
        print(f"Written into {document}.")


if __name__ == "__main__":
    main()
