"""Seasonal ARIMA processes."""

from __future__ import annotations

import numpy as np

from sktime_lagllama.pretraining.synthetic.seasonal_arima import stable_polynomials


def test_arima_coefficients_are_stable() -> None:
    first, second = stable_polynomials(np.random.default_rng(0), 1000, np.full(1000, 0.5))
    roots = np.array([np.roots([1, -a, -b]) for a, b in zip(first, second, strict=True)])
    assert np.abs(roots).max() < 1
