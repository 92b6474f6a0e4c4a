"""Errors about missing times name the instance, and what they advise works as it stands."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama.data.containers import to_series_batch

TIMES: dict[str, pd.Index] = {
    "hours": pd.date_range("2020-10-24", periods=60, freq="h", tz="Europe/Berlin"),
    "months": pd.date_range("2020-01-01", periods=60, freq="MS"),
    "business days": pd.date_range("2020-01-01", periods=60, freq="B"),
    "months on a day": pd.date_range("2020-01-05", periods=60, freq=pd.DateOffset(months=2)),
    "periods": pd.period_range("2020-01", periods=60, freq="M"),
    "integers": pd.RangeIndex(5, 65),
}
GAP = 41


def series_of(times: pd.Index, with_gap: bool) -> pd.DataFrame:
    """Return a series on times without a freq."""
    if isinstance(times, pd.DatetimeIndex):
        times = pd.DatetimeIndex(times.array, freq=None)  # type: ignore[arg-type]
    y = pd.DataFrame({"value": np.arange(60.0)}, index=times)
    return y.drop(times[GAP]) if with_gap else y


def advice_of(message: str) -> str:
    """Return the code at the end of an error's message."""
    found = re.search(r"(?:by|example by) (y\..*)$", message)
    assert found is not None, message
    return found.group(1)


@pytest.mark.parametrize("num_levels", [1, 2])
@pytest.mark.parametrize("name", list(TIMES))
def test_the_advice_for_a_gap_in_a_panel_names_the_instance_and_works(
    name: str, num_levels: int
) -> None:
    times = TIMES[name]
    labels = ["north", "south"] if num_levels == 1 else [("city", "north"), ("city", "south")]
    parts = dict(zip(labels, (series_of(times, False), series_of(times, True)), strict=True))
    y = pd.concat(parts)
    with pytest.raises(ValueError, match="spaced") as error:
        to_series_batch(y)
    assert str(error.value).startswith(f"instance {labels[1]!r}: ")
    batch = to_series_batch(eval(advice_of(str(error.value)), {"y": y, "pd": pd}))
    assert batch.lengths.tolist() == [60, 60]
    assert np.flatnonzero(np.isnan(batch.values)).tolist() == [60 + GAP]


@pytest.mark.parametrize("name", ["hours", "months", "periods", "integers"])
def test_the_advice_for_a_gap_in_a_series_works(name: str) -> None:
    times = TIMES[name]
    y = series_of(times, True)
    with pytest.raises(ValueError, match="spaced") as error:
        to_series_batch(y)
    if name != "months":  # whose steps have many lengths: a series alone cannot tell
        batch = to_series_batch(eval(advice_of(str(error.value)), {"y": y, "pd": pd}))
        assert np.flatnonzero(np.isnan(batch.values)).tolist() == [GAP]


def test_errors_about_order_and_size_name_the_instance_too() -> None:
    months = pd.period_range("2020-01", periods=3, freq="M")
    fine = pd.DataFrame({"value": [1.0, 2.0, 3.0]}, index=months)
    for wrong, message in [
        (fine.iloc[[0, 0, 1]], "'south': y has the time stamp 2020-01 twice"),
        (fine.iloc[[1, 0]], "'south': time stamps must increase"),
        (fine.replace(2.0, np.inf), "'south': y must be finite, but column 'value' is inf"),
        (fine * 1e150, "'south': y must lie between"),
    ]:
        with pytest.raises(ValueError, match=f"^instance {message}"):
            to_series_batch(pd.concat({"north": fine, "south": wrong}))
