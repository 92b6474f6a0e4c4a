"""How the effect of X, and what is not known of it, gets into sample paths and distributions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student_t

from sktime_lagllama.covariates.effect import Effect
from sktime_lagllama.forecasting.mixture import StudentTMixture
from sktime_lagllama.sampling.sampled_paths import SampledPaths


def paths_of(df: float, num_samples: int, num_steps: int = 1) -> SampledPaths:
    """Return paths of one series, around 10 with scale 2."""
    shape = (1, num_samples, num_steps)
    levels = (np.arange(num_samples) + 0.5) / num_samples
    values = 10 + 2 * student_t(df).ppf(np.random.default_rng(0).permutation(levels))
    return SampledPaths(
        np.broadcast_to(values[None, :, None], shape),
        np.full(shape, df),
        np.full(shape, 10.0),
        np.full(shape, 2.0),
    )


def effect(root: list[list[float]], shift: float = 5.0, **parameters) -> Effect:
    """Return the effect on one series with a row of the root for each step."""
    roots = np.array(root)[None]
    return Effect(
        np.full(roots.shape[:2], shift),
        roots,
        streams=np.array([0]),
        **{"seed": 3, "nonnegative": False, **parameters},
    )


def marginal(paths: SampledPaths) -> StudentTMixture:
    return StudentTMixture(paths.df, paths.loc, paths.scale)


def test_a_certain_effect_only_shifts() -> None:
    paths = paths_of(df=2.05, num_samples=7)
    found = effect([[0.0, 0.0]]).add_to(paths, slice(0, 1))
    np.testing.assert_array_equal(found.values, paths.values + 5)
    np.testing.assert_array_equal(found.loc, paths.loc + 5)
    np.testing.assert_array_equal(found.df, paths.df)
    np.testing.assert_array_equal(found.scale, paths.scale)


@pytest.mark.parametrize("df", [6.0, 30.0, np.inf])
@pytest.mark.parametrize("deviation", [0.2, 2.0, 20.0])
def test_single_steps_have_about_the_mean_and_variance_of_the_sum(
    df: float, deviation: float
) -> None:
    found = marginal(effect([[deviation]]).add_to(paths_of(df, 3), slice(0, 1)))
    np.testing.assert_allclose(found.mean(), 15.0)
    own = 4.0 if np.isinf(df) else 4.0 * df / (df - 2)
    np.testing.assert_allclose(found.variance(), own + deviation**2, rtol=0.1)


@pytest.mark.parametrize(("df", "error"), [(2.1, 0.02), (3.0, 0.02), (4.0, 0.01), (9.0, 0.01)])
@pytest.mark.parametrize("deviation", [0.4, 1.0, 2.0, 4.0, 20.0])
def test_quantiles_are_close_to_those_of_the_sum(df: float, error: float, deviation: float) -> None:
    levels = [0.025, 0.1, 0.2, 0.3, 0.4, 0.5, 0.8]
    found = marginal(effect([[deviation]]).add_to(paths_of(df, 1), slice(0, 1))).quantiles(levels)
    # The distribution of the sum, averaged over the Student-t deviation.
    own = 15 + 2 * student_t(df).ppf((np.arange(20_000) + 0.5) / 20_000)
    reached = [norm(own, deviation).cdf(value).mean() for value in found[0, 0]]
    np.testing.assert_allclose(reached, levels, atol=error)


def test_paths_have_the_variance_of_the_sum_and_move_together() -> None:
    found = effect([[3.0, 0.0], [6.0, 0.0], [0.0, 3.0]]).add_to(
        paths_of(30.0, 4000, num_steps=3), slice(0, 1)
    )
    deviations = found.values[0] - paths_of(30.0, 4000, num_steps=3).values[0] - 5.0
    np.testing.assert_allclose(deviations.mean(axis=0), 0.0, atol=0.05)
    expected = [[9.0, 18.0, 0.0], [18.0, 36.0, 0.0], [0.0, 0.0, 9.0]]
    np.testing.assert_allclose(np.cov(deviations.T), expected, atol=1.0)


def test_the_draws_of_a_series_do_not_depend_on_the_others() -> None:
    generator = np.random.default_rng(0)
    shift, root = generator.normal(size=(2, 4)), generator.normal(size=(2, 4, 3))
    both = Effect(shift, root, 1, np.array([7, 2**62]), False)
    paths = SampledPaths(*(np.abs(generator.normal(size=(2, 5, 4))) + 3 for _ in range(4)))
    together = both.add_to(paths, slice(0, 2))
    second = both.add_to(paths.select(slice(1, 2)), slice(1, 2))
    for found, expected in zip(second, together, strict=True):
        np.testing.assert_array_equal(found[0], expected[1])


def test_values_are_clipped_after_the_effect_was_added() -> None:
    paths = paths_of(5.0, 20)
    found = effect([[0.0]], shift=-12.0, nonnegative=True).add_to(paths, slice(0, 1))
    np.testing.assert_array_equal(found.values, np.maximum(paths.values - 12.0, 0.0))
    assert (found.values == 0).any() and (found.values > 0).any()
