"""Mixtures of Student-t distributions, against scipy, root finding and numerical integration."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad
from scipy.optimize import brentq

from sktime_lagllama.forecasting.mixture import MIN_DF_OF_VARIANCE, StudentTMixture

LEVELS = [1e-6, 0.001, 0.025, 0.1, 0.3, 0.5, 0.6, 0.9, 0.975, 0.999, 1 - 1e-6]


def random_mixture(shape=(5, 20, 4), kind="similar", seed=0, nonnegative=False) -> StudentTMixture:
    rng = np.random.default_rng(seed)
    df = 2 + np.exp(rng.normal(1, 1.5, shape))
    loc = rng.normal(size=shape)
    scale = np.exp(rng.normal(0, 0.3, shape))
    if kind == "far apart":
        loc = rng.integers(0, 3, shape) * 1e3 + loc
    elif kind == "different scales":
        scale = 10 ** rng.uniform(-6, 6, shape)
    elif kind == "nearly normal":
        df = 10 ** rng.uniform(4, 9, shape)
    elif kind == "heavy tails":
        df = 2 + 10 ** rng.uniform(-7, -1, shape)
    return StudentTMixture(df, loc, scale, nonnegative)


def probabilities(mixture: StudentTMixture, values: np.ndarray) -> np.ndarray:
    """Return the distribution function by scipy at values of shape (series, steps, levels)."""
    df, loc, scale = (f[..., None] for f in (mixture.df, mixture.loc, mixture.scale))
    return stats.t.cdf(values[:, None], df, loc, scale).mean(axis=1)


KINDS = ["similar", "far apart", "different scales", "nearly normal", "heavy tails"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("num_components", [2, 20, 301])
def test_quantiles_have_the_probabilities_of_their_levels(kind, num_components):
    mixture = random_mixture((3, num_components, 2), kind)
    found = probabilities(mixture, mixture.quantiles(LEVELS))
    np.testing.assert_allclose(found, np.broadcast_to(LEVELS, found.shape), atol=2e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_quantiles_far_out_have_the_right_size_of_tail(kind):
    mixture = random_mixture((3, 20, 2), kind)
    levels = np.array([1e-15, 1e-12, 1e-9])
    lower = probabilities(mixture, mixture.quantiles(levels))
    mirrored = StudentTMixture(mixture.df, -mixture.loc, mixture.scale)
    upper = probabilities(mirrored, -mixture.quantiles(1 - levels[1:]))
    np.testing.assert_allclose(lower, np.broadcast_to(levels, lower.shape), rtol=1e-6)
    # 1 - level itself is rounded.
    np.testing.assert_allclose(upper, np.broadcast_to(levels[1:], upper.shape), rtol=2e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_quantiles_are_those_that_root_finding_gives(kind):
    mixture = random_mixture((1, 7, 1), kind)
    df, loc, scale = (f.ravel() for f in (mixture.df, mixture.loc, mixture.scale))
    for level in (0.01, 0.5, 0.8):
        each = stats.t.ppf(level, df, loc, scale)
        expected = brentq(
            lambda x, level=level: stats.t.cdf(x, df, loc, scale).mean() - level,
            *(each.min(), each.max()),
            xtol=1e-13,
            rtol=1e-14,
        )
        [[[quantile]]] = mixture.quantiles([level])
        assert quantile == pytest.approx(expected, rel=1e-6, abs=1e-7)


def test_one_component_has_its_own_quantiles():
    mixture = random_mixture((6, 1, 3))
    expected = stats.t.ppf(
        LEVELS, *(f.swapaxes(1, 2) for f in (mixture.df, mixture.loc, mixture.scale))
    )
    np.testing.assert_allclose(mixture.quantiles(LEVELS), expected, rtol=1e-6)


def test_equal_components_are_exactly_one_component():
    one = random_mixture((4, 1, 3))
    many = StudentTMixture(*(f.repeat(20, axis=1) for f in (one.df, one.loc, one.scale)))
    np.testing.assert_array_equal(many.quantiles(LEVELS), one.quantiles(LEVELS))
    np.testing.assert_allclose(many.mean(), one.mean(), rtol=1e-14)
    np.testing.assert_allclose(many.variance(), one.variance(), rtol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_quantiles_depend_on_no_other_level_series_or_step(kind):
    mixture = random_mixture((40, 13, 5), kind)
    together = mixture.quantiles(LEVELS)
    for number, level in enumerate(LEVELS):
        np.testing.assert_array_equal(mixture.quantiles([level])[..., 0], together[..., number])
    for series, step in ((0, 0), (17, 3), (39, 4)):
        index = (slice(series, series + 1), slice(None), slice(step, step + 1))
        alone = StudentTMixture(mixture.df[index], mixture.loc[index], mixture.scale[index])
        np.testing.assert_array_equal(alone.quantiles(LEVELS)[0, 0], together[series, step])


@pytest.mark.parametrize("kind", KINDS)
def test_quantiles_do_not_cross(kind):
    levels = np.r_[np.geomspace(1e-12, 0.01, 50), np.linspace(0.01, 0.99, 981), 0.999, 0.99999]
    assert (np.diff(random_mixture(kind=kind).quantiles(levels)) >= 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_intervals_nest_and_lie_between_the_quantiles_of_the_components(kind):
    mixture = random_mixture((3, 5, 2), kind)
    each = StudentTMixture(
        *(f.reshape(15, 1, 2) for f in (mixture.df, mixture.loc, mixture.scale))
    ).quantiles(LEVELS)
    each = each.reshape(3, 5, 2, -1)
    quantiles = mixture.quantiles(LEVELS)
    rounding = 1e-12 * np.abs(each).max(axis=1)
    assert (quantiles >= each.min(axis=1) - rounding).all()
    assert (quantiles <= each.max(axis=1) + rounding).all()


@pytest.mark.parametrize("kind", KINDS)
def test_order_and_duplicates_of_components_do_not_matter(kind):
    mixture = random_mixture(kind=kind)
    fields = (mixture.df, mixture.loc, mixture.scale)
    reversed_order = StudentTMixture(*(f[:, ::-1] for f in fields))
    twice = StudentTMixture(*(f.repeat(2, axis=1) for f in fields))
    probability = probabilities(mixture, mixture.quantiles(LEVELS))
    for other in (reversed_order, twice):
        found = probabilities(mixture, other.quantiles(LEVELS))
        np.testing.assert_allclose(found, probability, atol=1e-12)
        np.testing.assert_allclose(other.mean(), mixture.mean(), rtol=1e-12)
        np.testing.assert_allclose(other.variance(), mixture.variance(), rtol=1e-12)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
@settings(max_examples=50, deadline=None)
def test_forecasts_move_and_stretch_with_the_data(shift, stretch):
    mixture = random_mixture((2, 9, 3))
    other = StudentTMixture(mixture.df, shift + stretch * mixture.loc, stretch * mixture.scale)
    rounding = 1e-9 * (abs(shift) + stretch)
    quantiles = shift + stretch * mixture.quantiles([0.1, 0.5])
    np.testing.assert_allclose(other.quantiles([0.1, 0.5]), quantiles, atol=rounding)
    np.testing.assert_allclose(other.mean(), shift + stretch * mixture.mean(), atol=rounding)
    # The locations have lost digits to the shift.
    lost = 1e-14 * (abs(shift) + stretch) * stretch
    np.testing.assert_allclose(
        other.variance(), stretch**2 * mixture.variance(), rtol=1e-9, atol=10 * lost
    )


def test_quantiles_mirror():
    mixture = random_mixture()
    mirrored = StudentTMixture(mixture.df, -mixture.loc, mixture.scale)
    np.testing.assert_allclose(
        mirrored.quantiles([0.25, 0.5]), -mixture.quantiles([0.75, 0.5]), atol=1e-12
    )


def test_extreme_parameters_have_finite_forecasts():
    mixture = StudentTMixture(
        df=np.array([[[2.0000001], [1e8], [np.inf]]] * 4),
        loc=np.array([[[0.0]] * 3, [[1e9]] * 3, [[-1e300], [0.0], [1e300]], [[0.0], [1.0], [2.0]]]),
        scale=np.array([[[1e-12], [1.0], [1.0]], [[1e-10]] * 3, [[1e290]] * 3, [[1e-300]] * 3]),
    )
    quantiles = mixture.quantiles([0.05, 0.5, 0.95])
    assert np.isfinite(quantiles).all()
    assert (np.diff(quantiles) >= 0).all()
    np.testing.assert_allclose(quantiles[1], 1e9)
    np.testing.assert_allclose(quantiles[2, 0, 1], 0.0, atol=1e292)
    np.testing.assert_allclose(quantiles[3], [[0.0, 1.0, 2.0]], atol=1e-200)


def test_levels_zero_and_one_are_infinitely_far_away():
    mixture = random_mixture((1, 3, 1))
    assert mixture.quantiles([0.0, 1.0]).ravel().tolist() == [-np.inf, np.inf]
    clipped = StudentTMixture(mixture.df, mixture.loc, mixture.scale, nonnegative=True)
    assert clipped.quantiles([0.0, 1.0]).ravel().tolist() == [0.0, np.inf]


@pytest.mark.parametrize("level", [-0.1, 1.1, np.nan])
def test_a_level_that_is_no_probability_is_refused(level):
    with pytest.raises(ValueError, match="between 0 and 1"):
        random_mixture().quantiles([0.5, level])


def test_quantiles_of_clipped_values_are_clipped_quantiles():
    mixture = random_mixture()
    clipped = random_mixture(nonnegative=True)
    expected = np.maximum(mixture.quantiles(LEVELS), 0)
    np.testing.assert_array_equal(clipped.quantiles(LEVELS), expected)
    assert (expected == 0).any()


def test_mean_and_variance_are_those_of_the_distribution():
    mixture = StudentTMixture(
        df=np.array([[[2.5], [5.0], [np.inf]]]),
        loc=np.array([[[1.0], [-2.0], [0.5]]]),
        scale=np.array([[[1.0], [0.5], [2.0]]]),
    )
    squares = [1.0 * 2.5 / 0.5 + 1.0, 0.25 * 5 / 3 + 4.0, 4.0 + 0.25]
    mean = -0.5 / 3
    assert mixture.mean().item() == pytest.approx(mean)
    assert mixture.variance().item() == pytest.approx(np.mean(squares) - mean**2)


CLIPPED_CASES = [
    (df, loc, scale)
    for df in (2.3, 3.0, 7.5, 60.0, 2e3, 1e9, np.inf)
    for loc, scale in ((0.0, 1.0), (2.0, 1.0), (-2.0, 1.0), (-6.0, 2.0), (30.0, 0.7), (-30.0, 3.0))
]


@pytest.mark.parametrize(("df", "loc", "scale"), CLIPPED_CASES)
def test_mean_and_variance_of_clipped_values_are_their_integrals(df, loc, scale):
    mixture = StudentTMixture(
        *(np.full((1, 1, 1), value) for value in (df, loc, scale)), nonnegative=True
    )
    distribution = stats.norm(loc, scale) if df > 1e8 else stats.t(df, loc, scale)

    def moment(power: int) -> float:
        """Integrate ``power * x**(power - 1) * P(value > x)`` from zero, by x = exp(s)."""
        return quad(
            lambda s: power * np.exp(power * s) * distribution.sf(np.exp(s)),
            *(-40, np.log(max(loc, scale)) + 40 / min(df - power, 1.0)),
            points=[np.log(max(loc, scale)) - 2, np.log(max(loc, scale)), np.log(scale) + 4],
            limit=2000,
            epsabs=0,
            epsrel=1e-11,
        )[0]

    mean = moment(1)
    assert mixture.mean().item() == pytest.approx(mean, rel=1e-7, abs=1e-13)
    assert mixture.variance().item() == pytest.approx(moment(2) - mean**2, rel=1e-5, abs=1e-12)


def test_clipping_far_below_the_values_changes_nothing():
    rng = np.random.default_rng(0)
    df, scale = rng.uniform(40, 90, (3, 20, 2)), rng.uniform(0.5, 2, (3, 20, 2))
    loc = 1e3 + rng.normal(size=df.shape)
    mixture, clipped = (StudentTMixture(df, loc, scale, clips) for clips in (False, True))
    np.testing.assert_allclose(clipped.mean(), mixture.mean(), rtol=1e-13)
    np.testing.assert_allclose(clipped.variance(), mixture.variance(), rtol=1e-10)


@pytest.mark.parametrize("nonnegative", [False, True])
def test_variance_stays_finite_where_that_of_a_component_is_infinite(nonnegative):
    shape = (1, 2, 1)
    mixture = StudentTMixture(np.full(shape, 2.0), np.zeros(shape), np.ones(shape), nonnegative)
    floor = StudentTMixture(
        np.full(shape, MIN_DF_OF_VARIANCE), np.zeros(shape), np.ones(shape), nonnegative
    )
    assert mixture.variance().item() == floor.variance().item() < 21.1


@pytest.mark.parametrize("kind", KINDS)
def test_mean_and_variance_of_clipped_values_are_not_negative(kind):
    mixture = random_mixture(kind=kind, nonnegative=True)
    below = StudentTMixture(mixture.df, mixture.loc - 1e4, mixture.scale, nonnegative=True)
    for forecast in (mixture, below):
        assert (forecast.mean() >= 0).all()
        assert (forecast.variance() >= 0).all()
        assert np.isfinite(forecast.variance()).all()


def test_the_mean_of_clipped_values_warns_of_nothing_that_only_the_variance_needs():
    for df, scale in [(2.0, 1.0), (5.0, 1e200)]:
        mixture = StudentTMixture(*(np.full((1, 1, 1), x) for x in (df, 0.0, scale)), True)
        with warnings.catch_warnings(action="error"):
            assert np.isfinite(mixture.mean()).all()
