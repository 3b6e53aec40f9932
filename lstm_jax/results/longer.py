"""Train short, test long: how nets that have learned a lag do at longer ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from lstm_jax.paper.statistics import solved_interval


@dataclass(frozen=True, kw_only=True)
class Longer:
    """What the solved trials of one lag came to at a longer one, without learning it."""

    times: int
    """The longer lag is so many times the one that was learned."""
    lag: int
    wrong: tuple[int, ...]
    """Number of sequences that each solved trial answered wrong, `[solved]`."""
    still: int
    """Number of trials with as few wrong answers as the criterion asks for."""
    interval: tuple[float, float]
    """Wilson's interval of the share of these trials among the solved ones, 95 %."""


def longer(
    lag: int, multiples: Sequence[int], wrong: Sequence[Sequence[int]], fewer_wrong_than: int
) -> tuple[Longer, ...]:
    """Judge the wrong answers of trials as the criterion judges them at the lag that is learned.

    >>> longer(10, [2], [[0], [], [3]], fewer_wrong_than=3)[0].still
    1

    Args:
        lag: that was learned.
        multiples: of it, for the longer lags.
        wrong: answers of every trial at each of these, `[trials][multiples]`; nothing for a trial that was not solved.
        fewer_wrong_than: the criterion's bound.

    Returns:
        One for each multiple; none if no trial was solved.
    """
    solved = [answers for answers in wrong if answers]
    found = []
    for times, answers in zip(multiples, zip(*solved, strict=True), strict=False):
        still = sum(each < fewer_wrong_than for each in answers)
        interval = solved_interval(still, len(answers))
        found.append(Longer(times=times, lag=times * lag, wrong=answers, still=still, interval=interval))
    return tuple(found)
