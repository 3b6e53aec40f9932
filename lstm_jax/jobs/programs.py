"""Which jobs become lanes of one program, and how many programs there are."""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from lstm_jax.jobs.job import Job
from lstm_jax.trials import lanes
from lstm_jax.trials.engine import MOST, alike


def programs(jobs: Sequence[Job]) -> list[list[Job]]:
    """Put jobs together that can be lanes of one program.

    More trials than all devices advance at once are divided among them, a program or more for each device: while one
    program writes what has ended, the others compute. The program that is expected to take longest comes first, so that
    no device is left with it when all others have nothing to do.
    """
    groups: dict[Any, list[Job]] = {}
    for job in jobs:
        groups.setdefault(alike(job.experiment), []).append(job)
    found = [
        [group[i] for i in part]
        for group in groups.values()
        for part in divided(
            [job.experiment.settings.trials for job in group],
            len(jax.devices()),
            lanes.tile(group[0].experiment.trial, lanes.mesh((0,))),
        )
    ]
    return sorted(found, key=lambda jobs: sum(job.experiment.work for job in jobs), reverse=True)


def divided(trials: Sequence[int], devices: int, at_once: int) -> list[list[int]]:
    """Divide jobs among programs of about as many trials each: `MOST`, or not much more.

    They stay one program, which all devices share, if those can advance all trials at once, or if jobs are too few and
    too large to give every device as much to do (within a quarter).

    Args:
        trials: of each job.
        devices: how many there are.
        at_once: how many trials one of them advances at once.

    Returns:
        For each program the indices of its jobs.
    """
    counts = np.array(trials)
    total, most = counts.sum(), max(MOST, at_once)
    programs = devices * -(-total // (devices * most))
    program_of_job = (counts.cumsum() - counts) * programs // total
    uneven = np.bincount(program_of_job, counts).max() * programs > 1.25 * total
    if total <= most and (total <= devices * at_once or uneven):
        program_of_job = np.zeros_like(program_of_job)
    return [np.flatnonzero(program_of_job == program).tolist() for program in np.unique(program_of_job)]
