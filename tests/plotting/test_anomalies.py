"""The picture of anomalies and their scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.dates import date2num

from sktime_lagllama import LagLlamaAnomalyDetector
from sktime_lagllama.plotting import plot_anomalies
from tests.support.pictures import labels, lines

Y = pd.Series(
    np.arange(20.0), pd.date_range("2020-01-01", periods=20, freq="D"), name="temperature"
)
SCORES = pd.Series(np.linspace(0, 4, 20), Y.index)


def test_anomalies_are_marked_in_the_series_and_in_the_scores() -> None:
    above, below = plot_anomalies(Y, SCORES, [3, 7], threshold=2.5)
    times = date2num(Y.index)
    np.testing.assert_allclose(lines(above, "series")[0], np.c_[times, Y])
    np.testing.assert_allclose(lines(above, "anomaly")[0], np.c_[times, Y][[3, 7]])
    np.testing.assert_allclose(lines(below, "score")[0], np.c_[times, SCORES])
    np.testing.assert_allclose(lines(below, "anomaly")[0], np.c_[times, SCORES][[3, 7]])
    np.testing.assert_allclose(lines(below, "threshold")[0][:, 1], 2.5)
    assert labels(above) == ["series", "anomaly"]
    assert labels(below) == ["score", "anomaly", "threshold"]
    assert (above.get_ylabel(), below.get_ylabel()) == ("temperature", "score")


def test_without_anomalies_and_threshold_neither_is_in_the_legend() -> None:
    above, below = plot_anomalies(Y, SCORES, [])
    assert (labels(above), labels(below)) == (["series"], ["score"])


@pytest.mark.parametrize(
    "index",
    [pd.period_range("2020-01", periods=60, freq="M"), pd.RangeIndex(60)],
    ids=["periods", "integers"],
)
def test_what_a_detector_returns_is_drawn(index: pd.Index) -> None:
    values = np.sin(np.arange(60) * np.pi / 6)
    values[40] += 9
    y = pd.Series(values, index)
    detector = LagLlamaAnomalyDetector(device="cpu").fit(y)
    scores, found = detector.transform_scores(y), detector.predict(y)
    assert 40 in list(found["ilocs"])
    above, below = plot_anomalies(y, scores, found, threshold=3)
    np.testing.assert_allclose(lines(above, "anomaly")[0][:, 1], values[found["ilocs"]])
    # The threshold is that of the detector: what lies above it was found.
    assert (lines(below, "anomaly")[0][:, 1] >= lines(below, "threshold")[0][0, 1]).all()


def test_it_draws_on_the_axes_that_it_is_given() -> None:
    _, given = pyplot.subplots(2)
    assert list(plot_anomalies(Y, SCORES, [3], ax=given)) == list(given)
    with pytest.raises(ValueError, match="ax must be two axes"):
        plot_anomalies(Y, SCORES, [3], ax=given[:1])


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(ValueError, match="each of the 20 times of y, but found 2"):
        plot_anomalies(Y, SCORES[:2], [3])
    with pytest.raises(ValueError, match="from 0 to 19, but found 20"):
        plot_anomalies(Y, SCORES, [3, 20])
    with pytest.raises(ValueError, match="y must be of a single series"):
        plot_anomalies(pd.concat({"a": Y, "b": Y}), SCORES, [3])
    with pytest.raises(ValueError, match="scores must have one column"):
        plot_anomalies(Y, pd.DataFrame({"a": SCORES, "b": SCORES}), [3])
