"""sktime's suite for the ensemble of quantiles, none of its tests excluded."""

from __future__ import annotations

import pytest
from sktime.utils.estimator_checks import check_estimator, parametrize_with_checks

from sktime_lagllama import QuantileEnsembleForecaster

pytestmark = pytest.mark.contract


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks([QuantileEnsembleForecaster])
def test_sktime_contract_is_kept(obj: type, test_name: str) -> None:
    results = check_estimator(obj, tests_to_run=test_name, raise_exceptions=True, verbose=0)
    assert results, "no check ran"
    assert set(results.values()) <= {"PASSED"}


def test_no_check_is_switched_off_by_a_tag() -> None:
    assert not QuantileEnsembleForecaster.get_class_tag("tests:skip_all", False)
    assert not QuantileEnsembleForecaster.get_class_tag("tests:skip_by_name", None)


def test_suite_runs_over_three_parameter_sets_or_more() -> None:
    assert len(QuantileEnsembleForecaster.get_test_params()) >= 3
