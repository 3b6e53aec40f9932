"""What a sweeper that learns from results has found, said at the end of a multirun."""

from pathlib import Path
from typing import Any

import yaml
from hydra.experimental.callback import Callback
from omegaconf import DictConfig

FOUND = "optimization_results.yaml"
"""File into which Optuna's sweeper writes the best settings and what they came to."""


class Best(Callback):
    """Prints the best settings of a multirun whose sweeper has written them."""

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Look at what an earlier multirun has left."""
        self.before = _written(config)

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        """Print what this one has found."""
        if _written(config) in (None, self.before):
            return
        path = Path(str(config.hydra.sweep.dir)) / FOUND
        found = yaml.safe_load(path.read_text())
        if {"best_params", "best_value"} <= found.keys():
            settings = " ".join(f"{name}={value}" for name, value in found["best_params"].items())
            print(f"Best of the sweep: {settings}, which take {found['best_value']:,.6g} presentations; see {path}.")


def _written(config: DictConfig) -> int | None:
    """When the file was last written, in nanoseconds; None where there is none."""
    path = Path(str(config.hydra.sweep.dir)) / FOUND
    return path.stat().st_mtime_ns if path.exists() else None
