"""What instruments do to what they measure."""

from __future__ import annotations

import numpy as np

from sktime_lagllama.pretraining.synthetic.fast.sensors import read_by_sensors


def readings(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    values = np.cumsum(rng.standard_normal((1000, 300), dtype=np.float32), axis=1)
    counts = np.full(1000, 300)
    return values, read_by_sensors(rng, values.copy(), counts)


def test_most_series_are_read_as_they_are() -> None:
    values, read = readings()
    unchanged = (values == read).all(axis=1)
    assert 0.55 < unchanged.mean() < 0.8


def test_some_instruments_have_few_values_and_some_saturate_or_stick() -> None:
    _, read = readings()
    num_values = np.array([np.unique(series).size for series in read])
    assert 0.1 < np.mean(num_values < 150) < 0.4
    at_top = (read == read.max(axis=1, keepdims=True)).mean(axis=1)
    not_quantised = num_values > 200
    assert (at_top[not_quantised] > 0.02).sum() > 5
    longest_stop = (np.diff(read, axis=1) == 0).sum(axis=1)
    assert (longest_stop[not_quantised] > 3).sum() > 5


def test_zeros_stay_zeros() -> None:
    rng = np.random.default_rng(3)
    values = np.maximum(rng.standard_normal((300, 200)), 0).astype(np.float32)
    read = read_by_sensors(rng, values.copy(), np.full(300, 200))
    assert (read[values == 0] == 0).mean() > 0.995


def test_no_series_is_no_trouble() -> None:
    empty = np.empty((0, 20), dtype=np.float32)
    counts = np.empty(0, dtype=np.int64)
    assert read_by_sensors(np.random.default_rng(0), empty, counts).shape == (0, 20)
