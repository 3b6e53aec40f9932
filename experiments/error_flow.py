"""Measure how far errors flow back, in ordinary nets and in LSTM.

lstm-jax error_flow
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from hydra import compose
from omegaconf import DictConfig, OmegaConf
from pydantic import Field

from lstm_jax.configuration import build, checked
from lstm_jax.errors import InputError, unknown
from lstm_jax.overrides import quote_row, quoted
from lstm_jax.paper.tables import ROWS

from .application import application

SEQUENCES = 2**31 - 2
"""Branch of the seed's key that the sequences shown here come from: no trial has that number."""


@checked
class Settings:
    """What to measure."""

    row: str
    lags: Annotated[int, Field(ge=1, le=100_000)]
    """The longest way back, in steps."""
    trials: Annotated[int, Field(ge=1)]
    """Number of nets of each kind."""
    sequences: Annotated[int, Field(ge=1)]
    """Number of sequences that each net is shown."""
    presentations: Annotated[int, Field(ge=0, lt=2**31)]
    """Largest number of presentations in training."""
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    folder: Annotated[str, Field(min_length=1)]


@application("error_flow")
def main(config: DictConfig) -> None:
    """Train LSTM, measure all nets, write numbers and picture."""
    node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    long, nets, overrides = (node.pop(name) for name in ("long", "nets", "overrides"))
    if not isinstance(nets, list) or not nets:
        raise InputError(f"nets is {nets!r}: it should be a list of one net or more.")
    if not isinstance(overrides, list) or not all(isinstance(override, str) for override in overrides):
        raise InputError(
            f"overrides is {overrides!r}: it should be a list of settings, as experiments.train takes them."
        )
    settings = build(Settings, node, "")
    conditions = [quote_row(f"experiment={settings.row}"), *overrides]
    conditions += [f"{name}={quoted(getattr(settings, name))}" for name in ("trials", "seed", "folder")]
    lengthened = lengthen(settings.row, settings.lags, long)
    train, shown = (compose("train", [*conditions, *more]) for more in ([], lengthened))

    from rich.console import Console

    from lstm_jax.analysis.error_curves import OrdinaryNet
    from lstm_jax.report.columns import terminal
    from lstm_jax.report.error_flow import columns, picture, recorded
    from lstm_jax.results import files
    from lstm_jax.results.provenance import describe

    from .study import read

    ordinary = [build(OrdinaryNet, net, f"nets.{i}") for i, net in enumerate(nets)]
    folder = files.directory(Path(settings.folder), "folder")
    console = Console()
    curves, solved = measure(read(train).experiment, read(shown).experiment, settings, ordinary)
    plain = [_plain(curve) for curve in curves]
    shown = recorded(plain)
    console.print(terminal(columns(shown), shown, group=lambda curve: curve.group))
    console.print(f"{solved} of {settings.trials} LSTM nets had learned row {settings.row}.", highlight=False)
    content = {
        "provenance": describe(),
        "settings": {**node, "overrides": overrides, "long": lengthened, "nets": nets},
        "solved": solved,
        "unit": "log10 of the absolute scaling factor; null: no error at all",
        "curves": plain,
    }
    files.write_text(folder / "error_flow.json", json.dumps(content) + "\n")
    picture(curves, folder / "error_flow.png")
    console.print(f"Written to {folder}: error_flow.json, error_flow.png.")


