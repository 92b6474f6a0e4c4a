"""sktime's own suite for transformers, none of its tests excluded."""

from __future__ import annotations

import pytest
from sktime.utils.estimator_checks import check_estimator, parametrize_with_checks

from sktime_lagllama import LagLlamaEmbedder

pytestmark = pytest.mark.contract


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks([LagLlamaEmbedder])
def test_sktime_contract_is_kept(obj: type, test_name: str) -> None:
    results = check_estimator(obj, tests_to_run=test_name, raise_exceptions=True, verbose=0)
    assert results, "no check ran"
    assert set(results.values()) <= {"PASSED"}


def test_no_check_is_switched_off_by_a_tag() -> None:
    assert not LagLlamaEmbedder.get_class_tag("tests:skip_all", False)
    assert not LagLlamaEmbedder.get_class_tag("tests:skip_by_name", None)


def test_suite_runs_over_tables_and_over_series_of_hidden_states() -> None:
    outputs = {
        LagLlamaEmbedder(**parameters).get_tag("scitype:transform-output")
        for parameters in LagLlamaEmbedder.get_test_params()
    }
    assert outputs == {"Primitives", "Series"}
