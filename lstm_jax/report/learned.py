"""What one learns from a board, in sentences whose figures are all taken from its record."""

from collections.abc import Sequence

from lstm_jax.paper.statistics import SURE, solved_interval
from lstm_jax.report.arena import percent, tasks
from lstm_jax.results.board_claims import BOARD_CLAIMS, BoardFinding, judge
from lstm_jax.results.profiles import RESAMPLES, Profile, everywhere
from lstm_jax.results.reach import SOLVED, AtLag, Tuned, reach


def learned(lines: Sequence[AtLag], tuned: Sequence[Tuned], found: Sequence[Profile]) -> str:
    """A list in Markdown: who does best, how far one gets on each task, who does best at the longest lag, how sure the
    figures are, and what tuning leaves open.

    Args:
        lines: a board.
        tuned: every learning rate that was tried for it.
        found: its profiles, the best first.
    """
    sentences = (_best(found), _furthest(lines), _longest(lines), _sure(lines), _rates(tuned))
    return "".join(f"- {sentence}\n" for sentence in sentences)


def _best(found: Sequence[Profile]) -> str:
    first = ", ".join(f"{one.cell} {one.score:.2f} [{one.interval[0]:.2f}, {one.interval[1]:.2f}]" for one in found[:4])
    return (
        "A run's score is the share of the budget that is left when it is solved, 0 if it is not. Over all tasks and "
        f"lags the largest are those of {first}; the smallest is that of {found[-1].cell}, {found[-1].score:.2f}."
    )


def _furthest(lines: Sequence[AtLag]) -> str:
    """For each task the longest lag that any cell bridges, and who does."""
    parts, longest = [], max(line.lag for line in lines)
    for task in tasks(lines):
        own = [line for line in lines if line.task == task]
        far = max((at for cell in _cells(own) if (at := _reach(own, cell)) is not None), default=None)
        if far is None:
            parts.append(f"none on {_words(task)}")
        else:
            first = _listed([cell for cell in _cells(own) if _reach(own, cell) == far])
            parts.append(f"{'at least ' * (far == longest)}{far:,} on {_words(task)} ({first})")
    return f"The longest lag that is bridged at all: {'; '.join(parts)}."


def _longest(lines: Sequence[AtLag]) -> str:
    """Who solves most trials at the longest lag of a board."""
    longest = max(line.lag for line in lines)
    parts = []
    for task in tasks(lines):
        own = [line for line in lines if (line.task, line.lag) == (task, longest)]
        most = max((line.solved for line in own), default=0)
        first = [line.cell for line in own if line.solved == most > 0]
        share = f" ({most} of {own[0].trials})" if first else ""
        parts.append(f"{_listed(first or ['nobody'])} on {_words(task)}{share}")
    return f"At lag {longest:,}, the longest, most trials are solved by {'; '.join(parts)}."


def _sure(lines: Sequence[AtLag]) -> str:
    trials = lines[0].trials
    enough = next(number for number in range(trials + 1) if number / trials >= SOLVED)
    low, high = solved_interval(enough, trials)
    open_ = sum(line.interval[0] < SOLVED < line.interval[1] for line in lines)
    return (
        f"{trials} trials leave wide intervals: {enough} solved, which is enough for a lag to count as bridged, have "
        f"one of {percent(low)} to {percent(high)}. {open_} of the {len(lines)} shares have {percent(SOLVED)} within "
        "theirs; whether these lags are bridged is not settled."
    )


def _rates(tuned: Sequence[Tuned]) -> str:
    tried = sorted({one.learning_rate for one in tuned})
    chosen = [one.learning_rate for one in tuned if one.chosen]
    return (
        f"Of the {len(chosen)} learning rates that were chosen, {chosen.count(tried[-1])} are the largest of those "
        f"tried, {tried[-1]:g}, and {chosen.count(tried[0])} the smallest, {tried[0]:g}: beyond these a cell may do "
        "better."
    )


def verdicts(lines: Sequence[AtLag]) -> str:
    """A list in Markdown: what is claimed of cells, each with its verdict and the figures behind it."""
    found = judge(lines)
    by_claim = {one.claim: one for one in found}
    there = set(everywhere(lines))
    sentences = []
    for claim in BOARD_CLAIMS:
        if claim in by_claim:
            sentences.append(_verdict(by_claim[claim]))
        else:
            absent = next(side for side in (claim.more, claim.fewer) if not there.intersection(side))
            sentences.append(f"**{claim.text}: not measured**, since this board has no {_listed(absent, 'or')}.")
    return "".join(f"- {sentence}\n" for sentence in sentences)


def method(lines: Sequence[AtLag]) -> str:
    """How `verdicts` come about."""
    return (
        "Compared are shares of solved trials, in which all tasks, lags and cells count the same; a lag at which a "
        "cell was not tried, since it had solved less than half of the trials at a shorter one, counts as not solved. "
        f"Intervals: 95 %, {RESAMPLES:,} resamples within each cell, task and lag of {lines[0].trials} trials; where "
        "none or all are solved they have no width. p: trials change sides within each task and lag; corrected by Holm "
        f"for the number of claims that are judged. *Holds* asks for p < {SURE:g}, and for no task whose interval lies "
        "on the other side; what is neither that nor the contrary is *open*. This tells what other seeds would change; "
        "about other tasks, sizes and budgets it says nothing.\n"
    )


def _verdict(one: BoardFinding) -> str:
    """A claim, its verdict and its figures in one item."""
    more, fewer = (
        _listed([f"{cell} ({percent(share)})" for cell, share in side.items()]) for side in (one.more, one.fewer)
    )
    overall = one.overall
    by_task = ", ".join(f"{_words(task)} {100 * own.value:+.0f}" for task, own in one.by_task.items())
    depends = f"; it is the other way round on {_listed([_words(task) for task in one.against])}" if one.against else ""
    return (
        f"**{one.claim.text}: {one.verdict}{depends}.** {more} beside {fewer}: {100 * overall.value:+.0f} points "
        f"[{100 * overall.low:+.0f}, {100 * overall.high:+.0f}], {_p(one.p)}. By task: {by_task}. {one.claim.limits}"
    )


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.2g}"


def _cells(lines: Sequence[AtLag]) -> list[str]:
    return list(dict.fromkeys(line.cell for line in lines))


def _reach(lines: Sequence[AtLag], cell: str) -> int | None:
    return reach([line for line in lines if line.cell == cell])


def _words(task: str) -> str:
    return task.replace("_", " ")


def _listed(names: Sequence[str], word: str = "and") -> str:
    """Names with commas and a word.

    >>> _listed(["a", "b", "c"]), _listed(["a"])
    ('a, b and c', 'a')
    """
    *first, last = names
    return f"{', '.join(first)} {word} {last}" if first else last