def lengthen(row: str, lags: int, long: Mapping[str, Any]) -> list[str]:
    """The overrides that make a row's sequences longer than `lags` steps.

    Raises:
        InputError: its sequences cannot be made longer.
    """
    if row in ROWS:
        for name, overrides in long.items():
            if row.startswith(str(name)):
                sizes = {"lags": lags, "steps": lags + 1, "tens": max(30, -(-(lags + 1) // 10) * 10)}
                return [override.format_map(sizes) for override in overrides]
    allowed = [row for row in ROWS if row.startswith(tuple(map(str, long)))]
    raise unknown(f"row is {row!r}", row, allowed, ", whose sequences can be made long")


def measure(train: Any, shown: Any, settings: Settings, ordinary: list[Any]) -> tuple[list[Any], int]:
    """All curves, and how many of the LSTM nets had learned their task.

    Args:
        train: the experiment that LSTM is trained on.
        shown: the one whose sequences are shown for measuring.
        settings: of this program.
        ordinary: the kinds of ordinary nets.
    """
    import jax
    import jax.numpy as jnp
    import numpy as np

    from lstm_jax.analysis import error_curves
    from lstm_jax.cells import Carrousel, Elman
    from lstm_jax.trials.lanes import trial_key
    from lstm_jax.trials.snapshots import snapshots

    def one_for_all(weights):
        """An axis for the sequences after that of the nets; float64, since slopes of saturated units are tiny."""
        return jax.tree.map(lambda w: jnp.asarray(np.asarray(w)[..., None], float), weights)

    def drawn(cell, largest: float):
        keys = trial_key(settings.seed, jnp.arange(settings.trials))
        return one_for_all(cell.init(keys, jnp.full(settings.trials, largest, jnp.float32)))

    before, after = snapshots(train, (0, settings.presentations))
    long, own = (of_one_length(e.trial.task, settings, least) for e, least in ((shown, settings.lags + 1), (train, 1)))
    size, cell = shown.trial.task.inputs, shown.trial.network.cell
    with jax.enable_x64(True):
        curves = []
        for net in ordinary:
            elman = Elman(inputs=size, units=net.units, squashing=net.squashing)
            curves.append(error_curves.ordinary(net.name, elman, drawn(elman, net.weights), long[-settings.lags :]))
        naive = Carrousel(inputs=size, units=1)
        curves.append(error_curves.carrousel(naive, drawn(naive, 1.0), long))
        for group, weights, inputs in (
            ("LSTM before training", before, long),
            (f"LSTM trained on row {settings.row}", after, own),
            ("the same on longer sequences", after, long),
        ):
            group = f"{group}, {len(inputs):,} steps"
            curves += error_curves.memory_blocks(group, cell, one_for_all(weights.weights.hidden), inputs)
    return curves, int(np.sum(after.solved_at > 0))


def of_one_length(task: Any, settings: Settings, least: int) -> Any:
    """The inputs of random sequences that have at least so many steps, `[time, (inputs,) 1, sequences]`.

    Of those drawn the shortest are taken, so that all end, where errors arise, at the same step.
    """
    import jax
    import jax.numpy as jnp
    import numpy as np

    from lstm_jax.random import fold_in

    key = fold_in(jax.random.key(settings.seed), SEQUENCES)
    drawn = task.sample(fold_in(jnp.broadcast_to(key, (64 * settings.sequences,)), jnp.arange(64 * settings.sequences)))
    lengths = np.asarray(drawn.length)
    order = np.argsort(np.where(lengths >= least, lengths, np.iinfo(np.int32).max), kind="stable")
    common = lengths[order[settings.sequences - 1]]
    chosen = order[lengths[order] == common][: settings.sequences]
    return np.asarray(drawn.inputs)[:common, ..., None, chosen]


def _plain(curve: Any) -> dict[str, Any]:
    """A curve as JSON can hold it: to three decimal places, and beyond a lag of 100 every tenth."""
    kept = (curve.lags <= 100) | (curve.lags % 10 == 0)

    def numbers(values):
        return [round(value, 3) if value > float("-inf") else None for value in values[kept].tolist()]

    low, median, high = map(numbers, curve.quantiles)
    bounds = {name: numbers(bound) for name, bound in curve.bounds.items()}
    return {
        "group": curve.group,
        "label": curve.label,
        "q": curve.lags[kept].tolist(),
        "median": median,
        "low": low,
        "high": high,
        "bounds": bounds,
    }


if __name__ == "__main__":
    main()
