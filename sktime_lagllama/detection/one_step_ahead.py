"""Where each value lies in the distribution that is predicted for it from the values before it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from sktime_lagllama._progress import progress_bar
from sktime_lagllama._typing import Float64Array
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.detection.spans import Spans
from sktime_lagllama.network.features import (
    Window,
    lags_of_tokens,
    padding_tokens,
    scale_values,
    scale_window,
    tokens,
)
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.network.rotary import rotary_angles
from sktime_lagllama.network.student_t import StudentT, normal_scores
from sktime_lagllama.sampling.threads import in_threads, num_threads_for
from sktime_lagllama.training.loss import negative_log_likelihood

MAX_TOKENS = 8192
"""Tokens that one thread passes through the network at once."""


class OneStepScores(NamedTuple):
    """How values lie in the distributions that were predicted for them.

    Attributes
    ----------
    normal_scores : float64 array of shape (total length,)
        Standard normal quantiles of the predicted distribution functions at the values. If the
        predicted distributions were the true ones, the scores would be independent standard normal
        numbers (M. Rosenblatt, "Remarks on a multivariate transformation", 1952).
    log_densities : float64 array of shape (total length,)
        Logarithms of the predicted densities at the values, per data unit.
    """

    normal_scores: Float64Array
    log_densities: Float64Array


def one_step_scores(
    model: LagLlama,
    series: SeriesBatch,
    targets: Float64Array,
    plan: list[Spans],
    batch_size: int | None = None,
) -> OneStepScores:
    """Return how each value lies in its one-step-ahead distribution.

    The network reads the values themselves, not draws (teacher forcing), so that one pass predicts
    all values of a span. Each distribution depends on nothing from its own time on. Location and
    scale of a span are those of the window before it, as they are along a forecast, and in the
    training: ``LagLlamaForecaster``'s in-sample forecasts, which need a pass for every value, have
    those of the window before each value. Where that has no value, it is the window before the last
    observed value, as for a forecast.

    Parameters
    ----------
    model : LagLlama
        On the device that computes.
    series : SeriesBatch
        What is known; NaN where a value shall have no effect on other times.
    targets : float64 array of shape (total length,)
        The values to score, in the order of ``series.values``.
    plan : list of Spans
        Of the series, without overlaps: what is scored.
    batch_size : int, optional
        Tokens that pass through the network at the same time, or those of a single span; bounds
        memory. None: 8192 on each core.

    Returns
    -------
    OneStepScores
        In the order of ``series.values``; NaN where the value is missing, has none before it, or
        is in no span.
    """
    scores = OneStepScores(*(np.full(len(series.values), np.nan) for _ in OneStepScores._fields))
    chunks = [chunk for spans in plan for chunk in spans.chunks(batch_size or MAX_TOKENS)]
    num_values = sum(len(chunk) * chunk.length for chunk in chunks)
    with progress_bar("scoring", total=num_values) as bar:

        def score_chunk(spans: Spans) -> None:
            first_places = (series.offsets - series.starts)[spans.series] + spans.starts
            places = first_places[:, None] + np.arange(spans.length)
            found = _scores_of_spans(model, series, targets[places], spans)
            for part, found_part in zip(scores, found, strict=True):
                part[places] = found_part
            bar.update(places.size)

        num_threads = num_threads_for(model.head.weight.device)
        in_threads(num_threads, score_chunk, [(chunk,) for chunk in chunks])
    return scores


def _scores_of_spans(
    model: LagLlama, series: SeriesBatch, targets: Float64Array, spans: Spans
) -> OneStepScores:
    """Return the scores of targets, both of shape (spans, length)."""
    config, weight = model.config, model.head.weight
    in_span = np.s_[:, -spans.length :]
    calendar = series.calendars(
        spans.series, spans.starts - 1, spans.context_length, spans.length - 1
    )
    with torch.inference_mode():
        values = torch.from_numpy(_windows(series, spans, config.max_lag))
        window = Window(values.nan_to_num(), ~values.isnan())
        past = Window(window.values, window.observed.clone())
        past.observed[in_span] = False
        scaled = scale_window(past, config)
        loc, scale = scaled.loc, scaled.scale
        # The last value of a span is predicted, but predicts nothing.
        inputs = scaled._replace(
            values=scale_values(window, loc, scale, config)[:, :-1],
            observed=window.observed[:, :-1],
        )
        span_tokens = tokens(inputs, torch.from_numpy(calendar), config).to(weight.device)
        lags = lags_of_tokens(span_tokens[in_span], config)
        num_tokens = span_tokens.shape[1]
        rotary = rotary_angles(config, num_tokens, device=weight.device, dtype=weight.dtype)
        # Attention without a mask is faster.
        padding = padding_tokens(inputs.observed, num_tokens)
        is_masked = config.mask_padding and bool(padding.any())
        hidden, _ = model.encode(
            span_tokens.to(weight.dtype),
            rotary,
            padding.to(weight.device) if is_masked else None,
            keep_cache=False,
        )
        distribution = StudentT(
            *(part.double().cpu() for part in model.distribution(hidden[in_span], lags))
        )
        scaled_targets = (torch.from_numpy(targets) - loc) / scale
        standardised = (scaled_targets - distribution.loc) / distribution.scale
        scores = normal_scores(standardised, distribution.df)
        log_densities = -negative_log_likelihood(distribution, scaled_targets) - scale.log()
        has_no_past = ~past.observed.any(1, keepdim=True)
        return OneStepScores(
            *(part.masked_fill(has_no_past, torch.nan).numpy() for part in (scores, log_densities))
        )


def _windows(series: SeriesBatch, spans: Spans, max_lag: int) -> Float64Array:
    """Return the values of spans, and those before them that they are predicted from.

    Parameters
    ----------
    series : SeriesBatch
    spans : Spans
    max_lag : int

    Returns
    -------
    float64 array of shape (spans, max_lag + context_length + length)
        NaN where missing.
    """
    cutoffs = spans.starts - 1
    past_length = max_lag + spans.context_length
    past = series.windows(spans.series, cutoffs, past_length)
    is_empty = np.isnan(past).all(axis=1)
    if is_empty.any():
        numbers = spans.series[is_empty]
        ends = series.last_observed(numbers, cutoffs[is_empty])
        past[is_empty] = series.windows(numbers, ends, past_length)
    values = series.windows(spans.series, cutoffs + spans.length, spans.length)
    return np.concatenate((past, values), axis=1)
