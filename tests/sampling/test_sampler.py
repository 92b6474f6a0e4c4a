"""What sample paths are, and what they must not depend on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.features import Window, padding_tokens, scale_window, tokens
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.network.rotary import Rotary, rotary_angles
from sktime_lagllama.network.student_t import StudentT
from sktime_lagllama.sampling import buffers as memory
from sktime_lagllama.sampling import path_attention, random_numbers
from sktime_lagllama.sampling import sampler as sampling
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.random_numbers import draw, uniforms
from sktime_lagllama.sampling.sampler import sample_paths
from tests.support.models import (
    BUNDLED_LIKE,
    PUBLISHED_LIKE,
    calendar_of,
    inputs_of,
    one_step_distribution,
    random_model,
    window_of,
    windows_of_every_kind,
)

HORIZON = 10  # further than the context of the small networks, and than most of their lags
TOLERANCE = 1e-5

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
ROPE_SCALINGS = [None, "linear", "dynamic"]


def naive_paths(
    model: LagLlama, window: Window, calendar: Tensor, horizon: int, options: SamplingOptions
) -> np.ndarray:
    """Draw the paths without a cache: at every step all tokens go through the network anew.

    Location and scale stay those of the window, which is what training does.
    """
    config, samples = model.config, options.num_samples
    context = options.context(config)
    rotary = rotary_angles(config, context + horizon, options.rope_scaling)
    each = [part.repeat_interleave(samples, 0) for part in scale_window(window, config)]
    path = type(scale_window(window, config))(*each)
    calendar = calendar.repeat_interleave(samples, 0)
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
        first, second = uniforms(options.seed, step, 0, len(loc)).T
        radius = df * (torch.from_numpy(1 - first) ** (-2 / df) - 1)
        value = loc + scale * radius.sqrt() * torch.from_numpy(np.cos(2 * np.pi * second))
        if options.nonnegative:
            value = torch.maximum(value, -path.loc[:, 0] / path.scale[:, 0])
        path = path._replace(
            values=torch.cat((path.values, value[:, None].float()), 1),
            observed=torch.cat((path.observed, torch.ones(len(value), 1, dtype=torch.bool)), 1),
        )
    drawn = path.values[:, -horizon:].double() * path.scale + path.loc
    return drawn.view(-1, samples, horizon).numpy()


def scales_of(window: Window, config: LagLlamaConfig) -> np.ndarray:
    return scale_window(window, config).scale[:, :, None].numpy()


def assert_same_paths(
    found: np.ndarray, expected: np.ndarray, window: Window, config: LagLlamaConfig
) -> None:
    """Compare in scaled units, relative to a value where it lies far out in the tails."""
    assert np.isfinite(found).all()
    scaled = scale_window(window, config)
    loc, scale = (part[:, :, None].numpy() for part in (scaled.loc, scaled.scale))
    unit = scale + np.abs(expected - loc)
    assert found.shape == expected.shape
    assert (np.abs(found - expected) / unit).max() < TOLERANCE


@pytest.mark.parametrize("rope_scaling", ROPE_SCALINGS)
@pytest.mark.parametrize("nonnegative", [False, True])
@pytest.mark.parametrize("name", CONFIGS)
def test_paths_are_those_drawn_without_a_cache(
    name: str, nonnegative: bool, rope_scaling: str | None
) -> None:
    config = CONFIGS[name]
    window, calendar = inputs_of(config, HORIZON)
    options = SamplingOptions(
        num_samples=7, nonnegative=nonnegative, rope_scaling=rope_scaling, seed=1
    )
    model = random_model(config)
    found = sample_paths(model, window, calendar, HORIZON, options)
    expected = naive_paths(model, window, calendar, HORIZON, options)
    if nonnegative:
        expected = np.maximum(expected, 0)
    assert_same_paths(found, expected, window, config)


@pytest.mark.parametrize("context_length", [1, 3, 20])
@pytest.mark.parametrize("rope_scaling", ROPE_SCALINGS)
def test_paths_from_another_context_length_are_those_drawn_without_a_cache(
    context_length: int, rope_scaling: str | None
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


@settings(max_examples=200, deadline=None)
@given(
    num_series=st.integers(1, 30),
    num_samples=st.integers(1, 30),
    batch_size=st.one_of(st.none(), st.integers(1, 200)),
    context_length=st.integers(1, 40),
    horizon=st.sampled_from([1, 3]),
    device=st.sampled_from(["cpu", "cuda"]),
    threads=st.integers(1, 4),
)
def test_every_path_lies_in_one_block(
    num_series: int,
    num_samples: int,
    batch_size: int | None,
    context_length: int,
    horizon: int,
    device: str,
    threads: int,
) -> None:
    options = SamplingOptions(num_samples, context_length, batch_size=batch_size)
    times_drawn = np.zeros((num_series, num_samples), dtype=int)
    blocks = sampling._blocks(
        num_series, horizon, options, PUBLISHED_LIKE, torch.device(device), threads
    )
    for series, chunks in blocks:
        for chunk in chunks:
            times_drawn[series, chunk] += 1
            # The noise of several series is consecutive only where they take all their paths.
            assert series.stop - series.start == 1 or chunk == slice(0, num_samples)
    assert (times_drawn == 1).all()


def paths_at_once(horizon: int) -> int:
    options = SamplingOptions(num_samples=3000)
    cpu = torch.device("cpu")
    blocks = sampling._blocks(50, horizon, options, PUBLISHED_LIKE, cpu, threads=1)
    return max(
        (series.stop - series.start) * (chunk.stop - chunk.start)
        for series, chunks in blocks
        for chunk in chunks
    )


def test_a_block_has_no_more_paths_than_measured_best() -> None:
    assert paths_at_once(HORIZON) == 1000  # a third of the paths
    assert sampling.ROWS_AT_ONCE["cpu"] == 1024


def test_a_long_horizon_makes_smaller_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    bytes_per_path = sampling._bytes_per_path(
        PUBLISHED_LIKE, PUBLISHED_LIKE.context_length, HORIZON
    )
    monkeypatch.setattr(sampling, "AUTO_BYTES", 10 * bytes_per_path)
    assert paths_at_once(HORIZON) == 10
    assert paths_at_once(10 * HORIZON) == 1


def test_the_paths_of_one_series_are_shared_evenly_among_threads() -> None:
    options = SamplingOptions(num_samples=100, batch_size=80)
    cpu = torch.device("cpu")
    ((_, chunks),) = sampling._blocks(1, HORIZON, options, PUBLISHED_LIKE, cpu, threads=2)
    assert chunks == [slice(0, 50), slice(50, 100)]


@pytest.mark.parametrize(
    ("num_series", "threads", "expected"),
    [
        (90, 2, [22, 23, 22, 23]),  # blocks of 24 would leave one thread waiting for the other
        (100, 4, [12, 13] * 4),
        (40, 4, [20, 20]),  # too few blocks for the threads, which share each one
        (20, 4, [20]),
        (0, 2, []),
    ],
)
def test_the_series_of_a_panel_are_shared_evenly_among_threads(
    num_series: int, threads: int, expected: list[int]
) -> None:
    options = SamplingOptions(num_samples=10, context_length=8, batch_size=240)
    cpu = torch.device("cpu")
    blocks = sampling._blocks(num_series, HORIZON, options, PUBLISHED_LIKE, cpu, threads)
    assert [series.stop - series.start for series, _ in blocks] == expected


@pytest.mark.parametrize("horizon", [2, 24, 60])
@pytest.mark.parametrize("context_length", [32, 100])
def test_blocks_are_planned_with_the_memory_that_they_take(
    context_length: int, horizon: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = LagLlamaConfig(lags=(0, 1, 2))
    num_samples = 20
    shape = (1, config.max_lag + context_length)
    window = Window(torch.randn(shape).double(), torch.ones(shape, dtype=torch.bool))
    monkeypatch.setattr(memory, "_idle", [])
    sample_paths(
        LagLlama(config).eval(),
        window,
        calendar_of(1, context_length + horizon - 1),
        horizon,
        SamplingOptions(num_samples=num_samples, context_length=context_length),
    )
    (taken,) = memory._idle
    planned = num_samples * sampling._bytes_per_path(config, context_length, horizon)
    assert taken.nbytes == pytest.approx(planned, rel=0.2)


@pytest.mark.parametrize("steps_at_once", [0, 2, 3])
@pytest.mark.parametrize("config", [PUBLISHED_LIKE, BUNDLED_LIKE])
def test_paths_attend_in_the_same_way_however_many_steps_a_cache_holds(
    config: LagLlamaConfig, steps_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, calendar = inputs_of(config, HORIZON)
    model, options = random_model(config), SamplingOptions(num_samples=7)
    all_at_once = sample_paths(model, window, calendar, HORIZON, options)
    bytes_per_step = 4 * config.width * len(window.values) * options.num_samples
    monkeypatch.setattr(path_attention, "MOST_PRODUCT_BYTES", steps_at_once * bytes_per_step)
    monkeypatch.setattr(path_attention, "LEAST_STEPS_AT_ONCE", 2)
    found = sample_paths(model, window, calendar, HORIZON, options)
    assert_same_paths(found, all_at_once, window, config)


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


@pytest.mark.parametrize("config", [PUBLISHED_LIKE, BUNDLED_LIKE])
def test_a_part_of_the_series_has_the_paths_that_it_has_among_all(config: LagLlamaConfig) -> None:
    window, calendar = inputs_of(config, HORIZON)
    model, options = random_model(config), SamplingOptions(num_samples=6)
    together = sample_paths(model, window, calendar, HORIZON, options)
    part = Window(window.values[2:4], window.observed[2:4])
    found = sample_paths(model, part, calendar[2:4], HORIZON, options, first_series=2)
    assert_same_paths(found, together[2:4], part, config)


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
    assert_same_paths(shorter, longer[:, :, :horizon], window, config)


def test_the_first_step_is_drawn_from_the_one_step_distribution() -> None:
    window, calendar = inputs_of(PUBLISHED_LIKE, 1)
    model, options = random_model(PUBLISHED_LIKE), SamplingOptions(num_samples=5000)
    scaled, loc, scale = one_step_distribution(model, window, calendar, options)
    paths = sample_paths(model, window, calendar, 1, options)[:, :, 0]
    for row in range(len(paths)):
        df, row_loc, row_scale = (float(part[row]) for part in scaled)
        standard = ((paths[row] - loc[row].item()) / scale[row].item() - row_loc) / row_scale
        assert stats.kstest(standard, stats.t(df).cdf).pvalue > 1e-3


def test_the_same_seed_gives_the_same_paths_and_another_seed_other_paths() -> None:
    window, calendar = inputs_of(PUBLISHED_LIKE, HORIZON)
    model = random_model(PUBLISHED_LIKE)
    first, again, other = (
        sample_paths(model, window, calendar, HORIZON, SamplingOptions(num_samples=4, seed=seed))
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(again, first)
    assert (other != first).all()


def test_equal_series_have_different_paths() -> None:
    row = windows_of_every_kind(PUBLISHED_LIKE.max_lag + PUBLISHED_LIKE.context_length).values[0]
    window = window_of(row.numpy(), row.numpy())
    calendar = calendar_of(1, PUBLISHED_LIKE.context_length + 1)
    model = random_model(PUBLISHED_LIKE)
    paths = sample_paths(model, window, calendar, 2, SamplingOptions(num_samples=50))
    drawn = np.sort(paths.reshape(-1, 2), axis=0)
    assert (np.diff(drawn, axis=0) > 0).all()


@pytest.mark.parametrize("config", [PUBLISHED_LIKE, BUNDLED_LIKE])
def test_nonnegative_paths_are_clipped_as_they_are_drawn(config: LagLlamaConfig) -> None:
    window = inputs_of(config, HORIZON)[0]
    window = window._replace(values=window.values - window.values.mean(1, keepdim=True))
    calendar = calendar_of(len(window.values), config.context_length + HORIZON - 1)
    model = random_model(config)
    free, clipped = (
        sample_paths(
            model, window, calendar, HORIZON, SamplingOptions(num_samples=50, nonnegative=choice)
        )
        for choice in (False, True)
    )
    assert (free < 0).any()
    assert (clipped >= 0).all()
    assert (clipped == 0).any()
    np.testing.assert_allclose(clipped[:, :, 0], free[:, :, 0].clip(min=0), rtol=1e-5, atol=1e-5)
    # What is clipped enters the next token: later steps are not just the free ones, clipped.
    assert not np.allclose(clipped[:, :, 1:], free[:, :, 1:].clip(min=0), rtol=1e-3)


@pytest.mark.parametrize("config", [PUBLISHED_LIKE, BUNDLED_LIKE])
def test_bfloat16_is_near_float32(config: LagLlamaConfig) -> None:
    window, calendar = inputs_of(config, HORIZON)
    model, options = random_model(config), SamplingOptions(num_samples=20)
    expected, loc, scale = one_step_distribution(model, window, calendar[:, :8], options)
    paths = sample_paths(model, window, calendar, HORIZON, options)
    half = random_model(config).bfloat16()
    found, *level = one_step_distribution(half, window, calendar[:, :8], options)
    assert {part.dtype for part in found} == {torch.float32}
    torch.testing.assert_close(level, [loc, scale], rtol=0, atol=0)
    for part, exact in zip(found, expected, strict=True):
        torch.testing.assert_close(part, exact, rtol=0.05, atol=0.05)
    half_paths = sample_paths(half, window, calendar, HORIZON, options)
    assert np.isfinite(half_paths).all()
    unit = scales_of(window, config) + np.abs(paths - loc[:, None, None].numpy())
    assert np.median(np.abs(half_paths - paths) / unit) < 0.05


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 500), st.integers(0, 300), st.integers(1, 50))
def test_a_stretch_of_the_noise_is_that_of_the_whole_stream(
    seed: int, step: int, start: int, count: int
) -> None:
    whole = uniforms(seed, step, 0, start + count)
    assert whole.shape == (start + count, 2)
    np.testing.assert_array_equal(uniforms(seed, step, start, count), whole[start:])


def test_noise_is_uniform_and_independent() -> None:
    streams = [uniforms(0, 0, 0, 5000), uniforms(0, 1, 0, 5000), uniforms(1, 0, 0, 5000)]
    numbers = np.concatenate(streams, axis=1)
    assert numbers.min() >= 0 and numbers.max() < 1
    for column in numbers.T:
        assert stats.kstest(column, "uniform").pvalue > 1e-3
    correlations = np.corrcoef(numbers.T) - np.eye(numbers.shape[1])
    assert np.abs(correlations).max() < 4 / np.sqrt(len(numbers))


def noise_of(first: np.ndarray, second: np.ndarray) -> Tensor:
    noise = np.stack([np.log(first), np.cos(2 * np.pi * second)], axis=-1)
    return torch.from_numpy(noise.astype(np.float32))[None]


def student_t(df: float, loc: float = 0.0, scale: float = 1.0) -> StudentT:
    return StudentT(*(torch.tensor([[number]]) for number in (df, loc, scale)))


@pytest.mark.parametrize("df", [2.1, 3.0, 10.0, 100.0, 1e6])
def test_draws_follow_the_student_t_distribution(df: float) -> None:
    first, second = uniforms(0, 0, 0, 50_000).T
    drawn = draw(student_t(df, loc=3.0, scale=2.0), noise_of(1 - first, second))[0].numpy()
    standard = (drawn - 3) / 2
    assert stats.kstest(standard, stats.t(df).cdf).pvalue > 1e-3
    if df >= 10:
        assert np.mean(standard) == pytest.approx(0, abs=4 / np.sqrt(len(standard)))
        assert np.var(standard) == pytest.approx(df / (df - 2), rel=0.04)


@pytest.mark.parametrize("df", [2.0, 2.0001, 5.0, 1e8])
def test_draws_are_finite_and_exact_at_the_ends_of_the_noise(df: float) -> None:
    first = np.array([2.0**-53, 1e-9, 0.5, 1 - 1e-9, 1 - 2.0**-53, 1.0])
    drawn = draw(student_t(df), noise_of(first, np.zeros(6)))[0].double().numpy()
    expected = np.sqrt(df * np.expm1(-2 / df * np.log(first)))
    np.testing.assert_allclose(drawn, expected, rtol=1e-5)


def test_paths_are_finite_at_the_ends_of_the_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (0.0, 1 - 2.0**-53):
        monkeypatch.setattr(
            random_numbers,
            "uniforms",
            lambda _seed, _step, _start, count, number=number: np.full((count, 2), number),
        )
        window, calendar = inputs_of(PUBLISHED_LIKE, HORIZON)
        model = random_model(PUBLISHED_LIKE)
        paths = sample_paths(model, window, calendar, HORIZON, SamplingOptions(num_samples=2))
        assert np.isfinite(paths).all()
