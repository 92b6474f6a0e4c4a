"""Whatever it is given, the forecaster has a right forecast or an error that says what is wrong."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.fuzz import checks
from tests.fuzz.__main__ import main
from tests.fuzz.cases import Case, Horizon, Values
from tests.fuzz.strategies import cases
from tests.fuzz.times import Times

MONTHS = Case(
    times=Times("period", "M", "2000-01"),
    length=20,
    values=Values("season", "float64", seed=0),
    horizon=Horizon((-3, 1, 4)),
    checks=tuple(checks.CHECKS),
    split=12,
)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # shrinking would take minutes, and the cases are short as they are
    suppress_health_check=list(HealthCheck),
)
@given(cases())
def test_every_forecast_is_right_or_refused_with_a_reason(case: Case) -> None:
    checks.outcome(case)


def test_all_checks_hold_for_an_ordinary_series() -> None:
    assert checks.outcome(MONTHS) == "held"


@pytest.mark.parametrize(
    ("wrong", "finding"),
    [
        (lambda forecast: forecast.shift(freq="M"), "the index of predict is"),
        (lambda forecast: forecast * float("nan"), "predict is not finite"),
        (lambda forecast: forecast.iloc[1:], "predict has 2 rows for 3 steps"),
        (lambda forecast: forecast.to_dict()["nothing"], "predict raises KeyError"),
        (lambda _: int("x"), "predict lets through ValueError"),
    ],
)
def test_a_wrong_forecast_is_a_finding(
    wrong, finding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forecaster = MONTHS.forecaster().__class__
    original = forecaster._predict
    monkeypatch.setattr(forecaster, "_predict", lambda self, fh, X=None: wrong(original(self, fh)))
    with pytest.raises(checks.FindingError, match=finding):
        checks.outcome(MONTHS)


def test_a_refusal_without_a_reason_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sktime_lagllama.data.containers.MAX_MAGNITUDE", 1.0)
    with pytest.raises(
        checks.FindingError, match=r"fit refuses what is right: ValueError .*y must lie"
    ):
        checks.outcome(MONTHS)


def test_the_command_tells_what_it_tried_and_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(case: Case, forecaster: object) -> None:
        raise checks.FindingError("nothing is right")

    monkeypatch.setattr(checks, "CHECKS", dict.fromkeys(checks.CHECKS, refuse))
    assert main(["--examples", "12", "--seed", "3"]) == 1
    printed = capsys.readouterr().out
    assert "12 examples" in printed
    assert "nothing is right" in printed
    code = printed[printed.index("    import numpy") :].split("\n\n")[0]
    with pytest.raises(checks.FindingError, match="nothing is right"):
        exec("\n".join(line[4:] for line in code.splitlines()))
