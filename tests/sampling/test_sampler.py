"""What sample paths are, and what they must not depend on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import ndtr, stdtrit
from torch import Tensor

from sktime_lagllama.network.config import LagLlamaConfig, RopeScaling
from sktime_lagllama.network.features import (
    ScaledWindow,
    Window,
    padding_tokens,
    scale_window,
    tokens,
)
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.network.rotary import Rotary, rotary_angles
from sktime_lagllama.sampling import sampler
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.random_numbers import stratified_normal_scores
from sktime_lagllama.sampling.sampled_paths import SampledPaths
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
    windows_of_every_kind,
)

HORIZON = 10  # longer than the context of the small networks and than most of their lags

CONFIGS = {
    "published-like": PUBLISHED_LIKE,
    "published lags": LagLlamaConfig(num_layers=1, num_heads=2),
    "bundled-like": BUNDLED_LIKE,
    "masked padding": replace(PUBLISHED_LIKE, mask_padding=True),
    "relative level": replace(PUBLISHED_LIKE, level_features="relative"),
    "observed features": replace(PUBLISHED_LIKE, observed_features=True),
    "centred": replace(PUBLISHED_LIKE, center_unobserved=True),
    "arcsinh": replace(PUBLISHED_LIKE, arcsinh_lags=True),
    "autoregressive": replace(PUBLISHED_LIKE, autoregressive_head=True),
    "autoregressive, no lag 0": replace(BUNDLED_LIKE, lags=(1, 3, 6)),
    "no calendar": replace(PUBLISHED_LIKE, calendar_features=False),
    "no lag 0": replace(PUBLISHED_LIKE, lags=(1, 3, 6)),
    "one long lag": replace(PUBLISHED_LIKE, lags=(30,)),
    "std": replace(PUBLISHED_LIKE, scaling="std"),
    "mean": replace(PUBLISHED_LIKE, scaling="mean"),
    "none": replace(PUBLISHED_LIKE, scaling="none"),
}
ROPE_SCALINGS: list[RopeScaling | None] = [None, "linear", "dynamic"]


def naive_paths(
    model: LagLlama, window: Window, calendar: Tensor, horizon: int, options: SamplingOptions
) -> SampledPaths:
    """Draw the paths without a cache: at every step, all tokens pass through the network again.

    Location and scale stay those of the window, as in training.
    """
    config, samples = model.config, options.num_samples
    context = options.context(config)
    rotary = rotary_angles(config, context + horizon, options.rope_scaling)
    scaled = scale_window(window, config)
    path = ScaledWindow(*(part.repeat_interleave(samples, 0) for part in scaled))
    calendar = calendar.repeat_interleave(samples, 0)
    num_series = len(window.values)
    normal_scores = stratified_normal_scores(options.seed, horizon, np.arange(num_series), samples)
    known, drawn = [], []
    for step in range(horizon):
        count = context + step
        padding = None
        if config.mask_padding:
            padding = padding_tokens(path.observed, count)
        distribution = model.forward(
            tokens(path, calendar[:, :count], config),
            Rotary(rotary.cos[:count], rotary.sin[:count]),
            padding,
        )
        df, loc, scale = (part[:, -1].double() for part in distribution)
        known.append(torch.stack((df, loc, scale)))
        probability = ndtr(normal_scores[step].flatten().double().numpy())
        value = loc + scale * torch.from_numpy(stdtrit(df.numpy(), probability))
        drawn.append(value)
        if options.nonnegative:
            value = torch.maximum(value, -path.loc[:, 0] / path.scale[:, 0])
        path = path._replace(
            values=torch.cat((path.values, value[:, None].float()), 1),
            observed=torch.cat((path.observed, torch.ones(len(value), 1, dtype=torch.bool)), 1),
        )
    values = torch.stack(drawn, dim=-1) * path.scale + path.loc
    df, loc, scale = torch.stack(known, dim=-1)  # (paths, horizon)
    in_data_units = (values, df, loc * path.scale + path.loc, scale * path.scale)
    return SampledPaths(*(part.view(-1, samples, horizon).numpy() for part in in_data_units))


def scales_of(window: Window, config: LagLlamaConfig) -> np.ndarray:
    return scale_window(window, config).scale[:, :, None].numpy()


@pytest.mark.parametrize("rope_scaling", ROPE_SCALINGS)
@pytest.mark.parametrize("nonnegative", [False, True])
@pytest.mark.parametrize("name", CONFIGS)
def test_paths_are_those_drawn_without_a_cache(
    name: str, nonnegative: bool, rope_scaling: RopeScaling | None
) -> None:
    config = CONFIGS[name]
    window, calendar = inputs_of(config, HORIZON)
    options = SamplingOptions(
        num_samples=7, nonnegative=nonnegative, rope_scaling=rope_scaling, seed=1
    )
    model = random_model(config)
    found = sample_paths(model, window, calendar, HORIZON, options)
    expected = naive_paths(model, window, calendar, HORIZON, options)
    assert_same_paths(found, expected, window, config)


@pytest.mark.parametrize("context_length", [1, 3, 20])
@pytest.mark.parametrize("rope_scaling", ROPE_SCALINGS)
def test_paths_from_another_context_length_are_those_drawn_without_a_cache(
    context_length: int, rope_scaling: RopeScaling | None
) -> None:
    window, calendar = inputs_of(BUNDLED_LIKE, HORIZON, context_length)
    options = SamplingOptions(
        num_samples=5, context_length=context_length, rope_scaling=rope_scaling
    )
    model = random_model(BUNDLED_LIKE)
    found = sample_paths(model, window, calendar, HORIZON, options)
    expected = naive_paths(model, window, calendar, HORIZON, options)
    assert_same_paths(found, expected, window, BUNDLED_LIKE)


@pytest.mark.parametrize("config", [PUBLISHED_LIKE, BUNDLED_LIKE])
@pytest.mark.parametrize("batch_size", [1, 7, 13, 40, 10_000])
def test_batch_size_changes_no_path(config: LagLlamaConfig, batch_size: int) -> None:
    window, calendar = inputs_of(config, HORIZON)
    options = SamplingOptions(num_samples=11)
    model = random_model(config)
    expected = sample_paths(model, window, calendar, HORIZON, options)
    batched = replace(options, batch_size=batch_size)
    found = sample_paths(model, window, calendar, HORIZON, batched)
    assert_same_paths(found, expected, window, config)


@pytest.mark.parametrize("batch_size", [8, 20, 40])
def test_batch_size_bounds_the_rows_that_are_computed_at_once(batch_size: int) -> None:
    window, calendar = inputs_of(PUBLISHED_LIKE, 3)
    model = random_model(PUBLISHED_LIKE)
    rows = []
    model.layers[0].down.register_forward_hook(
        lambda _module, _inputs, output: rows.append(output.shape[0] * output.shape[1])
    )
    options = SamplingOptions(num_samples=50, batch_size=batch_size)
    sample_paths(model, window, calendar, 3, options)
    assert PUBLISHED_LIKE.context_length <= max(rows) <= batch_size


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("num_series", [1, 4])
def test_the_number_of_threads_changes_no_path_and_stays(num_series: int, threads: int) -> None:
    window, calendar = inputs_of(BUNDLED_LIKE, HORIZON)
    window = Window(*(part[:num_series] for part in window))
    calendar = calendar[:num_series]
    model, options = random_model(BUNDLED_LIKE), SamplingOptions(num_samples=600)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        expected = sample_paths(model, window, calendar, HORIZON, options)
        torch.set_num_threads(threads)
        found = sample_paths(model, window, calendar, HORIZON, options)
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert_same_paths(found, expected, window, BUNDLED_LIKE)


@pytest.mark.parametrize("config", [PUBLISHED_LIKE, BUNDLED_LIKE])
def test_a_part_of_the_series_has_the_paths_that_it_has_among_all(config: LagLlamaConfig) -> None:
    window, calendar = inputs_of(config, HORIZON)
    model, options = random_model(config), SamplingOptions(num_samples=6)
    together = sample_paths(model, window, calendar, HORIZON, options)
    part = Window(window.values[2:4], window.observed[2:4])
    found = sample_paths(model, part, calendar[2:4], HORIZON, options, np.array([2, 3]))
    assert_same_paths(found, together.select(slice(2, 4)), part, config)


def test_one_calendar_serves_all_series() -> None:
    window, calendar = inputs_of(PUBLISHED_LIKE, HORIZON)
    model, options = random_model(PUBLISHED_LIKE), SamplingOptions(num_samples=6, batch_size=20)
    repeated = calendar[:1].expand(len(window.values), -1, -1)
    expected = sample_paths(model, window, repeated, HORIZON, options)
    found = sample_paths(model, window, calendar[:1], HORIZON, options)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("config", [PUBLISHED_LIKE, BUNDLED_LIKE])
@pytest.mark.parametrize("horizon", [1, 2, HORIZON - 1])
def test_a_longer_horizon_starts_with_the_paths_of_a_shorter_one(
    config: LagLlamaConfig, horizon: int
) -> None:
    window, calendar = inputs_of(config, HORIZON)
    model, options = random_model(config), SamplingOptions(num_samples=6)
    longer = sample_paths(model, window, calendar, HORIZON, options)
    known = calendar[:, : config.context_length + horizon - 1]
    shorter = sample_paths(model, window, known, horizon, options)
    assert_same_paths(shorter, longer.select(np.s_[:, :, :horizon]), window, config)


def test_the_same_seed_gives_the_same_paths_and_another_seed_other_paths() -> None:
    window, calendar = inputs_of(PUBLISHED_LIKE, HORIZON)
    model = random_model(PUBLISHED_LIKE)
    first, again, other = (
        sample_paths(model, window, calendar, HORIZON, SamplingOptions(num_samples=4, seed=seed))
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(again, first)
    assert (other.values != first.values).all()


def test_equal_series_have_different_paths() -> None:
    row = windows_of_every_kind(PUBLISHED_LIKE.max_lag + PUBLISHED_LIKE.context_length).values[0]
    window = window_of(row.numpy(), row.numpy())
    calendar = calendar_of(1, PUBLISHED_LIKE.context_length + 1)
    model = random_model(PUBLISHED_LIKE)
    paths = sample_paths(model, window, calendar, 2, SamplingOptions(num_samples=50))
    drawn = np.sort(paths.values.reshape(-1, 2), axis=0)
    assert (np.diff(drawn, axis=0) > 0).all()


@pytest.mark.parametrize("config", [PUBLISHED_LIKE, BUNDLED_LIKE])
def test_values_of_nonnegative_paths_enter_tokens_clipped(config: LagLlamaConfig) -> None:
    window = inputs_of(config, HORIZON)[0]
    window = window._replace(values=window.values - window.values.mean(1, keepdim=True))
    calendar = calendar_of(len(window.values), config.context_length + HORIZON - 1)
    model = random_model(config)
    free, clipped = (
        sample_paths(
            model, window, calendar, HORIZON, SamplingOptions(num_samples=50, nonnegative=choice)
        ).values
        for choice in (False, True)
    )
    assert (free < 0).any()
    # What is returned is not clipped, what entered the next token is.
    np.testing.assert_allclose(clipped[:, :, 0], free[:, :, 0], rtol=1e-5, atol=1e-5)
    assert not np.allclose(clipped[:, :, 1:], free[:, :, 1:], rtol=1e-3)


@pytest.mark.parametrize("config", [PUBLISHED_LIKE, BUNDLED_LIKE])
def test_bfloat16_is_near_float32(config: LagLlamaConfig) -> None:
    window, calendar = inputs_of(config, HORIZON)
    model, options = random_model(config), SamplingOptions(num_samples=20)
    expected, loc, scale = one_step_distribution(model, window, calendar[:, :8], options)
    paths = sample_paths(model, window, calendar, HORIZON, options).values
    half = random_model(config).bfloat16()
    found, *level = one_step_distribution(half, window, calendar[:, :8], options)
    assert {part.dtype for part in found} == {torch.float32}
    torch.testing.assert_close(level, [loc, scale], rtol=0, atol=0)
    for part, exact in zip(found, expected, strict=True):
        torch.testing.assert_close(part, exact, rtol=0.05, atol=0.05)
    half_paths = sample_paths(half, window, calendar, HORIZON, options).values
    assert np.isfinite(half_paths).all()
    unit = scales_of(window, config) + np.abs(paths - loc[:, None, None].numpy())
    assert np.median(np.abs(half_paths - paths) / unit) < 0.05


def test_paths_are_finite_at_the_ends_of_the_random_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window, calendar = inputs_of(PUBLISHED_LIKE, HORIZON)
    model, options = random_model(PUBLISHED_LIKE), SamplingOptions(num_samples=2)
    for score in (-8.3, 8.3):  # beyond the scores of the smallest and largest float64 uniforms
        monkeypatch.setattr(
            sampler,
            "stratified_normal_scores",
            lambda _seed, horizon, streams, num_samples, score=score: torch.full(
                (horizon, len(streams), num_samples), score
            ),
        )
        paths = sample_paths(model, window, calendar, HORIZON, options)
        assert np.isfinite(paths).all()


@pytest.mark.parametrize("config", [PUBLISHED_LIKE, BUNDLED_LIKE])
def test_paths_are_finite_whatever_the_head_says(config: LagLlamaConfig) -> None:
    window, calendar = inputs_of(config, HORIZON)
    model = random_model(config)
    model.head.bias[1:] = 3e38  # location and scale, whose sum float32 cannot hold
    paths = sample_paths(model, window, calendar, HORIZON, SamplingOptions(num_samples=8))
    assert np.isfinite(paths.values).all()
