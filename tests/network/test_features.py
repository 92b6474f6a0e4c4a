"""History becomes tokens as the published model has them, or in its documented variants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.features import (
    MAX_SCALED_VALUE,
    MIN_SCALE,
    lag_features,
    location_and_scale,
    padding_tokens,
    scale_values,
    scale_window,
    tokens,
)
from tests.support.models import BUNDLED_LIKE, PUBLISHED_LIKE, calendar_of, window_of

LENGTH = PUBLISHED_LIKE.max_lag + PUBLISHED_LIKE.context_length
no_deadline = settings(deadline=None)

values = st.one_of(st.floats(-1e9, 1e9), st.integers(-3, 3).map(float))
rows = st.lists(st.one_of(values, st.just(np.nan)), min_size=2, max_size=30).map(np.array)
whole_rows = st.lists(
    st.one_of(st.integers(-1000, 1000), st.none()), min_size=LENGTH, max_size=LENGTH
).map(lambda row: np.array(row, dtype=float))


def test_unobserved_values_enter_as_zero_before_scaling_or_as_the_centre() -> None:
    window = window_of(np.array([1.0, np.nan, 2.0, 4.0, 8.0, 16.0]))
    loc, scale = location_and_scale(window, "robust")
    published = scale_values(window, loc, scale, PUBLISHED_LIKE)
    assert published[0, 1] == pytest.approx(-4 / 6)
    centred = scale_values(window, loc, scale, BUNDLED_LIKE)
    assert centred[0, 1] == 0
    assert published.dtype == torch.float32
    expected = torch.tensor([[-3.0, -2.0, 0.0, 4.0, 12.0]]) / 6
    for scaled in (published, centred):
        torch.testing.assert_close(scaled[:, [0, 2, 3, 4, 5]], expected)


def test_scaled_values_are_cut_before_float32_ends() -> None:
    row = np.array([1.0, 2.0, 3.0, 4.0, 1e39, -1e100, np.nan])
    scaled = scale_window(window_of(row), BUNDLED_LIKE).values
    assert scaled[0, 4:].tolist() == [
        np.float32(MAX_SCALED_VALUE),
        -np.float32(MAX_SCALED_VALUE),
        0,
    ]


def test_absolute_level_features_are_those_of_the_published_model() -> None:
    scaled = scale_window(window_of(np.array([-1.0, -2.0, -4.0, -8.0, -16.0])), PUBLISHED_LIKE)
    expected = torch.tensor([[np.log1p(4), np.log(6)]], dtype=torch.float32)
    torch.testing.assert_close(scaled.level_features, expected)


def test_absolute_level_features_show_no_scale_below_the_minimum() -> None:
    scaled = scale_window(window_of(1e-14 * np.array([1.0, 2.0, 4.0, 8.0, 16.0])), PUBLISHED_LIKE)
    assert scaled.scale.item() == pytest.approx(6e-14)
    assert scaled.level_features[0, 1].item() == pytest.approx(np.log(MIN_SCALE))


def test_relative_level_features_are_the_position_of_the_centre_and_the_number_observed() -> None:
    row = np.array([-1.0, np.nan, -2.0, -4.0, -8.0, -16.0])
    scaled = scale_window(window_of(row), BUNDLED_LIKE)
    expected = torch.tensor([[np.arcsinh(-4 / 6), np.log1p(5)]], dtype=torch.float32)
    torch.testing.assert_close(scaled.level_features, expected)


@no_deadline
@given(whole_rows, st.floats(-12, 12).map(lambda exponent: 10.0**exponent))
def test_relative_tokens_do_not_depend_on_the_unit_of_the_series(
    row: np.ndarray, unit: float
) -> None:
    calendar = calendar_of(1, BUNDLED_LIKE.context_length)
    expected, found = (
        tokens(scale_window(window_of(row * factor), BUNDLED_LIKE), calendar, BUNDLED_LIKE)
        for factor in (1.0, unit)
    )
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


def test_absolute_tokens_depend_on_the_unit_of_the_series() -> None:
    calendar = calendar_of(1, PUBLISHED_LIKE.context_length)
    row = np.arange(LENGTH, dtype=float)
    small, large = (
        tokens(scale_window(window_of(row * factor), PUBLISHED_LIKE), calendar, PUBLISHED_LIKE)
        for factor in (1.0, 1000.0)
    )
    assert not torch.allclose(small, large)


@no_deadline
@given(st.sets(st.integers(0, 40), min_size=1).map(sorted), st.integers(1, 10), st.integers(0, 5))
def test_lags_look_back_from_each_token(lags: list[int], num_tokens: int, extra: int) -> None:
    steps = lags[-1] + num_tokens + extra
    series = torch.arange(2 * steps).view(2, steps)
    found = lag_features(series, torch.tensor(lags), num_tokens)
    assert found.shape == (2, num_tokens, len(lags))
    for token in range(num_tokens):
        time = steps - num_tokens + token
        for number, lag in enumerate(lags):
            assert found[:, token, number].equal(series[:, time - lag])


def test_a_token_of_the_published_model_has_lags_level_and_calendar_in_this_order() -> None:
    config = LagLlamaConfig()
    steps = config.max_lag + config.context_length
    row = np.random.default_rng(0).normal(5, 2, size=steps)
    row[-3] = np.nan
    calendar = calendar_of(1, config.context_length)
    scaled = scale_window(window_of(row), config)
    found = tokens(scaled, calendar, config)
    assert found.shape == (1, 32, 92)
    assert found.dtype == torch.float32
    median = np.sort(row[~np.isnan(row)])[(steps - 2) // 2]
    spread = np.nanquantile(row, 0.75) - np.nanquantile(row, 0.25)
    scaled_row = (np.nan_to_num(row) - median) / spread
    for token in range(32):
        time = steps - 32 + token
        lags = [scaled_row[time - lag] for lag in config.lags]
        level = [np.log1p(abs(median)), np.log(spread)]
        expected = np.concatenate([lags, level, calendar[0, token].numpy()])
        np.testing.assert_allclose(found[0, token], expected, rtol=1e-5, atol=1e-5)


def test_the_published_lags_begin_with_the_value_itself_and_end_after_1092_steps() -> None:
    config = LagLlamaConfig()
    assert len(config.lags) == 84
    assert (config.lags[0], config.max_lag, config.num_features) == (0, 1092, 92)


def test_tokens_contain_what_the_configuration_asks_for() -> None:
    row = np.random.default_rng(0).normal(size=LENGTH)
    row[-4] = np.nan
    window, calendar = window_of(row), calendar_of(1, PUBLISHED_LIKE.context_length)
    lags = len(PUBLISHED_LIKE.lags)
    published = tokens(scale_window(window, PUBLISHED_LIKE), calendar, PUBLISHED_LIKE)

    without = replace(PUBLISHED_LIKE, calendar_features=False)
    found = tokens(scale_window(window, without), calendar, without)
    assert found.equal(published[:, :, : lags + 2])

    arcsinh = replace(PUBLISHED_LIKE, arcsinh_lags=True)
    found = tokens(scale_window(window, arcsinh), calendar, arcsinh)
    torch.testing.assert_close(found[:, :, :lags], published[:, :, :lags].arcsinh())
    assert found[:, :, lags:].equal(published[:, :, lags:])

    observed = replace(PUBLISHED_LIKE, observed_features=True)
    found = tokens(scale_window(window, observed), calendar, observed)
    assert found[:, :, :-lags].equal(published)
    times = np.arange(LENGTH - PUBLISHED_LIKE.context_length, LENGTH)
    expected = ~np.isnan(row)[times[:, None] - np.array(PUBLISHED_LIKE.lags)]
    np.testing.assert_array_equal(found[0, :, -lags:], expected.astype(np.float32))


@no_deadline
@given(rows, st.integers(1, 30))
def test_padding_is_what_comes_before_the_first_observed_value(
    row: np.ndarray, num_tokens: int
) -> None:
    num_tokens = min(num_tokens, len(row))
    known = np.flatnonzero(~np.isnan(row))
    first = known[0] if len(known) else len(row)
    found = padding_tokens(window_of(row).observed, num_tokens)
    assert found.tolist() == [[place < first for place in range(len(row))][-num_tokens:]]
