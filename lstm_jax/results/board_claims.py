"""What is said about cells, judged by a board: which cells are compared, by how much they differ, how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from lstm_jax.paper.statistics import SURE, holm
from lstm_jax.results.profiles import RESAMPLES, everywhere, interval, spent
from lstm_jax.results.reach import AtLag

PERMUTATIONS = 20_000


@dataclass(frozen=True, kw_only=True)
class BoardClaim:
    """That some cells solve more trials than others, over all tasks and lags of a board."""

    text: str
    more: tuple[str, ...]
    fewer: tuple[str, ...]
    limits: str = ""
    """What the comparison leaves open, in a sentence."""


BOARD_CLAIMS = (
    BoardClaim(
        text="Gates bridge longer lags than Elman nets",
        more=("memory_blocks", "forget_gates", "peephole", "lstm", "gru"),
        fewer=("elman",),
        limits="Plain nets that start at an orthogonal matrix or the identity are not counted among them.",
    ),
    BoardClaim(
        text="Forget gates shorten the reach of 1997's cell at default biases",
        more=("memory_blocks",),
        fewer=("forget_gates",),
        limits="The two differ in their start, too: without forget gates input gates begin nearly closed.",
    ),
    BoardClaim(
        text="State spaces capture longer dependencies with fewer parameters",
        more=("lru", "selective"),
        fewer=("lstm", "gru"),
        limits="All have about the same number of weights: whether fewer would do is not measured.",
    ),
    BoardClaim(
        text="Attention does not need a memory and pays by the length",
        more=("attention",),
        fewer=("lstm", "gru"),
        limits="Judged is the first half: what a step costs at each length is not part of a board.",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """By how much more one group of cells solves than another, as a share of the trials."""

    value: float
    low: float
    high: float
    """Its interval, 95 %: percentiles of a bootstrap whose strata are the cells with their tasks and lags."""


@dataclass(frozen=True, kw_only=True)
class BoardFinding:
    """What a board says about a claim."""

    claim: BoardClaim
    more: dict[str, float]
    fewer: dict[str, float]
    """Share of solved trials of those cells of the claim that are on the board; every task and lag counts the same."""
    overall: Difference
    by_task: dict[str, Difference]
    p: float
    """Of a permutation test of the overall difference within tasks and lags, corrected by Holm for the number of claims
    that the board can judge."""

    @property
    def against(self) -> list[str]:
        """The tasks on which it is surely the other way round than overall."""
        sign = np.sign(self.overall.value)
        return [task for task, one in self.by_task.items() if max(sign * one.low, sign * one.high) < 0]

    @property
    def verdict(self) -> str:
        """Whether the claim holds on this board; open if the difference may be chance or depends on the task."""
        if self.p >= SURE or self.against:
            return "open"
        return "holds" if self.overall.value > 0 else "does not hold"


def judge(lines: Sequence[AtLag], claims: Sequence[BoardClaim] = BOARD_CLAIMS) -> list[BoardFinding]:
    """What a board says about each claim; those of which it lacks one side are left out."""
    there = everywhere(lines)
    found = []
    for claim in claims:
        more, fewer = ([cell for cell in side if cell in there] for side in (claim.more, claim.fewer))
        if more and fewer:
            found.append(finding(lines, claim, more, fewer))
    corrected = holm([one.p for one in found])
    return [replace(one, p=p) for one, p in zip(found, corrected, strict=True)]


def finding(lines: Sequence[AtLag], claim: BoardClaim, more: Sequence[str], fewer: Sequence[str]) -> BoardFinding:
    """What a board says about one claim, p not corrected.

    Args:
        lines: the board.
        claim: the claim.
        more: its cells that are on the board, one at least.
        fewer: likewise.
    """
    first, second = (np.isfinite([spent(lines, cell) for cell in cells]) for cells in (more, fewer))
    values = first.mean(axis=(0, 2, 3)) - second.mean(axis=(0, 2, 3))
    drawn = redrawn(first, second)
    by_task = map(_difference, values, drawn.T)
    return BoardFinding(
        claim=claim,
        more=dict(zip(more, first.mean(axis=(1, 2, 3)).tolist(), strict=True)),
        fewer=dict(zip(fewer, second.mean(axis=(1, 2, 3)).tolist(), strict=True)),
        overall=_difference(values.mean(), drawn.mean(axis=1)),
        by_task=dict(zip(dict.fromkeys(line.task for line in lines), by_task, strict=True)),
        p=permuted(first, second),
    )


def _difference(value: float, drawn: np.ndarray) -> Difference:
    low, high = interval(drawn)
    return Difference(value=float(value), low=float(low), high=float(high))


def redrawn(
    more: Bool[np.ndarray, "cells tasks lags trials"], fewer: Bool[np.ndarray, "others tasks lags trials"]
) -> Float[np.ndarray, "resamples tasks"]:
    """Differences between two groups of cells when the trials of each cell, task and lag are drawn anew, with
    replacement; the same at every call."""
    random = np.random.default_rng(0)

    def shares(solved: np.ndarray) -> np.ndarray:
        # Of n trials drawn with replacement the solved ones are binomial.
        number = random.binomial(solved.shape[-1], solved.mean(axis=-1), (RESAMPLES, *solved.shape[:-1]))
        return number.mean(axis=(1, 3)) / solved.shape[-1]

    return shares(more) - shares(fewer)


def permuted(
    more: Bool[np.ndarray, "cells tasks lags trials"], fewer: Bool[np.ndarray, "others tasks lags trials"]
) -> float:
    """How often the difference is as large, either way, when trials of the same task and lag change sides by chance.

    Of one task and lag alone it is Fisher's exact test of two groups of the same size.
    """
    sizes = [own.shape[0] * own.shape[3] for own in (more, fewer)]
    first, second = (own.sum(axis=(0, 3)) for own in (more, fewer))
    both = first + second
    random = np.random.default_rng(0)
    drawn = random.hypergeometric(both, sum(sizes) - both, sizes[0], (PERMUTATIONS, *both.shape))
    number = np.concatenate([first[None], drawn])
    differences = np.abs((number / sizes[0] - (both - number) / sizes[1]).mean(axis=(1, 2)))
    return float(np.mean(differences >= differences[0] - 1e-9))
