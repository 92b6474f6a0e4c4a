"""The default settings beside other packages."""

from __future__ import annotations

from functools import partial

import pytest

from benchmarks.speed import default_settings
from benchmarks.speed.default_settings import Contender


def test_contenders_are_timed_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(default_settings, "REPEATS", 2)
    monkeypatch.setattr(default_settings, "PANEL_REPEATS", 2)
    calls: list[str] = []
    contenders = {
        name: Contender(
            partial(calls.append, f"{name} one"), partial(calls.append, f"{name} panel"), 10
        )
        for name in ("a", "b")
    }
    default_settings.measure(contenders)
    assert calls == 3 * ["a one", "b one"] + 2 * ["a panel", "b panel"]


def test_time_of_a_panel_is_that_of_each_series(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(default_settings, "seconds", lambda call: call())
    measured = default_settings.measure({"a": Contender(lambda: 3.0, lambda: 20.0, 10)})
    assert measured == {"a": (3.0, 2.0)}


@pytest.mark.slow
def test_every_contender_is_in_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("chronos")
    pytest.importorskip("statsforecast")
    for name, value in {
        "NUM_SERIES": 3, "STATISTICAL_SERIES": 2, "REPEATS": 1, "PANEL_REPEATS": 1,
    }.items():  # fmt: skip
        monkeypatch.setattr(default_settings, name, value)
    rows = [line for line in default_settings.report() if line.startswith("| ")][1:]
    names = ("LagLlamaForecaster()", "Bolt-tiny", "Bolt-small", "AutoETS", "AutoTheta")
    assert len(rows) == len(names)
    for name, row in zip(names, rows, strict=True):
        assert name in row
        assert all(float(milliseconds) > 0 for milliseconds in row.split("|")[2:4])
