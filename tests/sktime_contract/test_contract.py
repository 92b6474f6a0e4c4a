"""sktime's own suites, none of their tests excluded."""

from __future__ import annotations

from typing import Any

import pytest
from sktime.utils.estimator_checks import check_estimator, parametrize_with_checks

from sktime_lagllama import FineTuning, LagLlamaForecaster
from sktime_lagllama.fine_tuning import loop

pytestmark = pytest.mark.contract


class RememberingLagLlamaForecaster(LagLlamaForecaster):
    # sktime asks for an example in the docstring.
    __doc__ = LagLlamaForecaster.__doc__
    # sktime 1.2's own default, which lets sktime keep the data too.
    _config = {"remember_data": True}  # noqa: RUF012


@pytest.fixture(autouse=True)
def one_step_of_training(monkeypatch: pytest.MonkeyPatch) -> None:
    # sktime pretrains each parameter set twenty times and more: with the default settings, which
    # those without fine_tuning have, for minutes each.
    fine_tune = loop.fine_tune

    def short_fine_tune(
        network: Any, history: Any, settings: FineTuning, *arguments: Any
    ) -> loop.FineTuned:
        return fine_tune(network, history, settings.clone().set_params(max_steps=1), *arguments)

    monkeypatch.setattr(loop, "fine_tune", short_fine_tune)


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks([LagLlamaForecaster, RememberingLagLlamaForecaster])
def test_sktime_contract_is_kept(obj: type, test_name: str) -> None:
    results = check_estimator(obj, tests_to_run=test_name, raise_exceptions=True, verbose=0)
    assert results, "no check ran"
    assert set(results.values()) <= {"PASSED"}


def test_no_check_is_switched_off_by_a_tag() -> None:
    assert not LagLlamaForecaster.get_class_tag("tests:skip_all", False)
    assert not LagLlamaForecaster.get_class_tag("tests:skip_by_name", None)
    assert LagLlamaForecaster.create_test_instance().get_config()["remember_data"] is False


def test_suite_runs_over_three_parameter_sets_or_more() -> None:
    assert len(LagLlamaForecaster.get_test_params()) >= 3
