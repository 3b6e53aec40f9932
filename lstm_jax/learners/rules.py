"""Every rule that turns an error into a gradient, by its name, and what it needs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from lstm_jax.baselines import CascadeCorrelation, Chunker, chunker
from lstm_jax.cells import MemoryBlocks, Peephole
from lstm_jax.cells.gated import Gated
from lstm_jax.cells.mapped import Mapped
from lstm_jax.gradients import (
    PRESENT,
    RTRL,
    TRUNCATED,
    TRUNCATED_BY_OUTPUT,
    bptt,
    online,
    present,
    rtrl,
    truncated,
    truncated_by_autodiff,
    truncated_by_output,
)
from lstm_jax.networks import Network
from lstm_jax.types import Array, Weights


def _cells(network: Any) -> str:
    if isinstance(network, Network):
        return ""
    return f"which learns networks of cells, and the network is a {type(network).__name__}"


def _differentiable(network: Any) -> str:
    return "" if getattr(network, "differentiable", False) else _cells(network)


def _closed_form(network: Any) -> str:
    if not isinstance(network, Network) or (isinstance(network.cell, Gated) and network.cell.state_groups):
        return _cells(network)
    others = "bptt, rtrl or present" if _known_activations(network) else "bptt, rtrl, present or truncated_by_autodiff"
    return f"a closed form that memory blocks and their descendants have: for this cell it should be {others}"


def _memory_blocks(network: Any) -> str:
    if isinstance(network, Network) and isinstance(network.cell, MemoryBlocks):
        return ""
    return _cells(network) or "which memory blocks alone have: it should be another rule"


def _known_activations(network: Any) -> str:
    if isinstance(network, Network) and isinstance(network.cell, Mapped):
        return "and what to truncate in a cell of your own is not known: it should be bptt, rtrl or present"
    return _cells(network)


def _chunker(network: Any) -> str:
    if isinstance(network, Chunker):
        return ""
    return f"which learns a Chunker, and the network is a {type(network).__name__}"


@dataclass(frozen=True)
class Rule:
    """How an error becomes a gradient."""

    gradient: Callable[..., tuple[Weights, Array]]
    """gradient(network, weights, sequence): the gradient of E/2, and the outputs."""
    online: Callable[..., tuple[Weights, Array]] | None = None
    """As `gradient`, with weights that change at every step; None if the rule cannot do that."""
    has_horizon: bool = False
    """Whether `gradient` takes `horizon`, the steps through which an error is propagated."""
    sums: bool = False
    """Whether lanes may share weights, `[..., 1, *lanes]`, and `gradient` then gives the sum of theirs."""
    refuses: Callable[[Any], str] = _cells
    """refuses(network): why a network cannot learn by the rule; empty if it can."""


RULES = {
    "truncated": Rule(truncated, partial(online, TRUNCATED), refuses=_closed_form),
    "truncated_by_autodiff": Rule(truncated_by_autodiff, sums=True, refuses=_known_activations),
    "truncated_by_output": Rule(truncated_by_output, partial(online, TRUNCATED_BY_OUTPUT), refuses=_memory_blocks),
    "bptt": Rule(bptt, has_horizon=True, sums=True, refuses=_differentiable),
    "rtrl": Rule(rtrl, partial(online, RTRL)),
    "present": Rule(present, partial(online, PRESENT)),
    "chunker": Rule(chunker.gradient, chunker.online, refuses=_chunker),
}
"""Rules by the names that configurations use."""


def usual_rule(part: Any) -> str:
    """The default rule for a class of cells or of networks: the one of its paper, or else bptt.

    >>> from lstm_jax.cells import GRU
    >>> usual_rule(MemoryBlocks), usual_rule(GRU)
    ('truncated', 'bptt')
    """
    own = {Chunker: "chunker", CascadeCorrelation: "quickprop", MemoryBlocks: "truncated", Peephole: "truncated"}
    return next((rule for cls, rule in own.items() if isinstance(part, type) and issubclass(part, cls)), "bptt")
