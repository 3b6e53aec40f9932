"""Random weights and sequences for every architecture, and their gradients in float64.

Weights reach from -1 to 1, well above the paper's initial ranges, so that no term of a gradient is negligible.
"""

from collections.abc import Iterable
from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells import (
    GRU,
    LSTM,
    MLSTM,
    SLSTM,
    Carrousel,
    Coupled,
    Elman,
    ForgetGates,
    MemoryBlocks,
    Peephole,
    StateDecay,
    TimeDelay,
)
from lstm_jax.gradients import bptt, truncated
from lstm_jax.networks import Network, NetworkWeights
from lstm_jax.types import Sequence
from tests.architectures import ARCHITECTURES, NO_BIASES, REAL_INPUTS, distractors, noise_free

TIME = 14
LENGTHS = (14, 9, 1)

SMALL = {
    # Row 5 is wired as row 4-1, rows 2c differ in their alphabet only.
    **{row: ARCHITECTURES[row] for row in ("1-1", "1-2", "3a", "4-1", "6a", "6b")},
    "2a": noise_free(p=4),
    "2c": distractors(p=3),
    "no gate recurrence, linear output": Network(
        cell=MemoryBlocks(
            inputs=3,
            blocks=2,
            block_size=3,
            gate_recurrence=False,
            cell_bias="random",
            input_gate_bias="none",
            output_gate_bias="none",
        ),
        outputs=2,
        output_squashing="identity",
        output_bias="random",
        outputs_see_inputs=True,
    ),
    "no cell recurrence, no output gates": Network(
        cell=MemoryBlocks(
            inputs=3,
            blocks=3,
            block_size=1,
            output_gates=False,
            cell_recurrence=False,
            cell_input_squashing="identity",
            cell_output_squashing=(-2.0, 2.0),
            **NO_BIASES,
        ),
        outputs=2,
        output_squashing=(-1.0, 1.0),
        output_bias="none",
    ),
}
GATED = {
    "forget gates": Network(
        cell=ForgetGates(
            inputs=4,
            blocks=2,
            block_size=2,
            input_gate_bias="random",
            forget_gate_bias=(0.5, 1.0),
            cell_bias="random",
            output_gate_bias="none",
            gate_recurrence=True,
        ),
        outputs=2,
        outputs_see_inputs=True,
        output_bias="random",
    ),
    "forget gates, no output gates": Network(
        cell=ForgetGates(
            inputs=3,
            blocks=2,
            block_size=1,
            output_gates=False,
            gate_recurrence=False,
            forget_gate_bias="none",
            **NO_BIASES,
        ),
        outputs=2,
        output_bias="none",
    ),
    "state decay": Network(
        cell=StateDecay(inputs=4, blocks=2, block_size=1, remaining=0.8, gate_recurrence=True, **NO_BIASES),
        outputs=2,
        output_bias="none",
    ),
    "lstm": Network(cell=LSTM(inputs=4, units=3), outputs=2, output_bias="random"),
    "lstm, vectors": Network(
        cell=LSTM(inputs=3, units=3, cell_input_squashing=(-2.0, 2.0), cell_output_squashing="identity"),
        outputs=2,
        output_bias="none",
    ),
    "peephole": Network(cell=Peephole(inputs=4, units=3, cell_bias="none"), outputs=2, output_bias="none"),
    "coupled": Network(cell=Coupled(inputs=4, units=3, forget_gate_bias=1.0), outputs=2, output_bias="none"),
}
"""Descendants of the memory block that have the closed form, too."""
OTHERS = {
    "gru": Network(cell=GRU(inputs=4, units=3), outputs=2, output_bias="random"),
    "slstm": Network(cell=SLSTM(inputs=4, units=3), outputs=2, output_bias="none"),
    "slstm, heads": Network(
        cell=SLSTM(inputs=3, units=4, heads=2, forget_gate="exponential"), outputs=2, output_bias="none"
    ),
    "mlstm": Network(cell=MLSTM(inputs=4, units=3), outputs=2, output_bias="none"),
    "mlstm, heads": Network(
        cell=MLSTM(inputs=3, units=4, heads=2, forget_gate="exponential"), outputs=2, output_bias="none"
    ),
    "elman": Network(cell=Elman(inputs=4, units=3, bias="random"), outputs=2, output_bias="random"),
    "elman, vectors": Network(
        cell=Elman(inputs=3, units=4, squashing=(-1.0, 1.0)), outputs=2, output_squashing="identity", output_bias="none"
    ),
    "table 2": Network(cell=Elman(inputs=5, units=1), outputs=5, outputs_see_inputs=True, output_bias="none"),
    "fully recurrent": Network(cell=Elman(inputs=4, units=5), outputs=3, output_layer=False),
    "feedforward": Network(cell=Elman(inputs=4, units=3, recurrence=False), outputs=2, output_bias="none"),
    "carrousel": Network(cell=Carrousel(inputs=4, units=3, bias="random"), outputs=2, output_bias="none"),
    "time delay": Network(cell=TimeDelay(inputs=4, units=3, delays=3, bias="none"), outputs=2, output_bias="none"),
    "time delay, vectors": Network(
        cell=TimeDelay(inputs=3, units=2, delays=2, bias="random"), outputs=2, output_bias="none"
    ),
}
"""What has no closed form: cells of later papers, and what the paper compares with."""
LARGE = {row: ARCHITECTURES[row] for row in ("2a", "2c-2")}
VECTORS = REAL_INPUTS | {"no gate recurrence, linear output", "no cell recurrence, no output gates"}
VECTORS |= {"elman, vectors", "time delay, vectors", "lstm, vectors", "forget gates, no output gates"}
VECTORS |= {"slstm, heads", "mlstm, heads"}

