"""Write one page of everything in a folder of runs; --watch follows.

lstm-jax dashboard results/paper
"""

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from omegaconf import DictConfig, OmegaConf
from pydantic import Field

from lstm_jax.configuration import build, checked
from lstm_jax.errors import InputError
from lstm_jax.overrides import quoted
from lstm_jax.places import DOCS

from .again import changes, command
from .application import WITH_VALUE, application


@checked
class Settings:
    """What to show, and where to."""

    folder: Annotated[str, Field(min_length=1)]
    inside: tuple[str, ...]
    """Further folders, in which traces, error flows and boards of the arena lie."""
    output: Annotated[str, Field(min_length=1)] | None
    """The file to write; None for dashboard.html in the folder."""
    watch: bool
    seconds: Annotated[int, Field(ge=1)]
    """Seconds between two looks at the folder."""


@application("dashboard")
def work(config: DictConfig) -> None:
    """Write the page, once or until interrupted."""
    node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    settings = build(Settings, node, "")
    if settings.watch:
        watch(settings)
    path, missing = write(settings)
    print(*missing, f"Written to {path}.", sep="\n")


def write(settings: Settings, seconds: int | None = None) -> tuple[Path, list[str]]:
    """Write the page; `seconds` as in `content`.

    Returns:
        Where it is, and what is not on it, with the reasons.
    """
    from lstm_jax.report.dashboard import content, nets, page
    from lstm_jax.report.groups import missing
    from lstm_jax.results import files, load

    folder = Path(settings.folder)
    for given in settings.inside:
        if not Path(given).is_dir():
            raise InputError(f"inside has {given!r}: there is no such directory.")
    path = files.target(settings.output, "output") if settings.output else folder / "dashboard.html"
    found = load(folder)
    inside = nets([folder, *map(Path, settings.inside)])
    shown = content(found, settings.folder, lambda own: (command(own), changes(own)), inside, seconds, documents(path))
    files.write_text(path, page(shown))
    return path, missing({Path(place): reason for place, reason in shown["left_out"].items()})


def documents(path: Path) -> str | None:
    """The address of the folder of our documents as seen from a page; None where they are not in one checkout."""
    own = path.absolute().resolve()
    if DOCS is None or not Path(DOCS).is_dir() or not own.is_relative_to(Path(DOCS).parent):
        return None
    return quote(Path(os.path.relpath(DOCS, own.parent)).as_posix())


def watch(settings: Settings) -> None:
    """Write the page again and again, and show in the terminal how the runs stand, until Ctrl-C."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    from lstm_jax.report.progress import table
    from lstm_jax.results import files, load

    files.directory(Path(settings.folder), "folder")
    console = Console()
    console.print("Ctrl-C ends the watch, not the runs.")
    with contextlib.suppress(KeyboardInterrupt), Live(console=console, auto_refresh=False) as live:
        told: list[str] = []
        while True:
            started = time.monotonic()
            try:
                path, missing = write(settings, settings.seconds)
                live.update(table(load(settings.folder).runs), refresh=True)
                news = [*missing, f"Written to {path}; an open page follows."]
                if news != told:
                    told = news
                    console.print(*news, sep="\n", highlight=False)
            except InputError as error:
                # Nobody has begun to run yet.
                live.update(Text(str(error)), refresh=True)
            # A look at thousands of runs takes seconds, and the runs need the processor: a tenth of it at most.
            time.sleep(max(settings.seconds, 9 * (time.monotonic() - started)))


def main() -> None:
    """Start, with arguments as people write them."""
    before = zip(sys.argv, sys.argv[1:], strict=False)
    sys.argv[1:] = [argument if option in WITH_VALUE else allowed(argument) for option, argument in before]
    work()


def allowed(argument: str) -> str:
    """The override that an argument stands for: a shell user may type --watch, and a folder alone."""
    if argument == "--watch":
        return "watch=true"
    plain = argument.startswith(("-", "+", "~")) or "=" in argument
    return argument if plain else f"folder={quoted(argument)}"


if __name__ == "__main__":
    main()
