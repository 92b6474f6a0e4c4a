"""Location and scale are those of the observed values, and the scale is positive."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sktime_lagllama.network.config import Scaling
from sktime_lagllama.network.features import location_and_scale
from tests.support.models import window_of

no_deadline = settings(deadline=None)

SCALINGS: tuple[Scaling, ...] = ("robust", "std", "mean", "none")

numbers = st.floats(-1e9, 1e9).map(lambda number: number if abs(number) > 1e-9 else 0.0)
values = st.one_of(numbers, st.integers(-3, 3).map(float))
rows = st.lists(st.one_of(values, st.just(np.nan)), min_size=1, max_size=30).map(np.array)
observed_rows = rows.filter(lambda row: not np.isnan(row).all())


def level_of(row: np.ndarray, scaling: Scaling) -> tuple[float, float]:
    loc, scale = location_and_scale(window_of(row), scaling)
    assert loc.shape == scale.shape == (1, 1)
    assert loc.dtype == scale.dtype == torch.float64
    return loc.item(), scale.item()


@no_deadline
@given(observed_rows)
def test_robust_is_the_lower_median_and_the_interquartile_range(row: np.ndarray) -> None:
    known = np.sort(row[~np.isnan(row)])
    loc, scale = level_of(row, "robust")
    assert loc == known[(len(known) - 1) // 2]
    expected = np.quantile(known, 0.75) - np.quantile(known, 0.25)
    if expected > 1e-12 * np.abs(known).max():
        assert scale == pytest.approx(expected, rel=1e-9, abs=1e-12 * np.abs(known).max())


@no_deadline
@given(observed_rows)
def test_std_and_mean_are_those_of_the_observed_values(row: np.ndarray) -> None:
    largest = np.nanmax(np.abs(row))
    loc, scale = level_of(row, "std")
    assert loc == pytest.approx(np.nanmean(row), abs=1e-12 * largest)
    assert scale == pytest.approx(np.sqrt(np.nanvar(row) + 1e-5), rel=1e-9, abs=1e-11 * largest)
    loc, scale = level_of(row, "mean")
    assert loc == 0
    assert scale == pytest.approx(np.nanmean(np.abs(row)) or 1.0)


@no_deadline
@given(rows, st.lists(values, min_size=30, max_size=30))
@pytest.mark.parametrize("scaling", SCALINGS)
def test_placeholders_of_missing_values_have_no_effect(
    scaling: Scaling, row: np.ndarray, placeholders: list[float]
) -> None:
    window = window_of(row)
    other = torch.where(window.observed, window.values, torch.tensor([placeholders[: len(row)]]))
    expected = location_and_scale(window, scaling)
    found = location_and_scale(window._replace(values=other), scaling)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)


@no_deadline
@given(rows, st.sampled_from([1e-200, 1.0, 1e131]))
@pytest.mark.parametrize("scaling", SCALINGS)
def test_the_scale_is_positive_and_finite(scaling: Scaling, row: np.ndarray, unit: float) -> None:
    loc, scale = level_of(row * unit, scaling)
    assert np.isfinite(loc)
    assert 0 < scale < np.inf


@no_deadline
@given(st.lists(rows, min_size=2, max_size=4))
@pytest.mark.parametrize("scaling", SCALINGS)
def test_every_series_of_a_batch_has_its_own_level(
    scaling: Scaling, panel: list[np.ndarray]
) -> None:
    length = max(map(len, panel))
    padded = [np.pad(row, (length - len(row), 0), constant_values=np.nan) for row in panel]
    loc, scale = location_and_scale(window_of(*padded), scaling)
    for number, row in enumerate(panel):
        # Sums of other lengths have other rounding errors.
        tolerance = 1e-12 * np.abs(np.nan_to_num(row)).max()
        expected = pytest.approx(level_of(row, scaling), rel=1e-12, abs=tolerance)
        assert (loc[number].item(), scale[number].item()) == expected


@pytest.mark.parametrize("scaling", SCALINGS)
def test_without_an_observed_value_the_level_is_0_and_1(scaling: Scaling) -> None:
    assert level_of(np.full(5, np.nan), scaling) == (0, 1)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([7.0] * 9, (7, 7)),
        ([0.1] * 9, (0.1, 0.1)),
        ([-7.0] * 9, (-7, 7)),
        ([0.0] * 9, (0, 1)),
        ([1e12] * 9, (1e12, 1e12)),
        ([1e-12] * 9, (1e-12, 1e-12)),
        ([-1e-12], (-1e-12, 1e-12)),
        ([5.0], (5, 5)),
        ([np.nan, 5.0, np.nan], (5, 5)),
        ([5.0] * 9 + [15.0], (5, 3)),
        ([0.0] * 9 + [1e-12], (0, 3e-13)),
        ([0.0] * 9 + [1e200], (0, 3e199)),
    ],
)
def test_an_interquartile_range_of_zero_is_replaced(
    row: list[float], expected: tuple[float, float]
) -> None:
    assert level_of(np.array(row), "robust") == pytest.approx(expected, rel=1e-12, abs=0)


@pytest.mark.parametrize("unit", [1e12, 1.0, 1e-9, 1e-12])
def test_an_interquartile_range_above_zero_is_kept_however_small(unit: float) -> None:
    row = unit * np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    assert level_of(row, "robust") == pytest.approx((4 * unit, 6 * unit), rel=1e-12, abs=0)
