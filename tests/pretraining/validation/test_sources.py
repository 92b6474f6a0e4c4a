"""The series of the validation set."""

from __future__ import annotations

import socket
import sys

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama.pretraining.validation.sources import (
    RealSeries,
    load_real_series,
    read_packaged_table,
)
from sktime_lagllama.pretraining.validation.windows import rolling_windows

WITH_GAPS = {"co2"}


def test_series_load_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    pytest.importorskip("statsmodels")
    assert len(load_real_series.__wrapped__()) > 100


def test_without_statsmodels_the_series_of_sktime_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "statsmodels"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "statsmodels", None)
    with pytest.warns(UserWarning, match="without statsmodels"):
        series = load_real_series.__wrapped__()
    assert {"airline", "shampoo", "lynx", "uschange/Income"} <= {one.name for one in series}
    assert rolling_windows(series)


def test_a_missing_file_is_only_warned_of() -> None:
    with pytest.warns(UserWarning, match="lacks no-such-file"):
        assert read_packaged_table("sktime", "no-such-file.csv") is None


def test_series_are_finite_and_regular(every_series: tuple[RealSeries, ...]) -> None:
    for one in every_series:
        assert isinstance(one.values.index, pd.PeriodIndex)
        assert (np.diff(one.values.index.asi8) == 1).all(), one.name
        assert not np.isinf(one.values).any(), one.name
        assert one.values.notna().all() or one.source in WITH_GAPS, one.name
        assert one.values.dropna().nunique() > 5, one.name
    assert len({(one.group, one.name) for one in every_series}) == len(every_series)


def test_no_two_series_are_the_same(every_series: tuple[RealSeries, ...]) -> None:
    seen = {one.values.to_numpy().tobytes() for one in every_series}
    assert len(seen) == len(every_series)
