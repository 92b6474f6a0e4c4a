"""What forecasts of a batch of series see, and what they must not see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.forecasting import chunks
from sktime_lagllama.forecasting.chunks import chunks_of_rows
from sktime_lagllama.forecasting.paths import (
    predict_paths,
    predict_paths_from_cutoffs,
    predict_statistics,
)
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.sampled_paths import SampledPaths
from tests.support.models import BUNDLED_LIKE, PUBLISHED_LIKE, random_model

LENGTHS = (40, 25, 3)
OPTIONS = SamplingOptions(num_samples=6)
IN_SAMPLE = np.arange(-39, 1)
AHEAD = np.arange(1, 6)


def history_of(*values: np.ndarray) -> SeriesBatch:
    """Build instances of daily values that all end on the same day."""
    days = pd.date_range("2020-01-01", periods=max(map(len, values)), freq="D")
    each = {number: pd.Series(row, days[-len(row) :]) for number, row in enumerate(values)}
    return to_series_batch(pd.concat(each).to_frame())


def walks() -> list[np.ndarray]:
    generator = np.random.default_rng(0)
    return [50 + generator.standard_normal(length).cumsum() for length in LENGTHS]


def cutoff_of(history: SeriesBatch) -> int:
    return int((history.starts + history.lengths).max()) - 1


def paths_of(
    model: LagLlama,
    history: SeriesBatch,
    steps: np.ndarray,
    options: SamplingOptions = OPTIONS,
    cutoff: int | None = None,
) -> np.ndarray:
    cutoff = cutoff_of(history) if cutoff is None else cutoff
    return predict_paths(model, history, cutoff, np.asarray(steps), options).values


def assert_same(found: np.ndarray, expected: np.ndarray, tolerance: float = 1e-5) -> None:
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.fixture(params=[PUBLISHED_LIKE, BUNDLED_LIKE], ids=["published-like", "bundled-like"])
def model(request: pytest.FixtureRequest) -> LagLlama:
    return random_model(request.param)


@pytest.mark.parametrize("step", [0, -1, -5, -15, -38, -39])
def test_an_in_sample_forecast_sees_nothing_from_its_own_time_on(
    model: LagLlama, step: int
) -> None:
    changed = walks()
    for row in changed:
        row[max(len(row) - 1 + step, 0) :] = 1e6
    before = paths_of(model, history_of(*walks()), IN_SAMPLE)
    after = paths_of(model, history_of(*changed), IN_SAMPLE)
    for number, length in enumerate(LENGTHS):
        last_unchanged = max(step, 1 - length)
        unchanged = last_unchanged >= IN_SAMPLE
        np.testing.assert_array_equal(after[number][:, unchanged], before[number][:, unchanged])
        # What comes after has seen the change.
        assert (after[number][:, ~unchanged] != before[number][:, ~unchanged]).all()


def test_an_in_sample_forecast_is_the_first_step_from_the_time_before(model: LagLlama) -> None:
    """Its distribution, that is: its noise has its own place in the stream."""
    history = history_of(*walks())
    options = replace(OPTIONS, num_samples=4000)
    for step in (0, -7):
        in_sample = paths_of(model, history, np.array([step]), options)
        ahead = paths_of(model, history, np.array([1]), options, cutoff_of(history) + step - 1)
        quantiles = np.linspace(0.1, 0.9, 9)
        spread = np.subtract(*np.quantile(ahead, [0.9, 0.1], axis=1))
        difference = np.quantile(in_sample, quantiles, axis=1) - np.quantile(
            ahead, quantiles, axis=1
        )
        assert (np.abs(difference) / spread).max() < 0.06
        assert (in_sample != ahead).mean() > 0.99


@pytest.mark.parametrize("cutoff_step", [0, -4])
def test_values_after_the_cutoff_are_not_looked_at(model: LagLlama, cutoff_step: int) -> None:
    values, changed = walks(), walks()
    for row in changed:
        row[max(len(row) + cutoff_step, 0) :] = -1e6
    shorter = [row[: len(row) + cutoff_step] for row in values[:2]]
    cutoff = cutoff_of(history_of(*values)) + cutoff_step
    steps = np.array([3, -2, 1])
    expected = paths_of(model, history_of(*values), steps, cutoff=cutoff)
    found = paths_of(model, history_of(*changed), steps, cutoff=cutoff)
    np.testing.assert_array_equal(found, expected)
    without = history_of(*shorter)
    alone = paths_of(model, without, np.array([1, 3]), cutoff=cutoff_of(without))
    assert_same(alone, expected[:2][:, :, [2, 0]])


@pytest.mark.parametrize(
    "steps", [[1], [5], [2, 4], [0], [-3], [-39, 5], [-1, -3, -4, 0], [5, -2, 3, -2, 1], [3, 3]]
)
def test_the_forecast_of_a_step_does_not_depend_on_the_other_steps(
    model: LagLlama, steps: list[int]
) -> None:
    history = history_of(*walks())
    all_steps = np.concatenate((IN_SAMPLE, AHEAD))
    expected = paths_of(model, history, all_steps)
    found = paths_of(model, history, np.array(steps))
    assert found.shape == (3, OPTIONS.num_samples, len(steps))
    assert_same(found, expected[:, :, [list(all_steps).index(step) for step in steps]])


@pytest.mark.parametrize("batch_size", [1, 7, 10_000])
def test_forecasts_do_not_depend_on_the_batch_size(model: LagLlama, batch_size: int) -> None:
    history = history_of(*walks())
    steps = np.concatenate((IN_SAMPLE, AHEAD))
    expected = paths_of(model, history, steps)
    assert_same(paths_of(model, history, steps, replace(OPTIONS, batch_size=batch_size)), expected)


def test_forecasts_do_not_depend_on_how_many_windows_a_chunk_has(
    model: LagLlama, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = history_of(*walks())
    steps = np.concatenate((IN_SAMPLE, AHEAD))
    expected = paths_of(model, history, steps)
    monkeypatch.setattr(chunks, "MAX_WINDOWS_CHUNK", 2)
    assert_same(paths_of(model, history, steps), expected)


def test_paths_are_reduced_chunk_by_chunk(model: LagLlama, monkeypatch: pytest.MonkeyPatch) -> None:
    history = history_of(*walks())
    steps = np.array([-2, 0, 1, 3])
    expected = paths_of(model, history, steps).mean(axis=1)
    shapes = []

    def mean(paths: SampledPaths) -> Float64Array:
        shapes.append(paths.values.shape)
        return paths.values.mean(axis=1)

    bytes_of_two_series = 2 * 4 * 8 * OPTIONS.num_samples * len(steps)
    monkeypatch.setattr(chunks, "MAX_BYTES_CHUNK", bytes_of_two_series)
    found = predict_statistics(model, history, cutoff_of(history), steps, OPTIONS, mean)
    assert_same(found, expected)
    assert shapes == [(2, OPTIONS.num_samples, 4), (1, OPTIONS.num_samples, 4)]


def test_chunks_cover_all_rows_within_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "MAX_BYTES_CHUNK", 4 * 8 * 10 * 5 * 3)
    assert list(chunks_of_rows(7, num_samples=10, steps=5)) == [(0, 3), (3, 6), (6, 7)]
    assert list(chunks_of_rows(2, num_samples=10**6, steps=5)) == [(0, 1), (1, 2)]
    monkeypatch.setattr(chunks, "MAX_WINDOWS_CHUNK", 4)
    assert list(chunks_of_rows(6, num_samples=1, steps=0)) == [(0, 4), (4, 6)]


def test_paths_from_several_cutoffs_are_one_batch_of_rows_that_see_nothing_later(
    model: LagLlama,
) -> None:
    values, changed = walks(), walks()
    for row in changed:
        row[-3:] = 1e6
    last = cutoff_of(history_of(*values))
    cutoffs = np.array([last - 5, last - 3])

    def all_paths(paths: SampledPaths) -> Float64Array:
        return paths.values

    found = predict_paths_from_cutoffs(model, history_of(*values), cutoffs, 4, OPTIONS, all_paths)
    assert found.shape == (2, 3, OPTIONS.num_samples, 4)
    blind = predict_paths_from_cutoffs(model, history_of(*changed), cutoffs, 4, OPTIONS, all_paths)
    np.testing.assert_array_equal(found, blind)
    # The rows of the first cutoff have the numbers of a batch of its own.
    alone = predict_paths(model, history_of(*values), int(cutoffs[0]), np.arange(1, 5), OPTIONS)
    assert_same(found[0], alone.values)


def test_every_step_and_series_has_noise_of_its_own(model: LagLlama) -> None:
    same = history_of(*[np.full(20, 7.0)] * 3)
    drawn = paths_of(model, same, np.concatenate((np.arange(-5, 1), AHEAD)))
    flat = np.sort(drawn.ravel())
    assert (np.diff(flat) > 0).all()


def test_the_first_points_have_a_finite_forecast_without_a_history(model: LagLlama) -> None:
    """Nothing observed is location 0 and scale 1."""
    values = walks()
    found = paths_of(model, history_of(*values), np.array([-39]))
    moved = paths_of(model, history_of(*(100 * row for row in values)), np.array([-39]))
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(moved, found)


def test_a_series_has_the_same_window_alone_and_in_a_panel(model: LagLlama) -> None:
    """The first series draws the first numbers, so that its paths are the same too."""
    values = walks()
    together = paths_of(model, history_of(*values), AHEAD)
    alone = paths_of(model, history_of(values[0]), AHEAD)
    assert_same(alone, together[:1])


def test_columns_are_forecast_as_instances_are(model: LagLlama) -> None:
    rows = [walks()[0], walks()[0][::-1].copy()]
    days = pd.date_range("2020-01-01", periods=40, freq="D")
    table = to_series_batch(pd.DataFrame(np.stack(rows, axis=1), days))
    instances = history_of(*rows)
    # Steps whose distribution no random number decides: they draw others.
    steps = np.array([-3, 1])
    expected = predict_paths(model, instances, cutoff_of(instances), steps, OPTIONS)
    found = predict_paths(model, table, cutoff_of(table), steps, OPTIONS)
    assert_same(found.loc, expected.loc)
    assert_same(found.scale, expected.scale)
    assert not np.allclose(found.values, expected.values)


def test_an_instance_that_ends_early_is_forecast_from_the_common_cutoff(model: LagLlama) -> None:
    days = pd.date_range("2020-01-01", periods=40, freq="D")
    long, short = walks()[0], walks()[0][:30]
    ending_early = pd.concat({0: pd.Series(long, days), 1: pd.Series(short, days[:30])})
    padded = np.concatenate((short, np.full(10, np.nan)))
    expected = paths_of(model, history_of(long, padded), AHEAD)
    assert_same(paths_of(model, to_series_batch(ending_early.to_frame()), AHEAD), expected)


def test_missing_values_are_masked_whatever_stands_there(model: LagLlama) -> None:
    values = walks()[0]
    values[[5, 30, 39]] = np.nan
    found = paths_of(model, history_of(values), AHEAD)
    assert np.isfinite(found).all()
    assert not np.allclose(found, paths_of(model, history_of(np.nan_to_num(values)), AHEAD))


@pytest.mark.parametrize(
    ("values", "lowest", "highest"),
    [
        (np.full(30, 7.0), -70, 90),
        (np.full(30, 7e12), -7e13, 9e13),
        (np.full(30, 7e-12), -7e-11, 9e-11),
        (np.zeros(30), -10, 10),
        (np.array([7.0]), -70, 90),
        (1e12 + 1e9 * np.sin(np.arange(30)), 0.9e12, 1.1e12),
        (1e-12 * (5 + np.sin(np.arange(30))), -1e-11, 2e-11),
    ],
)
@pytest.mark.parametrize("config", [PUBLISHED_LIKE, BUNDLED_LIKE])
def test_series_of_any_size_and_constant_ones_are_forecast_in_the_right_place(
    config: LagLlamaConfig, values: np.ndarray, lowest: float, highest: float
) -> None:
    model = random_model(config)
    found = paths_of(model, history_of(values), AHEAD, replace(OPTIONS, num_samples=100))
    assert np.isfinite(found).all()
    medians = np.median(found, axis=1)
    assert (lowest < medians).all() and (medians < highest).all()


def test_a_seed_gives_the_same_forecasts_again(model: LagLlama) -> None:
    history = history_of(*walks())
    steps = np.array([-2, 3])
    expected = paths_of(model, history, steps)
    np.testing.assert_array_equal(paths_of(model, history, steps), expected)
    other = paths_of(model, history, steps, replace(OPTIONS, seed=1))
    assert (other != expected).all()
