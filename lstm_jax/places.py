"""Where the programs and their configurations are: inside the package where it is installed, beside it in a checkout.

An installed package takes no name of the user's but `lstm_jax` and `hydra_plugins`.
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent

INSTALLED = (_PACKAGE / "experiments").is_dir()
"""Whether this is an installed package, and no checkout."""

CONFIGS = str((_PACKAGE if INSTALLED else _PACKAGE.parent) / "configs")
"""The directory of our configuration files."""

DOCS = None if INSTALLED else str(_PACKAGE.parent / "docs")
"""The directory of our documents; None where the package is installed without them."""

PROGRAMS = "lstm_jax.experiments" if INSTALLED else "experiments"
"""The package of our programs."""
