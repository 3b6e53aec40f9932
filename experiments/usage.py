"""What `--help` prints: what a program does, what can be chosen by name, and every setting with its value.

Hydra's own help lists the groups of all programs, and takes a second for it.
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra import compose
from omegaconf import OmegaConf, open_dict

from lstm_jax import option_list
from lstm_jax.composition import FOLDERS, composing
from lstm_jax.overrides import quoted


def asked(arguments: Sequence[str]) -> bool:
    """Whether the arguments ask for help."""
    return bool({"--help", "-h"} & set(arguments))


def usage(config_name: str, arguments: Sequence[str]) -> str:
    """The help of the program with this configuration file, as the overrides among its arguments change it.

    Raises:
        InputError: an override does not fit.
    """
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--config-dir", "-cd")
    given, rest = parser.parse_known_args(arguments)
    overrides = [argument for argument in rest if not argument.startswith("-")]
    folders = [f"{FOLDERS}{quoted([given.config_dir])}"] if given.config_dir else []
    with composing():
        config = compose(config_name, [*overrides, *folders], return_hydra_config=True)
    sources = [Path(source.path) for source in config.hydra.runtime.config_sources if source.schema == "file"]
    groups = [name for name in config.hydra.runtime.choices if not name.startswith("hydra/")]
    options = {name: _options(name, sources) for name in groups}
    texts: Any = config.hydra.help
    with open_dict(config):
        del config["hydra"]
    chosen = ["Chosen by name:", *(f"  {name}: {', '.join(options[name])}" for name in reversed(groups)), ""]
    settings = ["Settings:", *(f"  {line}" for line in OmegaConf.to_yaml(config).splitlines())]
    return "\n".join([texts.header, "", *(chosen if options else []), *settings, "", texts.footer])


def _options(group: str, folders: Sequence[Path]) -> list[str]:
    """What can be chosen in a group: files of the folders, and what is made of classes."""
    files = {path.stem for folder in folders for path in (folder / group).glob("*.yaml")}
    return sorted(files | set(option_list.names(group) if group in option_list.groups() else ()))
