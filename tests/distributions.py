"""Tests of uniformity: the probability of a deviation at least this large if the values are uniform.

Tests use fixed seeds and the bound `FALSE_ALARM`: a correct generator would fail with one seed in ten thousand.
"""

import numpy as np
from jax.scipy.special import gammaincc

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


def uniform_over_values(values: np.ndarray, allowed: np.ndarray) -> float:
    """Pearson's chi-square over the allowed integers."""
    counts = np.array([np.sum(values == value) for value in allowed])
    assert counts.sum() == values.size
    expected = values.size / len(allowed)
    chi_square = np.sum((counts - expected) ** 2) / expected
    return float(gammaincc((len(allowed) - 1) / 2, chi_square / 2))
