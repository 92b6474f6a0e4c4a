"""The workflows that are timed do what their names say."""

from __future__ import annotations

import pytest
from sktime.datasets import load_airline

from benchmarks.workflows import __main__ as program
from benchmarks.workflows import cases


@pytest.mark.parametrize("num_folds", [1, 4, 20])
def test_folds_are_as_many_as_asked_for_and_end_with_the_data(num_folds: int) -> None:
    splits = list(cases.folds(num_folds).split(load_airline()))
    assert len(splits) == num_folds
    assert splits[-1][1][-1] == len(load_airline()) - 1


def test_both_grids_have_twelve_candidates() -> None:
    assert len(cases.CONTEXT_LENGTHS) * len(cases.POINT_FORECASTS) == 12
    assert len(cases.INFORMATION_CRITERIA) * len(cases.YES_AND_NO) ** 2 == 12


def test_a_row_has_medians_their_ratio_and_first_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([9.0, 8.0, 1.0, 4.0, 2.0, 5.0, 3.0, 6.0])
    monkeypatch.setattr(program, "seconds", lambda _: next(times))
    row = program.workflow_row("search", lambda: None, lambda: None, repeats=3)
    assert row == "| search | 2.00 | 5.00 | 0.40 | 9.00 | 8.00 |"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The default of config:FutureWarning")
def test_an_ensemble_and_a_reconciliation_run_with_our_forecaster() -> None:
    cases.ensemble(cases.lag_llama())
    cases.reconciliation(cases.lag_llama())
