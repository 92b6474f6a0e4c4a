"""Published errors stand beside ours in one order and one unit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.accuracy.forecasters import ENSEMBLE, LAG_LLAMA
from benchmarks.accuracy.published_models import MODELS, SEASONAL_NAIVE, SETS, relative
from benchmarks.accuracy.published_naive import PUBLISHED_MASE
from benchmarks.accuracy.report import published_models_table
from benchmarks.accuracy.scores import Scores


def test_every_model_has_an_error_for_every_set() -> None:
    assert {len(part) for errors in MODELS.values() for part in errors} == {len(SETS)}


def test_the_naive_errors_of_the_same_source_are_those_that_are_reproduced() -> None:
    expected = [float(PUBLISHED_MASE[name]) for name in SETS]
    assert SEASONAL_NAIVE.mase == pytest.approx(expected, rel=1e-3)
    assert relative(SEASONAL_NAIVE) == pytest.approx((1.0, 1.0))


def test_models_are_in_the_order_of_their_mase() -> None:
    naive = Scores(0, 0, 0, 0.8, 0.95, 1.0, 0, 10)
    half = {
        name: replace(naive, mase=mase / 2, wql=wql / 2)
        for name, mase, wql in zip(SETS, *SEASONAL_NAIVE, strict=True)
    }
    twice = {name: replace(one, mase=4 * one.mase, wql=4 * one.wql) for name, one in half.items()}
    rows = published_models_table({LAG_LLAMA: half, ENSEMBLE: twice})[2:]
    assert rows[0] == "| **LagLlamaForecaster** | 0.500 | 0.500 |"
    assert rows[-1].endswith("| 2.000 | 2.000 |")
    assert len(rows) == 2 + len(MODELS)
    mase = [float(row.split("|")[2]) for row in rows]
    assert mase == sorted(mase)
    # A run of some of the models has no others to show.
    assert published_models_table({LAG_LLAMA: half})[2:] == rows[:-1]
