"""Make a view of the tracked runs in Weights & Biases.

lstm-jax workspace entity=me project=lstm-jax
"""

from typing import Annotated, Any

from omegaconf import DictConfig, OmegaConf
from pydantic import Field, TypeAdapter

from lstm_jax.configuration import build, checked
from lstm_jax.errors import InputError

from .application import application

Text = Annotated[str, Field(min_length=1)]


@checked
class Settings:
    """Which view, of what."""

    entity: Text
    project: Text
    name: Text
    setting: Text
    file: Text | None


@application("workspace")
def main(config: DictConfig) -> None:
    """Save the view there, or its description in a file."""
    node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    settings = build(Settings, node, "")
    from lstm_jax.results import files
    from lstm_jax.trackers.workspace import workspace

    path = files.target(settings.file, "file") if settings.file is not None else None
    view = workspace(settings.entity, settings.project, settings.name, settings.setting)
    if path is not None:
        described = TypeAdapter(type(view)).dump_python(view, mode="json", exclude_none=True)
        files.write_json(path, described)
        print(f"Written to {path}.")
        return
    from lstm_jax.trackers.wandb import logged_in

    try:
        if not logged_in():
            raise InputError("Nobody is logged in to W&B: wandb login, or file=view.json, which needs no login.")
        view.save()
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"W&B did not take the view: {' '.join(str(error).split())}") from None
    print(f"Saved as {view.url}.")


if __name__ == "__main__":
    main()
