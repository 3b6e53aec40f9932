"""Solved trials at longer lags, judged as the criterion judges them, against cases worked out by hand."""

from lstm_jax.paper.statistics import solved_interval
from lstm_jax.results.longer import longer


def test_trials_that_were_not_solved_do_not_count():
    twice, tenfold = longer(30, (2, 10), [(0, 5), (), (2, 2), (3, 256)], fewer_wrong_than=3)
    assert (twice.times, twice.lag, twice.wrong, twice.still) == (2, 60, (0, 2, 3), 2)
    assert (tenfold.times, tenfold.lag, tenfold.wrong, tenfold.still) == (10, 300, (5, 2, 256), 1)
    assert tenfold.interval == solved_interval(1, 3)


def test_without_solved_trials_or_multiples_there_is_nothing():
    assert longer(30, (2,), [(), ()], fewer_wrong_than=3) == ()
    assert longer(30, (), [], fewer_wrong_than=3) == ()
