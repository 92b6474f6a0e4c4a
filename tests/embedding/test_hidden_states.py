"""Hidden states are those of the network, whatever is computed together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.embedding import hidden_states
from sktime_lagllama.embedding.embed import pooled_states, states_at_all_times
from sktime_lagllama.embedding.hidden_states import Embedding
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.features import scale_window, tokens
from tests.support.models import BUNDLED_LIKE, PUBLISHED_LIKE, random_model, window_of

CONFIGS = [BUNDLED_LIKE, PUBLISHED_LIKE, replace(PUBLISHED_LIKE, scaling="mean")]


def batch_of(rows: list[np.ndarray]) -> SeriesBatch:
    return to_series_batch(
        pd.concat({number: pd.DataFrame({"value": row}) for number, row in enumerate(rows)})
    )


def random_rows(lengths: list[int], seed: int = 0) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [random.normal(10.0, 3.0, length).cumsum() for length in lengths]


def embedding_of(config: LagLlamaConfig, context_length: int = 8, **changes: object) -> Embedding:
    return replace(
        Embedding(random_model(config), (0, 1, 2), context_length),
        **changes,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("config", CONFIGS)
def test_a_series_that_fits_the_context_has_the_states_that_a_forecast_computes(
    config: LagLlamaConfig,
) -> None:
    (row,) = random_rows([8])
    embedding = embedding_of(config)
    series = batch_of([row])
    window = window_of(np.concatenate([np.full(config.max_lag, np.nan), row]))
    calendar = torch.from_numpy(series.calendars(np.array([0]), np.array([7]), 8, 0))
    streams = embedding.model.residual_streams(
        tokens(scale_window(window, config), calendar, config)
    )
    expected = torch.cat(list(streams), dim=-1)[0].numpy()
    np.testing.assert_allclose(
        states_at_all_times(embedding, series), expected, rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("config", CONFIGS)
def test_states_do_not_depend_on_what_is_computed_together(
    config: LagLlamaConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = random_rows([1, 30, 8, 13, 5])
    alone = [states_at_all_times(embedding_of(config), batch_of([row])) for row in rows]
    for batch_size, max_steps in ((None, 2**20), (1, 40), (40, 1)):
        monkeypatch.setattr(hidden_states, "MAX_STEPS_OF_GROUP", max_steps)
        embedding = embedding_of(config, batch_size=batch_size)
        together = states_at_all_times(embedding, batch_of(rows))
        np.testing.assert_allclose(together, np.concatenate(alone), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("config", CONFIGS)
def test_pooled_states_are_the_mean_over_the_states_at_observed_times(
    config: LagLlamaConfig,
) -> None:
    rows = random_rows([20, 3, 11])
    rows[0][[4, 5, 17]] = np.nan
    series, embedding = batch_of(rows), embedding_of(config)
    states = states_at_all_times(embedding, series)
    pooled, _ = pooled_states(embedding, series, ("mean",))
    for number, row in enumerate(rows):
        start = series.offsets[number]
        of_series = states[start : start + len(row)][~np.isnan(row)]
        np.testing.assert_allclose(pooled[number], of_series.mean(axis=0), rtol=1e-5, atol=1e-5)


@settings(max_examples=20)
@given(before=st.integers(0, 5), after=st.integers(0, 5), length=st.integers(1, 20))
def test_missing_values_at_the_ends_are_as_if_their_rows_were_not_there(
    before: int, after: int, length: int
) -> None:
    embedding = embedding_of(replace(BUNDLED_LIKE, calendar_features=False))
    (row,) = random_rows([length])
    padded = np.concatenate([np.full(before, np.nan), row, np.full(after, np.nan)])
    states = states_at_all_times(embedding, batch_of([padded]))
    assert np.isnan(states[:before]).all() and np.isnan(states[before + length :]).all()
    np.testing.assert_allclose(
        states[before : before + length],
        states_at_all_times(embedding, batch_of([row])),
        rtol=1e-4,
        atol=1e-4,
    )


def test_a_missing_value_in_between_is_masked_and_not_taken_for_a_zero() -> None:
    (row,) = random_rows([8])
    missing, zero = row.copy(), row.copy()
    missing[4], zero[4] = np.nan, 0.0
    embedding = embedding_of(BUNDLED_LIKE)
    of_missing, of_zero = (
        states_at_all_times(embedding, batch_of([values])) for values in (missing, zero)
    )
    assert np.isfinite(of_missing).all()
    assert np.abs(of_missing[-1] - of_zero[-1]).max() > 1e-3


def test_states_see_the_values_up_to_their_time_and_later_ones_by_the_scale_only() -> None:
    config = replace(BUNDLED_LIKE, scaling="none", level_features="absolute")
    (row,) = random_rows([20])
    row = row / 100
    changed = row.copy()
    changed[12] += 1
    before, after = (
        states_at_all_times(embedding_of(config), batch_of([values])) for values in (row, changed)
    )
    np.testing.assert_allclose(after[:12], before[:12], rtol=1e-5, atol=1e-5)
    assert np.abs(after[12:] - before[12:]).max(axis=1).min() > 1e-3