COMPILE_QUICKLY: dict[str, bool | int] = {"xla_backend_optimization_level": 0}
"""For references, and where machine code decides nothing: compiling takes nearly all of the time of these tests."""
if jax.__version_info__ < (0, 11):  # Later releases know no other way.
    COMPILE_QUICKLY["xla_cpu_use_fusion_emitters"] = False

AT_THE_END = {
    "2a",
    "4-1",
    "no gate recurrence, linear output",
    "forget gates",
    "lstm, vectors",
    "gru",
    "slstm, heads",
    "table 2",
    "fully recurrent",
    "time delay, vectors",
}
"""Nets that have errors at the end, too: symbols and vectors, every kind of output units.

What becomes of an error at the end is the same for all cells, whose own derivatives errors at every step show.
"""


QUICK = {"4-1", "peephole", "gru"}
"""Whose errors at every step are part of the quick loop."""


def _cases(size: str, networks: Iterable[str]) -> list:
    prefix = f"{size} " if size in ("small", "full") else ""
    return [
        pytest.param(
            *(size, row, every_step),
            id=f"{prefix}{row}, {'every step' if every_step else 'end'}",
            marks=[] if every_step and row in QUICK else pytest.mark.slow,
        )
        for row in networks
        for every_step in (False, True)
        if every_step or prefix or row in AT_THE_END
    ]


SMALL_CASES = _cases("small", SMALL)
"""The closed form is written for either kind of errors, and so is compared with either for every row."""
DISTINCT_CASES = [
    case
    for case in SMALL_CASES
    if case.values[1] not in ("1-1", "6a") and (case.values[2] or case.values[1] in AT_THE_END)
]
"""Rows 1-1 and 6a are wired as 1-2 and 6b."""
LARGE_CASES = _cases("full", LARGE)
GATED_CASES = _cases("gated", GATED)
OTHER_CASES = _cases("other", OTHERS)


class Case(NamedTuple):
    """Random weights and sequences, a lane for each of `LENGTHS`."""

    network: Network
    weights: NetworkWeights
    sequence: Sequence


@cache
def make(size: str, row: str, every_step: bool) -> Case:
    network = {"small": SMALL, "full": LARGE, "gated": GATED, "other": OTHERS}[size][row]
    rng = np.random.default_rng(1)
    lanes = len(LENGTHS)
    structure = jax.eval_shape(network.init, jax.random.key(0), jnp.float32(1))
    weights = jax.tree.map(lambda leaf: jnp.asarray(rng.uniform(-1, 1, (*leaf.shape, lanes))), structure)
    if row in VECTORS:
        inputs = rng.uniform(-2, 2, (TIME, network.cell.inputs, lanes))
    else:
        inputs = rng.integers(0, network.cell.inputs, (TIME, lanes))
    targets = rng.uniform(0, 1, (TIME, network.outputs, lanes) if every_step else (network.outputs, lanes))
    mask = None
    if every_step:
        mask = (rng.random((TIME, lanes)) < 0.7) & (np.arange(TIME)[:, None] < np.array(LENGTHS))
        mask[0] = True
    drawn = (inputs, targets, np.array(LENGTHS), mask)
    return Case(network, weights, Sequence(*jax.tree.map(jnp.asarray, drawn)))


@cache
def compiled(gradient, network: Network):
    """The gradient as a function of weights and sequence; a number stands for BPTT with that horizon."""
    options = None if gradient is truncated else COMPILE_QUICKLY
    rule = partial(bptt, horizon=gradient) if isinstance(gradient, int) else gradient
    return jax.jit(partial(rule, network), compiler_options=options)


@cache
def result(gradient, size: str, row: str, every_step: bool):
    """(gradients, outputs) of a case."""
    network, weights, sequence = make(size, row, every_step)
    return compiled(gradient, network)(weights, sequence)


def lane(tree: Any, index: Any) -> Any:
    """One lane, or several, of every array."""
    return jax.tree.map(lambda leaf: leaf[..., index], tree)


def assert_close(actual, wanted, relative: float) -> None:
    """Lane by lane, each group of weights to a fraction of its largest component.

    A group without a gradient, such as sLSTM's gates in a sequence of one step, to rounding errors of the others.
    """
    assert jax.tree.structure(actual) == jax.tree.structure(wanted)
    pairs = list(zip(jax.tree.leaves(actual), jax.tree.leaves(wanted), strict=True))
    scales = [np.max(np.abs(b), axis=tuple(range(np.ndim(b) - 1))) for _, b in pairs]
    rounding = 1e-15 * max(np.max(scale) for scale in scales)
    for (a, b), scale in zip(pairs, scales, strict=True):
        axes = tuple(range(np.ndim(b) - 1))
        assert np.all(np.max(np.abs(a - b), axis=axes) <= np.maximum(relative * scale, rounding))
