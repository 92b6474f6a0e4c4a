"""Which regressions are chosen, and what they knew at any time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sktime_lagllama.covariates.regression import Regression
from sktime_lagllama.covariates.remainder import Remainder
from sktime_lagllama.covariates.selection import comparison_times
from sktime_lagllama.covariates.table import read_table
from sktime_lagllama.data.containers import to_series_batch


def months(values: np.ndarray, start: str = "2000-01") -> pd.DataFrame:
    index = pd.period_range(start, periods=len(values), freq="M")
    return pd.DataFrame(values, index=index, columns=pd.Index(list("abcdefgh")[: values.shape[1]]))


def example(length: int = 80, seed: int = 0, effect: tuple[float, ...] = (2.0, -1.0)):
    """Return y, with trend and season, and X, whose columns have these effects."""
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((length, len(effect))).cumsum(axis=0)
    times = np.arange(length)
    base = 0.3 * times + 5 * np.sin(2 * np.pi * times / 12)
    y = base + x @ np.array(effect) + 0.1 * generator.standard_normal(length)
    return months(y[:, None]), months(x)


def learned(y: pd.DataFrame, X: pd.DataFrame, until: int | None = None) -> Regression:
    series = to_series_batch(y)
    last = int((series.starts + series.lengths).max()) - 1
    return Regression.learn(series, read_table(X, series), last if until is None else until)


def effect_of_one(regression: Regression, X: pd.DataFrame) -> np.ndarray:
    """Return what the latest coefficients say about columns, relative to the first row."""
    positions = regression.y.grid.positions(X.index)[None]
    numbers = np.array([0])
    features = regression.features_at(numbers, positions, regression.latest.standards.of([0]))[0]
    effect = features @ regression.latest.weights[0]
    return effect - effect[0]


def test_linear_effects_are_found_under_a_trend_and_a_season() -> None:
    y, X = example()
    found = effect_of_one(learned(y, X), X)
    expected = X.to_numpy() @ [2.0, -1.0]
    np.testing.assert_allclose(found, expected - expected[0], atol=0.1 * np.std(expected))


def test_a_u_shape_that_changes_with_the_season_is_found() -> None:
    generator = np.random.default_rng(0)
    length = 24 * 60
    index = pd.period_range("2020-01-01", periods=length, freq="h")
    hours = np.arange(length) % 24
    temperature = generator.standard_normal(length).cumsum() * 0.3
    y = np.square(temperature) * (1 + 0.5 * np.sin(2 * np.pi * hours / 24))
    X = pd.DataFrame({"temperature": temperature}, index=index)
    noisy = pd.DataFrame({"y": y + 0.01 * generator.standard_normal(length)}, index=index)
    found = effect_of_one(learned(noisy, X), X)
    assert np.std(found - y) < 0.2 * np.std(y)


@pytest.mark.parametrize("seed", range(5))
def test_a_column_without_an_effect_gets_hardly_any(seed: int) -> None:
    y, _ = example(seed=seed, effect=(0.0,))
    X = months(np.random.default_rng(seed + 100).standard_normal((80, 1)).cumsum(axis=0))
    assert np.std(effect_of_one(learned(y, X), X)) < 0.05 * np.std(y.to_numpy())


def test_two_random_walks_do_not_explain_each_other() -> None:
    generator = np.random.default_rng(0)
    shares = []
    for _ in range(20):
        y, x = generator.standard_normal((2, 120, 1)).cumsum(axis=1)
        shares.append(np.std(effect_of_one(learned(months(y), months(x)), months(x))) / np.std(y))
    assert np.median(shares) < 0.15


def test_too_short_a_history_gets_no_regression() -> None:
    y, X = example(length=7)
    assert not learned(y, X).latest.weights.any()


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), cutoff=st.integers(0, 79), gaps=st.booleans())
def test_nothing_after_a_cutoff_has_an_influence_on_its_coefficients(
    seed: int, cutoff: int, gaps: bool
) -> None:
    y, X = example(seed=seed)
    if gaps:
        y.iloc[5:50:7] = np.nan
        X.iloc[3:60:11, 0] = np.nan
    later = learned(y, X)
    y_changed, X_changed = y.copy(), X.copy()
    y_changed.iloc[cutoff + 1 :] = -1e6
    X_changed.iloc[cutoff + 1 :] = 1e6
    position = int(later.y.starts[0]) + cutoff
    then = learned(y.iloc[: cutoff + 1], X, until=position)
    for regression in (later, learned(y_changed, X_changed)):
        ((rows, found),) = list(regression.at_cutoffs(np.array([0]), np.array([position])))
        assert list(rows) == [0]
        used = slice(found.weights.shape[1])
        assert not then.latest.weights[:, used.stop :].any()
        np.testing.assert_allclose(
            found.weights, then.latest.weights[:, used], rtol=1e-6, atol=1e-9
        )
        np.testing.assert_allclose(
            found.root @ found.root.swapaxes(1, 2),
            (then.latest.root @ then.latest.root.swapaxes(1, 2))[:, used, used],
            rtol=1e-4,
            atol=1e-9,
        )


def test_all_cutoffs_at_once_have_the_coefficients_of_each() -> None:
    frames = [example(length=length, seed=length) for length in (60, 80, 45)]
    y, X = (pd.concat([frame[part] for frame in frames], keys=list("uvw")) for part in (0, 1))
    regression = learned(y, X)
    generator = np.random.default_rng(0)
    series = generator.integers(3, size=100)
    cutoffs = regression.y.starts[0] + generator.integers(-2, 85, size=100)
    seen = []
    for rows, found in regression.at_cutoffs(series, cutoffs):
        assert len(set(series[rows])) == 1
        for row, weights in zip(rows, found.weights, strict=True):
            seen.append(row)
            ((_, alone),) = list(regression.at_cutoffs(series[[row]], cutoffs[[row]]))
            np.testing.assert_allclose(weights, alone.weights[0], rtol=1e-6, atol=1e-9)
    assert sorted(seen) == list(range(100))


def test_a_panel_has_the_regressions_of_its_series_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = {
        "long": example(length=90, seed=1),
        "short": example(length=20, seed=2, effect=(5.0, 0.0)),
        "late": tuple(frame.iloc[40:] for frame in example(length=90, seed=3)),
    }
    y, X = (pd.concat({name: frame[part] for name, frame in frames.items()}) for part in (0, 1))
    until = None
    for size in (2**22, 1):
        monkeypatch.setattr("sktime_lagllama.covariates.regression.MAX_VALUES_CHUNK", size)
        panel = learned(y, X)
        until = panel.learned_until
        for number, (one, columns) in enumerate(frames.values()):
            alone = learned(one, columns, until=until)
            np.testing.assert_allclose(
                panel.latest.weights[number], alone.latest.weights[0], rtol=1e-6, atol=1e-9
            )


def test_windows_of_the_remainder_are_what_was_left_at_their_cutoffs() -> None:
    y, X = example()
    series = to_series_batch(y)
    whole = Remainder.read(series, X, int(series.starts[0]) + 79)
    numbers = np.zeros(5, dtype=np.int64)
    cutoffs = series.starts[0] + np.array([79, 30, 60, 3, 45])
    found = whole.windows(numbers, cutoffs, 20)
    for row, cutoff in enumerate(cutoffs):
        part = y.iloc[: int(cutoff - series.starts[0]) + 1]
        then = Remainder.read(to_series_batch(part), X, int(cutoff))
        expected = then.windows(numbers[:1], np.array([cutoff]), 20)[0]
        np.testing.assert_allclose(found[row], expected, rtol=1e-6, atol=1e-8)


def test_the_remainder_is_missing_where_y_is_or_x_is_not_yet_known() -> None:
    y, X = example()
    y.iloc[20] = np.nan
    X.iloc[:10, 1] = np.nan
    X.iloc[40:44, 0] = np.nan
    series = to_series_batch(y)
    values = Remainder.read(series, X, int(series.starts[0]) + 79).values
    missing = np.flatnonzero(np.isnan(values))
    np.testing.assert_array_equal(missing, [*range(10), 20])


def test_times_of_comparison_do_not_depend_on_what_follows() -> None:
    long = comparison_times(1000)
    assert long[0] == 0
    for length in range(200):
        assert comparison_times(length) == [time for time in long if time <= length]
