"""Thinned and typical curves against what is found by looking at every point."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_jax.report.curves import carried_on, coarser, spread, thinned


@given(st.lists(st.floats(-1e6, 1e6), max_size=300), st.integers(1, 20), st.integers(0, 300))
def test_no_extreme_of_any_stretch_is_lost(values, buckets, ended):
    curve = np.array(values + [np.nan] * ended)
    kept = thinned(curve, buckets)
    length = len(values)
    assert kept.tolist() == sorted(set(kept.tolist()))
    assert len(kept) <= 2 * buckets + 2
    if length <= 2 * buckets + 2:
        assert kept.tolist() == list(range(length))
        return
    assert kept[0] == 0 and kept[-1] == length - 1
    size = -(-length // buckets)
    for first in range(0, length, size):
        stretch = values[first : first + size]
        of_it = [values[i] for i in kept if first <= i < first + size]
        assert min(of_it) == min(stretch) and max(of_it) == max(stretch)


def test_a_single_spike_survives():
    curve = np.zeros(100_000)
    curve[77_777] = 1.0
    assert 77_777 in thinned(curve, 50)


def test_ended_trials_stay_at_their_last_value():
    curves = np.array([[1.0, 5.0, 2.0], [2.0, np.nan, 4.0], [np.nan, np.nan, 6.0]])
    assert carried_on(curves).tolist() == [[1, 5, 2], [2, 5, 4], [2, 5, 6]]
    found = spread(curves, (0.0, 1.0))
    assert found.median.tolist() == [2, 4, 5]
    assert found.low.tolist() == [1, 2, 2] and found.high.tolist() == [5, 5, 6]


def test_quantiles_are_those_of_the_trials():
    curves = np.random.default_rng(0).normal(size=(3, 11))
    found = spread(curves)
    for point, low, high in zip(curves, found.low, found.high, strict=True):
        ordered = sorted(point)
        assert low == pytest.approx(ordered[1]) and high == pytest.approx(ordered[9])


def test_a_point_counts_what_it_was_made_of():
    nan = np.nan
    curves = {
        "presentations": np.array([100, 200, 300, 350]),
        "error": np.array([[1.0, 2.0, 4.0], [3.0, 4.0, nan], [5.0, nan, nan], [2.0, nan, nan]]),
        "wrong_rate": np.zeros((4, 3)),
    }
    found = coarser(curves, 2)
    assert found["presentations"].tolist() == [200, 350]
    np.testing.assert_allclose(found["error"], [[2, 3, 4], [(100 * 5 + 50 * 2) / 150, nan, nan]])
    assert coarser(curves, 4)["error"].tolist()[0] == [1, 2, 4]
