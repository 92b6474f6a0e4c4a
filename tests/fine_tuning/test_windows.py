"""Which windows are trained on, which are held out, and what each of them may see."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.fine_tuning.augmentation import Augmentation
from sktime_lagllama.fine_tuning.windows import TrainingWindows
from sktime_lagllama.network.features import Window, scale_window, tokens
from sktime_lagllama.training.batches import Batch
from tests.support.models import SMALL

CONTEXT, HORIZON = 6, 3
NAN = np.nan


def panel_of(*rows: list[float] | np.ndarray, start: str = "2001-03-01") -> SeriesBatch:
    """Build a batch of series on consecutive days, the next one starting a day later."""
    frames = [
        pd.DataFrame(
            {"value": row},
            index=pd.MultiIndex.from_product(
                [[number], pd.period_range(start, periods=len(row), freq="D") + number],
                names=["series", "day"],
            ),
        )
        for number, row in enumerate(rows)
    ]
    return to_series_batch(pd.concat(frames))


def windows_of(
    history: SeriesBatch, fraction: float = 0.2, context: int = CONTEXT, horizon: int = HORIZON
) -> TrainingWindows:
    return TrainingWindows(history, SMALL, context, horizon, fraction)


def random_rows(seed: int, lengths: list[int], missing: float = 0.0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = [20 + rng.standard_normal(length).cumsum() for length in lengths]
    for row in rows:
        row[rng.random(len(row)) < missing] = NAN
        row[0] = 20.0  # no series without any value
    return rows


def sampled_pairs(windows: TrainingWindows, size: int, seed: int = 0) -> list[tuple[int, int]]:
    """Return pairs of a series and a cutoff, counted from the series' start, that are sampled."""
    series, cutoffs = windows.sample_pairs(np.random.default_rng(seed), size)
    cutoffs = cutoffs - windows.history.starts[series]
    return list(zip(series.tolist(), cutoffs.tolist(), strict=True))


def sampled_batch(
    windows: TrainingWindows, size: int, seed: int = 0, augmentation: Augmentation | None = None
) -> Batch:
    """Return the training batch around the pairs that are sampled."""
    series, cutoffs = windows.sample_pairs(np.random.default_rng(seed), size)
    return windows.training_batch(series, cutoffs, augmentation)


def test_every_pair_of_a_series_and_a_cutoff_is_equally_likely() -> None:
    # Of 2, 5 and 30 values; 0, 1 and 6 of them are held out.
    windows = windows_of(panel_of(*random_rows(0, [2, 5, 30])))
    every_pair = [(0, 0), *((1, o) for o in range(3)), *((2, o) for o in range(23))]
    assert windows.num_pairs == len(every_pair)
    draws = 27_000
    pairs, counts = np.unique(sampled_pairs(windows, draws), axis=0, return_counts=True)
    assert [tuple(pair) for pair in pairs.tolist()] == every_pair
    expected = draws / len(every_pair)
    assert (abs(counts - expected) < 5 * expected**0.5).all()


@pytest.mark.parametrize(
    ("row", "fraction", "learned", "held_out"),
    [
        ([5.0], 0.2, [], []),
        ([5.0, 6.0], 0.2, [0], []),
        ([5.0, 6.0, 7.0], 0.2, [0], [1]),
        ([5.0, 6.0, 7.0], 0.0, [0, 1], []),
        (list(range(10)), 0.2, [0, 1, 2, 3, 4, 5, 6], [7, 8]),
        (list(range(10)), 0.21, [0, 1, 2, 3, 4, 5], [6, 7, 8]),
        (list(range(5)), 0.99, [0], [1, 2, 3]),
        ([NAN, NAN, *range(5), NAN, NAN], 0.2, [2, 3, 4], [5]),
        ([1.0, NAN, 3.0, NAN, NAN, 5.0], 0.2, [0, 1], [3, 4]),
        ([1.0, NAN, NAN, NAN, 5.0], 0.2, [], [3]),
    ],
)
def test_the_end_of_what_is_observed_is_held_out(row, fraction, learned, held_out) -> None:
    windows = windows_of(panel_of(row), fraction)
    assert windows.num_pairs == len(learned)
    if learned:
        assert sorted({cutoff for _, cutoff in sampled_pairs(windows, 200)}) == learned
    series, cutoffs = windows.held_out_pairs(100)
    assert (cutoffs - windows.history.starts[series]).tolist() == held_out


@settings(max_examples=30)
@given(
    seed=st.integers(0, 1000),
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=4),
    fraction=st.sampled_from([0.1, 0.2, 0.5, 0.9]),
    missing=st.sampled_from([0.0, 0.3]),
    scale=st.sampled_from([0.0, -3.0, 1e6]),
)
def test_held_out_values_change_nothing_that_is_learned(
    seed: int, lengths: list[int], fraction: float, missing: float, scale: float
) -> None:
    history = panel_of(*random_rows(seed, lengths, missing))
    windows = windows_of(history, fraction)
    if windows.num_pairs == 0:
        return
    changed = panel_of(*random_rows(seed, lengths, missing))
    places = np.arange(len(changed.values)) - np.repeat(changed.offsets, changed.lengths)
    after = places + np.repeat(changed.starts, changed.lengths)
    hidden = after > np.repeat(windows.training_ends, changed.lengths)
    changed.values[hidden] *= scale
    batch, other = (
        sampled_batch(each, 16, seed) for each in (windows, windows_of(changed, fraction))
    )
    torch.testing.assert_close(vars(batch), vars(other), rtol=0, atol=0)


