"""Tests of distributions: the probability of a deviation at least this large if the values are drawn as stated.

Tests use fixed seeds and the bound `FALSE_ALARM`: a correct generator would fail with one seed in ten thousand.
"""

import numpy as np
from jax.scipy.special import gammaincc
from scipy.special import ndtr

FALSE_ALARM = 1e-4


def uniform_over_interval(values: np.ndarray, low: float, high: float) -> float:
    """Kolmogorov and Smirnov's largest distance; its probability is bounded as Dvoretzky, Kiefer and Wolfowitz did."""
    assert values.min() >= low
    assert values.max() <= high
    n = values.size
    expected = (np.sort(values, axis=None).astype(np.float64) - low) / (high - low)
    below, above = np.arange(n) / n, np.arange(1, n + 1) / n
    distance = max(np.max(expected - below), np.max(above - expected))
    return float(min(1.0, 2 * np.exp(-2 * n * distance**2)))


def gaussian(values: np.ndarray, mean: float, variance: float) -> float:
    """As `uniform_over_interval`, of what the distribution function makes of the values."""
    return uniform_over_interval(ndtr((values.astype(np.float64) - mean) / np.sqrt(variance)), 0, 1)


def distributed(counts: np.ndarray, probabilities: np.ndarray | float) -> float:
    """Pearson's chi-square: how often each outcome came, and how probable it is."""
    expected = np.broadcast_to(probabilities, counts.shape) * counts.sum()
    np.testing.assert_allclose(expected.sum(), counts.sum())
    # The chi-square distribution is a good approximation where every outcome is expected a few times.
    assert expected.min() >= 5
    chi_square = np.sum((counts - expected) ** 2 / expected)
    return float(gammaincc(np.float32(counts.size - 1) / 2, np.float32(chi_square / 2)))


def uniform_over_integers(values: np.ndarray, low: int, high: int) -> float:
    """Chi-square over low, low + 1, ..., high; all values must lie there."""
    assert values.min() >= low
    assert values.max() <= high
    counts = np.bincount(np.ravel(values) - low, minlength=high - low + 1)
    return distributed(counts, 1 / counts.size)
