"""How forecasts at several resolutions become one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sktime_lagllama.forecasting.combination import REACH, Part, combine
from sktime_lagllama.sampling.sampled_paths import SampledPaths

NUM_SAMPLES = 9


def part(
    stride: int, centre: float = 0.0, spread: float = 1.0, num_steps: int = 12, seed: int = 0
) -> Part:
    random = np.random.default_rng(seed)
    shape = (2, NUM_SAMPLES, num_steps)
    loc = centre + spread * random.standard_normal(shape)
    paths = SampledPaths(
        values=loc + 0.1 * spread * random.standard_normal(shape),
        df=np.full(shape, 5.0),
        loc=loc,
        scale=np.full(shape, spread),
    )
    return Part(stride, paths, np.ones((2, num_steps), dtype=bool))


def ordered(field: np.ndarray) -> np.ndarray:
    return np.sort(field, axis=1)


def test_equal_forecasts_stay_as_they_are() -> None:
    found = combine([part(1), part(3), part(12)])
    for of_field, expected in zip(found, part(1).paths, strict=True):
        np.testing.assert_allclose(of_field, expected, rtol=1e-12)


def test_the_surer_forecast_counts_more() -> None:
    near_zero = combine([part(1, 0.0, 1.0), part(4, 100.0, 10.0)])
    near_hundred = combine([part(1, 0.0, 10.0), part(4, 100.0, 1.0)])
    assert near_zero.loc[..., 0].mean() < 10
    assert near_hundred.loc[..., 0].mean() > 90


def test_a_forecast_counts_the_less_the_further_it_looks_ahead() -> None:
    fine, coarse = (part(stride, stride // 10**6, num_steps=REACH + 5) for stride in (1, 10**6))
    # Both have the same paths, one further up: what is added is the weight of that one.
    weights = (combine([fine, coarse]).loc - fine.paths.loc).mean(axis=(0, 1))
    assert 0.5 < weights[0] < 0.55
    assert (np.diff(weights[:REACH]) > 0).all()
    np.testing.assert_allclose(weights[REACH:], 1)


def test_a_resolution_that_is_not_known_has_no_effect() -> None:
    coarse = part(4, 100.0)
    coarse.is_known[0, 3] = coarse.is_known[1] = False
    found = combine([part(1), coarse])
    assert (found.loc[0, :, 2] > 10).all()
    expected = part(1).paths
    np.testing.assert_array_equal(found.values[1], expected.values[1])
    np.testing.assert_array_equal(found.scale[0, :, 3], expected.scale[0, :, 3])


def test_paths_are_high_and_low_as_at_the_finest_resolution() -> None:
    fine, coarse = part(1, seed=1), part(4, seed=2)
    found = combine([fine, coarse])
    np.testing.assert_array_equal(found.values.argsort(axis=1), fine.paths.values.argsort(axis=1))
    np.testing.assert_array_equal(found.loc.argsort(axis=1), fine.paths.loc.argsort(axis=1))


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.integers(0, 5))
def test_quantiles_lie_between_those_of_the_resolutions(
    centre: float, spread: float, seed: int
) -> None:
    parts = [part(1), part(5, centre, spread, seed=seed)]
    found = ordered(combine(parts).values)
    of_parts = [ordered(one.paths.values) for one in parts]
    room = 1e-9 * (1 + abs(centre) + spread)
    assert (found >= np.minimum(*of_parts) - room).all()
    assert (found <= np.maximum(*of_parts) + room).all()


@pytest.mark.parametrize("unit", [1e-30, 1e140])
def test_the_unit_of_a_series_does_not_matter(unit: float) -> None:
    def scaled(one: Part) -> Part:
        values, df, loc, scale = one.paths
        return one._replace(paths=SampledPaths(unit * values, df, unit * loc, unit * scale))

    parts = [part(1), part(4, 3.0, 2.0, seed=1)]
    expected, found = combine(parts), combine([scaled(one) for one in parts])
    np.testing.assert_allclose(found.values, unit * expected.values, rtol=1e-9)
    np.testing.assert_allclose(found.df, expected.df, rtol=1e-9)


def test_infinite_degrees_of_freedom_stay_infinite() -> None:
    parts = [part(1), part(4, seed=1)]
    for one in parts:
        one.paths.df[:] = np.inf
    assert (combine(parts).df == np.inf).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("spreads", [(0.0, 0.0), (0.0, 1.0), (1e-320, 1.0), (1e-320, 1e-310)])
def test_a_spread_that_underflows_has_all_the_weight(spreads: tuple[float, float]) -> None:
    parts = [part(stride, 3.0, spread) for stride, spread in zip((1, 4), spreads, strict=True)]
    found = combine(parts)
    assert all(np.isfinite(field).all() for field in found)
    np.testing.assert_allclose(found.loc, 3.0, rtol=1e-12)