@settings(max_examples=30)
@given(
    seed=st.integers(0, 1000),
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=4),
    missing=st.sampled_from([0.0, 0.3]),
)
def test_learned_windows_have_a_loss_at_every_observed_position(
    seed: int, lengths: list[int], missing: float
) -> None:
    windows = windows_of(panel_of(*random_rows(seed, lengths, missing)))
    if windows.num_pairs == 0:
        return
    drawn = sampled_pairs(windows, 16, seed)
    batch = sampled_batch(windows, 16, seed)
    for (series, cutoff), weights in zip(drawn, batch.weights, strict=True):
        first = windows.history.offsets[series]
        start = windows.history.starts[series]
        row = windows.history.values[first : first + windows.history.lengths[series]]
        row = row[: windows.training_ends[series] - start + 1]
        positions = cutoff + np.arange(1 - windows.context_length, windows.horizon) + 1
        inside = (positions >= 0) & (positions < len(row))
        observed = ~np.isnan(row[np.where(inside, positions, 0)]) & inside
        # The first value of a window is predicted from nothing.
        before = windows.first_observed[series] - start < positions
        assert weights.tolist() == (observed & before).astype(float).tolist()


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), lengths=st.lists(st.integers(8, 40), min_size=1, max_size=3))
def test_a_window_shows_up_to_its_cutoff_what_a_forecast_from_there_sees(
    seed: int, lengths: list[int]
) -> None:
    history = panel_of(*random_rows(seed, lengths, missing=0.1))
    windows = windows_of(history)
    series, cutoffs = windows.held_out_pairs(10)
    (batch,) = windows.held_out_batches(series, cutoffs)
    context = windows.context_length
    values = torch.from_numpy(history.windows(series, cutoffs, SMALL.max_lag + context))
    scaled = scale_window(Window(values.nan_to_num(), ~values.isnan()), SMALL)
    calendar = torch.from_numpy(history.calendars(series, cutoffs, context, 0))
    torch.testing.assert_close(batch.tokens[:, :context], tokens(scaled, calendar, SMALL))


def test_validation_counts_nothing_up_to_the_cutoff() -> None:
    windows = windows_of(panel_of(*random_rows(0, [20, 30])))
    (batch,) = windows.held_out_batches(*windows.held_out_pairs(100))
    assert (batch.weights[:, : 1 - HORIZON - 1] == 0).all()
    # Three steps after a cutoff, as far as there are values: 4 and 6 values are held out.
    assert batch.weights.sum(1).tolist() == [3, 3, 2, 1, 3, 3, 3, 3, 2, 1]


def test_validation_spreads_a_limited_number_of_windows() -> None:
    windows = windows_of(panel_of(*random_rows(0, [300, 1000])))
    every_series, every_cutoff = windows.held_out_pairs(10_000)
    assert len(every_series) == 60 + 200
    batches = windows.held_out_batches(*windows.held_out_pairs(130))
    assert [len(batch.weights) for batch in batches] == [64, 64, 2]
    series, cutoffs = windows.held_out_pairs(130)
    chosen = set(zip(series.tolist(), cutoffs.tolist(), strict=True))
    assert chosen <= set(zip(every_series.tolist(), every_cutoff.tolist(), strict=True))
    assert (series[0], cutoffs[0]) == (every_series[0], every_cutoff[0])
    assert (series[-1], cutoffs[-1]) == (every_series[-1], every_cutoff[-1])
    assert (series == 0).sum() == 30


def test_windows_are_no_longer_than_the_longest_series() -> None:
    history = panel_of(*random_rows(0, [4, 9]))
    windows = windows_of(history, context=1000, horizon=1000)
    assert (windows.context_length, windows.horizon) == (9, 8)
    # Nothing is lost by that: all steps up to the last learned one still count.
    drawn = sampled_pairs(windows, 100)
    counted = sampled_batch(windows, 100).weights.sum(1).tolist()
    for series, values_after_the_first in ((0, 2), (1, 6)):
        chosen = [count for pair, count in zip(drawn, counted, strict=True) if pair[0] == series]
        assert set(chosen) == {values_after_the_first}


def test_augmentation_sees_nothing_that_is_held_out() -> None:
    windows = windows_of(panel_of(np.arange(20.0)))
    seen: list[torch.Tensor] = []

    def record(values: torch.Tensor) -> torch.Tensor:
        seen.append(values)
        return values

    sampled_batch(windows, 50, augmentation=record)
    assert seen[0].nan_to_num().max() == 15
