"""What users of the detector see."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama import LagLlamaAnomalyDetector
from sktime_lagllama._typing import Float64Array


def daily(length: int = 200, seed: int = 0) -> pd.Series:
    """Simulate days with a weekly season."""
    random = np.random.default_rng(seed)
    values = 20 + 3 * np.sin(2 * np.pi * np.arange(length) / 7) + random.standard_normal(length)
    return pd.Series(values, pd.period_range("2022-01-03", periods=length, freq="D"), name="load")


def with_outliers(y: pd.Series, *places: int) -> pd.Series:
    changed = y.copy()
    changed.iloc[list(places)] += 25
    return changed


def scores_of(detector: LagLlamaAnomalyDetector, X: Any) -> Float64Array:
    return detector.transform_scores(X)["scores"].to_numpy()


def detector(**parameters: Any) -> LagLlamaAnomalyDetector:
    return LagLlamaAnomalyDetector(**{"device": "cpu", "context_length": 64, **parameters})


def test_outliers_are_found_and_nothing_else() -> None:
    y = with_outliers(daily(), 90, 150)
    fitted = detector().fit(y)
    assert list(fitted.predict(y)["ilocs"]) == [90, 150]
    assert list(fitted.predict_points(y)["ilocs"]) == [90, 150]
    labels = fitted.transform(y)["labels"].to_numpy()
    assert list(np.flatnonzero(labels)) == [90, 150]
    scores = fitted.transform_scores(y)
    assert scores.index.equals(y.index)
    np.testing.assert_array_equal(
        fitted.predict_scores(y)["scores"], scores["scores"].iloc[[90, 150]]
    )


def test_segments_begin_at_anomalies() -> None:
    y = daily()
    y.iloc[120:] += 25  # the level shifts for good
    fitted = detector().fit(y)
    places = list(fitted.predict(y)["ilocs"])
    assert places[0] == 120
    assert len(places) <= 2
    intervals = fitted.predict_segments(y)["ilocs"]
    assert [interval.left for interval in intervals] == [0, *places]
    assert [interval.right for interval in intervals] == [*places, 200]


def test_an_outlier_does_not_hide_the_next_one() -> None:
    y = with_outliers(daily(), 90, 150)
    plain, robust = (scores_of(detector(robust=robust).fit(y), y) for robust in (False, True))
    assert plain[150] + 3 < robust[150]


def test_values_before_x_are_known_from_fit_and_update() -> None:
    y = daily()
    whole = scores_of(detector(robust=False).fit(y), y)
    fitted = detector(robust=False).fit(y[:120])
    found = scores_of(fitted, y[120:])
    assert np.corrcoef(found, whole[120:])[0, 1] > 0.95
    updated = detector(robust=False).fit(y[:50]).update(y[50:120])
    np.testing.assert_allclose(scores_of(updated, y[120:]), found, atol=1e-3)
    alone = detector(robust=False).fit(daily(80, seed=1).set_axis(range(80)))
    assert scores_of(alone, y.iloc[120:].set_axis(range(80)))[0] == 0


def test_what_comes_after_x_in_the_training_data_is_not_seen() -> None:
    y = daily()
    seen = with_outliers(y, 130)
    seen.iloc[150:] = 1e6
    np.testing.assert_allclose(
        scores_of(detector().fit(seen), y[100:150]),
        scores_of(detector().fit(y), y[100:150]),
        atol=1e-4,
    )


def test_missing_values_have_the_score_zero_and_disturb_nothing() -> None:
    y = with_outliers(daily(), 150)
    y.iloc[[0, 1, 60, 61, 62, 149]] = np.nan
    fitted = detector().fit(y)
    assert list(fitted.predict(y)["ilocs"]) == [150]
    assert (scores_of(fitted, y)[y.isna()] == 0).all()


def test_a_time_is_an_anomaly_if_any_of_its_columns_is() -> None:
    X = pd.DataFrame({"a": with_outliers(daily(), 90), "b": with_outliers(daily(seed=1), 150)})
    fitted = detector().fit(X)
    assert list(fitted.predict(X)["ilocs"]) == [90, 150]


def test_rows_of_a_panel_are_those_of_its_instances() -> None:
    each = {"x": with_outliers(daily(120), 100), "y": with_outliers(daily(90, seed=1), 60)}
    X = pd.concat({name: y.to_frame() for name, y in each.items()})
    fitted = detector().fit(X)
    assert list(fitted.predict(X)["ilocs"]) == [100, 120 + 60]
    alone = [scores_of(detector().fit(y), y) for y in each.values()]
    np.testing.assert_allclose(scores_of(fitted, X), np.concatenate(alone), atol=1e-3)


@pytest.mark.parametrize(
    "convert", [pd.Series.to_numpy, pd.Series.to_frame, pd.Series.to_timestamp]
)
def test_the_container_does_not_matter(convert: Any) -> None:
    y = with_outliers(daily(), 90, 150)
    X = convert(y)
    assert list(detector().fit(X).predict(X)["ilocs"]) == [90, 150]


def test_broken_patterns_are_found_by_windows() -> None:
    pattern = 20 + 3 * np.sin(2 * np.pi * np.arange(400) / 24)
    pattern[300:324] = 40 - pattern[300:324]
    gains, are_found = [], []
    for seed in range(4):
        y = pattern + 0.7 * np.random.default_rng(seed).standard_normal(400)
        alone, together = (
            scores_of(detector(window=window, robust=False).fit(y), y) for window in (1, 11)
        )
        gains.append(together[300:324].mean() - alone[300:324].mean())
        are_found.append(together[300:324].max() == together[50:].max())
    assert min(gains) > 0
    assert sum(are_found) >= 3


def test_fewer_false_alarms_are_fewer_alarms() -> None:
    y = with_outliers(daily(), 90)
    rates = (0.3, 0.1, 0.01, 1e-5)
    alarms = [len(detector(false_alarm_rate=rate).fit_predict(y)) for rate in rates]
    assert alarms == sorted(alarms, reverse=True)
    assert alarms[0] > alarms[-1]
    corrected = detector(false_alarm_rate=0.3, correction="bonferroni").fit_predict(y)
    assert len(corrected) < alarms[0]


@pytest.mark.slow
@pytest.mark.parametrize("calibration", ["model", "training"])
def test_false_alarms_are_about_as_rare_as_asked_for(
    calibration: Literal["model", "training"],
) -> None:
    y = daily(12_000)
    fitted = LagLlamaAnomalyDetector(
        false_alarm_rate=0.01, robust=False, calibration=calibration, device="cpu"
    ).fit(y[:2000])
    rate = len(fitted.predict(y[2000:])) / 10_000
    lowest = 0.0003 if calibration == "model" else 0.003
    assert lowest < rate < 0.015


def test_calibration_raises_scores_where_the_model_was_rarely_surprised() -> None:
    # The noise of these values is far smaller than the model expects it to be.
    y = pd.Series(
        np.tile([1.0, 5.0, 3.0, 7.0], 60) + 1e-3 * np.random.default_rng(0).normal(size=240)
    )
    plain = scores_of(detector().fit(y), y)[100:]
    calibrated = scores_of(detector(calibration="training").fit(y), y)[100:]
    assert np.median(calibrated) > np.median(plain)
    assert np.median(calibrated) == pytest.approx(np.log10(2), abs=0.15)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"false_alarm_rate": 0.0}, "false_alarm_rate must be"),
        ({"false_alarm_rate": 1.5}, "false_alarm_rate must be"),
        ({"correction": "holm"}, "correction must be one of"),
        ({"window": 4}, "window must be odd, but found 4"),
        ({"window": 0}, "window must be a positive integer"),
        ({"calibration": "test"}, "calibration must be one of"),
        ({"context_length": 10**6}, "context_length must be at most"),
    ],
)
def test_wrong_parameters_are_named(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        detector(**parameters).fit(daily())


def test_data_that_do_not_fit_the_training_data_are_an_error() -> None:
    fitted = detector().fit(daily())
    with pytest.raises(ValueError, match="X must have 1 columns"):
        fitted.predict(pd.DataFrame({"a": daily(), "b": daily()}))
    with pytest.raises((TypeError, ValueError), match="time stamps"):
        fitted.predict(daily().set_axis(range(200)))
