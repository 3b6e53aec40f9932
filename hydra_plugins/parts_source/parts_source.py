"""Where Hydra finds options of `network`, `task`, `criterion`, `optimizer` and `tracker` that no file describes.

It looks through files first; an option without one is made of the dataclass that has its name (lstm_jax/options.py), as
is `my_module.MyCell`. Only programs whose configurations are ours look here. Hydra imports this file whenever a program
starts, and asks only about what is chosen: nothing here imports JAX before.
"""

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.object_type import ObjectType
from hydra.plugins.config_source import ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import OmegaConf

from lstm_jax import option_list
from lstm_jax.places import CONFIGS

SCHEME = "lstm-jax-parts"

SETTINGS = "settings"
"""Name of the option that holds the settings of an experiment, which belong to no part."""


class PartsOnThePath(SearchPathPlugin):
    """Adds our source to the search paths of our programs, and to no others."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Behind the files."""
        paths = (str(element.path).removeprefix("file://") for element in search_path.get_path())
        if any(path == CONFIGS for path in paths):
            search_path.append("lstm_jax", f"{SCHEME}://")


class PartsSource(ConfigSource):
    """Options by the names of dataclasses."""

    @staticmethod
    def scheme() -> str:
        """Ours alone."""
        return SCHEME

    def available(self) -> bool:
        """Always."""
        return True

    def load_config(self, config_path: str) -> ConfigResult:
        """The option; a name of the user's that cannot be imported is refused here.

        Raises:
            InputError: the name is unknown, or cannot be imported.
        """
        group, name = _split(config_path)
        node = option_list.option(group, name) if group else option_list.settings()
        return ConfigResult(self.provider, self.full_path(), OmegaConf.create(node), {"package": "_global_"})

    def is_group(self, config_path: str) -> bool:
        """Whether it is a part."""
        return config_path.rstrip("/") in ("", *option_list.groups())

    def is_config(self, config_path: str) -> bool:
        """Whether it is a name of ours, or may be one of the user's."""
        group, name = _split(config_path)
        if not group:
            return name == SETTINGS
        return group in option_list.groups() and ("." in name or name in option_list.names(group))

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """The names of a group's options, or of the groups."""
        group = config_path.rstrip("/")
        if not group:
            return sorted([*option_list.groups()] if results_filter != ObjectType.CONFIG else [])
        return sorted(option_list.names(group)) if results_filter != ObjectType.GROUP else []


def _split(config_path: str) -> tuple[str, str]:
    group, _, name = config_path.removesuffix(".yaml").strip("/").rpartition("/")
    return group, name
