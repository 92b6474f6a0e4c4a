"""The exact distribution of the first step."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.features import Window, padding_tokens, scale_window, tokens
from sktime_lagllama.network.student_t import StudentT
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.sampler import sample_paths
from tests.support.models import (
    BUNDLED_LIKE,
    PUBLISHED_LIKE,
    assert_same_paths,
    calendar_of,
    inputs_of,
    one_step_distribution,
    random_model,
    window_of,
)

TOLERANCE = 1e-5


@pytest.mark.parametrize("config", [PUBLISHED_LIKE, BUNDLED_LIKE])
def test_a_series_has_the_same_distribution_alone_and_in_a_panel(config: LagLlamaConfig) -> None:
    window, calendar = inputs_of(config, 1)
    model, options = random_model(config), SamplingOptions()
    together, *level_together = one_step_distribution(model, window, calendar, options)
    for row in range(len(window.values)):
        one = slice(row, row + 1)
        single = Window(window.values[one], window.observed[one])
        alone, *level_alone = one_step_distribution(model, single, calendar[one], options)
        for found, expected in zip(together, alone, strict=True):
            torch.testing.assert_close(found[one], expected, rtol=TOLERANCE, atol=TOLERANCE)
        for found, expected in zip(level_together, level_alone, strict=True):
            torch.testing.assert_close(found[one], expected, rtol=0, atol=0)


def test_the_first_step_is_drawn_from_the_one_step_distribution() -> None:
    window, calendar = inputs_of(PUBLISHED_LIKE, 1)
    model, options = random_model(PUBLISHED_LIKE), SamplingOptions(num_samples=5000)
    scaled, loc, scale = one_step_distribution(model, window, calendar, options)
    paths = sample_paths(model, window, calendar, 1, options).values[:, :, 0]
    for row in range(len(paths)):
        df, row_loc, row_scale = (float(part[row]) for part in scaled)
        standard = ((paths[row] - loc[row].item()) / scale[row].item() - row_loc) / row_scale
        assert stats.kstest(standard, stats.t(df).cdf).pvalue > 1e-3


@st.composite
def panels(draw: st.DrawFn) -> Window:
    """Windows of series of any length, with gaps at any place."""
    length = BUNDLED_LIKE.max_lag + BUNDLED_LIKE.context_length
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = []
    for num_values in draw(st.lists(st.integers(0, length), min_size=1, max_size=7)):
        row = 50 + 10 * generator.standard_normal(length).cumsum()
        row[: length - num_values] = np.nan
        row[generator.random(length) < draw(st.sampled_from([0.0, 0.3, 0.9]))] = np.nan
        rows.append(row)
    return window_of(*rows)


def distribution_of_full_contexts(window: Window, calendar: torch.Tensor) -> StudentT:
    """Compute every token of every context, whether or not it is padding."""
    model, length = random_model(BUNDLED_LIKE), BUNDLED_LIKE.context_length
    of_tokens = model.forward(
        tokens(scale_window(window, BUNDLED_LIKE), calendar, BUNDLED_LIKE),
        padding=padding_tokens(window.observed, length),
    )
    return StudentT(*(part[:, -1] for part in of_tokens))


@settings(max_examples=100, deadline=None)
@given(window=panels())
def test_contexts_without_their_padding_give_the_distribution_of_full_contexts(
    window: Window,
) -> None:
    calendar = calendar_of(len(window.values), BUNDLED_LIKE.context_length)
    model, options = random_model(BUNDLED_LIKE), SamplingOptions()
    found, _, _ = one_step_distribution(model, window, calendar, options)
    expected = distribution_of_full_contexts(window, calendar)
    for part, exact in zip(found, expected, strict=True):
        torch.testing.assert_close(part, exact, rtol=TOLERANCE, atol=TOLERANCE)


@settings(max_examples=50, deadline=None)
@given(window=panels(), batch_size=st.sampled_from([1, 10, 20, 50, None]))
def test_paths_depend_on_no_other_series_and_on_no_batch_size(
    window: Window, batch_size: int | None
) -> None:
    horizon, model = 4, random_model(BUNDLED_LIKE)
    calendar = calendar_of(len(window.values), BUNDLED_LIKE.context_length + horizon - 1)
    options = SamplingOptions(num_samples=5, batch_size=batch_size)
    together = sample_paths(model, window, calendar, horizon, options)
    for row in range(len(window.values)):
        one = slice(row, row + 1)
        single = Window(window.values[one], window.observed[one])
        alone = sample_paths(
            model, single, calendar[one], horizon, SamplingOptions(num_samples=5), np.array([row])
        )
        assert_same_paths(together.select(one), alone, single, BUNDLED_LIKE)


def test_only_tokens_that_a_series_has_are_computed() -> None:
    model, rows = random_model(BUNDLED_LIKE), []
    model.layers[0].down.register_forward_hook(
        lambda _module, _inputs, output: rows.append(output.shape[0] * output.shape[1])
    )
    length = BUNDLED_LIKE.max_lag + BUNDLED_LIKE.context_length
    series = np.full((4, length), np.nan)
    for row, num_values in enumerate([3, length, 3, 3]):
        series[row, length - num_values :] = np.arange(num_values)
    calendar = calendar_of(4, BUNDLED_LIKE.context_length)
    options = SamplingOptions(batch_size=BUNDLED_LIKE.context_length + 1)
    sample_paths(model, window_of(*series), calendar, 1, options)
    assert sum(rows) == BUNDLED_LIKE.context_length + 3 * 3
