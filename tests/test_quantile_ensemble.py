"""The ensemble that averages quantiles."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sktime.datasets import load_airline, load_longley
from sktime.forecasting.base import BaseForecaster, ForecastingHorizon
from sktime.forecasting.compose import EnsembleForecaster
from sktime.forecasting.model_selection import ForecastingGridSearchCV
from sktime.forecasting.naive import NaiveForecaster
from sktime.forecasting.theta import ThetaForecaster
from sktime.forecasting.trend import TrendForecaster
from sktime.split import SingleWindowSplitter

from sktime_lagllama import LagLlamaForecaster, QuantileEnsembleForecaster

AIRLINE = load_airline()
FH = [1, 2, 5]
LEVELS = [0.05, 0.3, 0.5, 0.9]


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    # sktime's own forecasters warn, in every constructor, of what changes in its next version.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


class NormalForecaster(BaseForecaster):
    """Forecasts the same normal distribution for every step."""

    _tags = {  # noqa: RUF012
        "requires-fh-in-fit": False,
        "capability:exogenous": False,
        "capability:pred_int": True,
        "capability:missing_values": True,
    }
    _config = {"remember_data": False}  # noqa: RUF012

    def __init__(self, location: float = 0.0, scale: float = 1.0) -> None:
        self.location = location
        self.scale = scale
        super().__init__()

    def _fit(self, y, X, fh) -> NormalForecaster:
        return self

    def _predict(self, fh, X) -> pd.Series:
        return pd.Series(self.location, index=fh.to_absolute_index(self.cutoff))

    def _predict_quantiles(self, fh, X, alpha) -> pd.DataFrame:
        index = fh.to_absolute_index(self.cutoff)
        quantiles = np.tile(norm.ppf(alpha, self.location, self.scale), (len(index), 1))
        return pd.DataFrame(quantiles, index, self._get_columns("predict_quantiles", alpha=alpha))


class CovariateRecorder(NormalForecaster):
    """Remembers which covariates it was given."""

    _tags = {"capability:exogenous": True}  # noqa: RUF012

    def _fit(self, y, X, fh) -> CovariateRecorder:
        self.columns_ = None if X is None else list(X.columns)
        return self


def lag_llama(**parameters: Any) -> LagLlamaForecaster:
    parameters = {"context_length": 24, "num_samples": 8, "random_state": 0, **parameters}
    return LagLlamaForecaster(device="cpu", **parameters)


def members() -> list[tuple[str, BaseForecaster]]:
    return [
        ("lag-llama", lag_llama()),
        ("theta", ThetaForecaster(sp=12)),
        ("naive", NaiveForecaster(sp=12)),
    ]


def panel(index: pd.Index, ends: dict[str, int]) -> pd.DataFrame:
    """Return instances that grow by 1 a step, each with its own end."""
    frames = {
        name: pd.DataFrame({"y": np.arange(float(end))}, index[:end]) for name, end in ends.items()
    }
    return pd.concat(frames, names=["instance", "time"])


@pytest.mark.parametrize("weights", [None, [1, 2.5, 0.5]])
def test_point_forecasts_are_those_of_the_mean_of_sktime(weights: list[float] | None) -> None:
    ours = QuantileEnsembleForecaster(members(), weights=weights).fit(AIRLINE, fh=FH)
    theirs = EnsembleForecaster(members(), weights=weights).fit(AIRLINE, fh=FH)
    pd.testing.assert_series_equal(ours.predict(), theirs.predict(), check_names=False)
    assert ours.predict().name == AIRLINE.name


@pytest.mark.parametrize("weights", [None, [1, 2.5, 0.5]])
def test_quantiles_are_weighted_means_of_the_members_quantiles(
    weights: list[float] | None,
) -> None:
    found = (
        QuantileEnsembleForecaster(members(), weights)
        .fit(AIRLINE)
        .predict_quantiles(FH, alpha=LEVELS)
    )
    each = [one.fit(AIRLINE, fh=FH).predict_quantiles(alpha=LEVELS) for _, one in members()]
    expected = np.average([one.to_numpy(float) for one in each], axis=0, weights=weights)
    np.testing.assert_allclose(found.to_numpy(), expected, rtol=1e-12)
    pd.testing.assert_index_equal(found.columns, each[0].columns)
    pd.testing.assert_index_equal(found.index, each[0].index)


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.floats(-100, 100), st.floats(0.01, 50), st.one_of(st.just(0.0), st.floats(0.1, 10))
        ),
        min_size=1,
        max_size=4,
    ).filter(lambda drawn: any(weight for *_, weight in drawn)),
    st.lists(st.floats(0.001, 0.999), min_size=1, max_size=5, unique=True),
)
def test_the_average_of_normal_distributions_is_normal_with_mean_location_and_scale(
    drawn: list[tuple[float, float, float]], levels: list[float]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        locations, scales, weights = map(list, zip(*drawn, strict=True))
        ensemble = QuantileEnsembleForecaster(
            [(f"member {number}", NormalForecaster(*one[:2])) for number, one in enumerate(drawn)],
            weights=weights,
        ).fit(AIRLINE)
        location = np.average(locations, weights=weights)
        scale = np.average(scales, weights=weights)
        found = ensemble.predict_quantiles([3], alpha=levels)
        np.testing.assert_allclose(
            found.to_numpy()[0], norm.ppf(levels, location, scale), rtol=1e-9, atol=1e-9
        )
        assert list(found.columns.get_level_values(1)) == levels
        np.testing.assert_allclose(ensemble.predict_var([3]), scale**2, rtol=1e-4)
        np.testing.assert_allclose(ensemble.predict([3]), location, rtol=1e-9, atol=1e-9)


def test_intervals_are_central() -> None:
    ensemble = QuantileEnsembleForecaster(members()).fit(AIRLINE, fh=FH)
    intervals = ensemble.predict_interval(coverage=[0.8, 0.5])
    quantiles = ensemble.predict_quantiles(alpha=[0.1, 0.9, 0.25, 0.75])
    np.testing.assert_allclose(intervals.to_numpy(), quantiles.to_numpy(), rtol=1e-12)


def test_levels_may_come_in_any_order() -> None:
    ensemble = QuantileEnsembleForecaster(members()).fit(AIRLINE, fh=FH)
    descending = ensemble.predict_quantiles(alpha=LEVELS[::-1]).to_numpy()
    np.testing.assert_array_equal(
        descending[:, ::-1], ensemble.predict_quantiles(alpha=LEVELS).to_numpy()
    )


def test_distribution_variance_and_quantiles_agree() -> None:
    ensemble = QuantileEnsembleForecaster(members()).fit(AIRLINE, fh=FH)
    distribution = ensemble.predict_proba()
    pd.testing.assert_frame_equal(
        distribution.var(), ensemble.predict_var(), check_names=False, rtol=1e-9
    )
    spread = np.sqrt(ensemble.predict_var().to_numpy())
    difference = (
        distribution.quantile(LEVELS).to_numpy()
        - ensemble.predict_quantiles(alpha=LEVELS).to_numpy()
    )
    # Atoms lie a quarter of a normal distribution's standard deviation apart.
    assert (np.abs(difference) <= 0.25 * spread).all()


def test_a_distribution_over_a_panel_has_its_instances() -> None:
    y = panel(pd.period_range("2020-01", periods=40, freq="M"), {"b": 40, "a": 40})
    ensemble = QuantileEnsembleForecaster(members()[::2]).fit(y, fh=FH)
    pd.testing.assert_frame_equal(
        ensemble.predict_proba().var(), ensemble.predict_var(), check_names=False, rtol=1e-9
    )


def test_what_averaged_quantiles_do_not_have_is_refused() -> None:
    ensemble = QuantileEnsembleForecaster(members()).fit(AIRLINE, fh=FH)
    with pytest.raises(ValueError, match="cov=True"):
        ensemble.predict_var(cov=True)
    with pytest.raises(ValueError, match="marginal=False"):
        ensemble.predict_proba(marginal=False)


def test_members_that_loop_over_instances_and_others_are_averaged_instance_by_instance() -> None:
    index = pd.period_range("2018-01", periods=40, freq="M")
    one = panel(index, {"d": 40, "c": 40})
    y = pd.concat({"z": one + 10, "a": 1000 - one}, names=["region"])
    two = [("lag-llama", lag_llama()), ("theta", ThetaForecaster(sp=12))]
    ensemble = QuantileEnsembleForecaster(two).fit(y, fh=FH)
    found = ensemble.predict_quantiles(alpha=LEVELS)
    each = [member.predict_quantiles(alpha=LEVELS) for _, member in ensemble.forecasters_]
    assert {*found.index.droplevel(-1)} == {("z", "d"), ("z", "c"), ("a", "d"), ("a", "c")}
    for row in found.index:
        mean = (each[0].loc[row].to_numpy() + each[1].loc[row].to_numpy()) / 2
        np.testing.assert_allclose(found.loc[row], mean, rtol=1e-12)


def test_the_order_of_columns_is_that_of_the_data() -> None:
    y = pd.DataFrame({"b": np.arange(40.0), "a": 100 - np.arange(40.0)})
    ensemble = QuantileEnsembleForecaster(
        [("drift", NaiveForecaster("drift")), ("lag-llama", lag_llama())]
    )
    ensemble.fit(y, fh=FH)
    each = [member.predict_quantiles(alpha=LEVELS) for _, member in ensemble.forecasters_]
    found = ensemble.predict_quantiles(alpha=LEVELS)
    for name in "ba":
        expected = (each[0][name] + each[1][name]) / 2
        np.testing.assert_allclose(found[name], expected, rtol=1e-12)
    assert list(ensemble.predict().columns) == ["b", "a"] == list(ensemble.predict_var().columns)


@pytest.mark.parametrize(
    "index",
    [
        pd.period_range("2020-01", periods=40, freq="M"),
        pd.date_range("2020-01-31", periods=40, freq="ME"),
        pd.RangeIndex(40),
    ],
    ids=["periods", "datetimes", "integers"],
)
def test_members_forecast_the_same_times_of_instances_with_different_ends(index: pd.Index) -> None:
    y = panel(index, {"b": 33, "a": 38})
    ensemble = QuantileEnsembleForecaster(
        [("drift", NaiveForecaster("drift")), ("lag-llama", lag_llama())], weights=[1, 0]
    ).fit(y, fh=[1, 2])
    # A series that grows by 1 a step, forecast by a line, goes on to do so.
    np.testing.assert_allclose(ensemble.predict()["y"], [38, 39, 38, 39])
    np.testing.assert_allclose(ensemble.predict_quantiles(alpha=[0.5])["y"][0.5], [38, 39, 38, 39])
    # Both get to the same end.
    whole = panel(index, {"b": 40, "a": 40})
    new = pd.concat([whole.loc[["b"]].iloc[33:], whole.loc[["a"]].iloc[38:]])
    np.testing.assert_allclose(ensemble.update(new).predict()["y"], [40, 41, 40, 41])


def test_steps_over_instances_with_different_ends_and_no_regular_times_are_refused() -> None:
    times = pd.DatetimeIndex(["2020-01-01", "2020-01-02", "2020-01-05", "2020-01-06"])
    y = panel(times, {"a": 4, "b": 3})
    two = [("naive", NaiveForecaster()), ("drift", NaiveForecaster("drift"))]
    with pytest.raises(ValueError, match="fh must be times, not steps"):
        QuantileEnsembleForecaster(two).fit(y, fh=[1])


def test_in_sample_forecasts_are_averages_too() -> None:
    ensemble = QuantileEnsembleForecaster(members()[::2]).fit(AIRLINE)
    fh = ForecastingHorizon(AIRLINE.index[-30:], is_relative=False)
    each = [member.predict(fh).to_numpy().ravel() for _, member in ensemble.forecasters_]
    np.testing.assert_allclose(ensemble.predict(fh), np.mean(each, axis=0), rtol=1e-12)
    residuals = ensemble.predict_residuals(AIRLINE.iloc[-30:])
    np.testing.assert_allclose(residuals, AIRLINE.iloc[-30:] - np.mean(each, axis=0))


def test_an_update_reaches_every_member() -> None:
    ensemble = QuantileEnsembleForecaster(members()[::2])
    updated = ensemble.clone().fit(AIRLINE.iloc[:-12], fh=FH).update(AIRLINE.iloc[-12:])
    pd.testing.assert_series_equal(updated.predict(), ensemble.fit(AIRLINE, fh=FH).predict())
    assert {str(member.cutoff[0]) for _, member in updated.forecasters_} == {"1960-12"}


def test_covariates_go_to_those_that_use_them() -> None:
    y, X = load_longley()
    X = X[["GNP", "POP"]]
    two = [("recorder", CovariateRecorder()), ("normal", NormalForecaster())]
    ensemble = QuantileEnsembleForecaster(two).fit(y, X=X)
    assert ensemble.forecasters_[0][1].columns_ == ["GNP", "POP"]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # Lag-Llama's: columns are ignored
        QuantileEnsembleForecaster([*two, ("lag-llama", lag_llama())]).fit(y, X=X)


@pytest.mark.parametrize(
    ("forecasters", "tags"),
    [
        (
            [lag_llama(), NaiveForecaster()],
            {
                "capability:pred_int": True,
                "capability:missing_values": True,
                "capability:exogenous": False,
                "requires-fh-in-fit": False,
                "property:randomness": "derandomized",
            },
        ),
        (
            [lag_llama(covariates="ridge"), ThetaForecaster()],
            {"capability:exogenous": True, "capability:missing_values": False},
        ),
        (
            [lag_llama(), TrendForecaster()],
            {"capability:pred_int": False, "property:randomness": "derandomized"},
        ),
        ([NaiveForecaster(), NormalForecaster()], {"property:randomness": "deterministic"}),
    ],
)
def test_tags_follow_the_members(forecasters: list[BaseForecaster], tags: dict[str, Any]) -> None:
    ensemble = QuantileEnsembleForecaster([(f"m{i}", one) for i, one in enumerate(forecasters)])
    assert {name: ensemble.get_tag(name) for name in tags} == tags


def test_without_quantiles_of_a_member_there_are_point_forecasts_only() -> None:
    ensemble = QuantileEnsembleForecaster(
        [("trend", TrendForecaster()), ("naive", NaiveForecaster())]
    )
    ensemble.fit(AIRLINE, fh=FH)
    assert ensemble.predict().notna().all()
    with pytest.raises(NotImplementedError):
        ensemble.predict_quantiles()


def test_tags_follow_a_parameter_of_a_member() -> None:
    ensemble = QuantileEnsembleForecaster(members()[:1])
    assert not ensemble.get_tag("capability:exogenous")
    ensemble.set_params(**{"lag-llama__covariates": "ridge"})
    assert ensemble.get_tag("capability:exogenous")
    ensemble.set_params(**{"lag-llama": TrendForecaster()})
    assert not ensemble.get_tag("capability:pred_int")


def test_a_clone_keeps_members_that_were_replaced_and_parameters_that_were_set() -> None:
    ensemble = QuantileEnsembleForecaster(members(), weights=[3, 2, 1])
    ensemble.set_params(
        **{"naive": TrendForecaster(), "lag-llama__num_samples": 5, "weights": [1, 1, 1]}
    )
    clone = ensemble.clone()
    assert isinstance(clone.get_params()["naive"], TrendForecaster)
    assert clone.get_params()["lag-llama__num_samples"] == 5
    assert clone.get_params()["weights"] == [1, 1, 1]


def test_a_grid_search_sets_parameters_of_members_and_weights() -> None:
    grid = {"lag-llama__num_samples": [4, 8], "weights": [[1, 0, 0], [0, 0, 1]]}
    search = ForecastingGridSearchCV(
        QuantileEnsembleForecaster(members()),
        cv=SingleWindowSplitter(fh=range(1, 13)),
        param_grid=grid,
        backend=None,
    ).fit(AIRLINE)
    assert len(search.cv_results_) == 4
    assert search.best_params_["weights"] in ([1, 0, 0], [0, 0, 1])
    assert search.predict_quantiles(FH, alpha=LEVELS).shape == (3, 4)


def test_missing_values_reach_the_members() -> None:
    y = AIRLINE.astype(float).copy()
    y.iloc[40:45] = np.nan
    ensemble = QuantileEnsembleForecaster(members()[::2]).fit(y, fh=FH)
    assert ensemble.predict_quantiles().notna().all(axis=None)


@pytest.mark.parametrize(
    ("forecasters", "error", "message"),
    [
        ([], ValueError, "at least one"),
        (NaiveForecaster(), TypeError, "but found NaiveForecaster"),
        ([NaiveForecaster()], TypeError, r"tuples, but found NaiveForecaster\(\)"),
        ([("naive", 3)], TypeError, r"but found \('naive', 3\)"),
        ([("a", NaiveForecaster()), ("a", NaiveForecaster())], ValueError, "'a' twice"),
        ([("a__b", NaiveForecaster())], ValueError, "must not be named 'a__b'"),
        ([("weights", NaiveForecaster())], ValueError, "must not be named 'weights'"),
    ],
)
def test_what_is_no_list_of_named_forecasters_is_refused(
    forecasters: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        QuantileEnsembleForecaster(forecasters)


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ([1, 1], ValueError, "each of the 3 forecasters, but found 2"),
        ([1, -1, 1], ValueError, r"weights\[1\] must be a number at least 0, but found -1"),
        ([1, "2", 1], TypeError, r"weights\[1\] must be a number"),
        ([0, 0, 0], ValueError, "must not all be 0"),
    ],
)
def test_weights_that_are_none_are_refused(
    weights: list[Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        QuantileEnsembleForecaster(members(), weights=weights).fit(AIRLINE)


def test_members_that_forecast_other_times_are_named() -> None:
    class Late(NormalForecaster):
        def _predict(self, fh, X) -> pd.Series:
            forecast = super()._predict(fh, X)
            return forecast.set_axis(forecast.index + 1)

    two = [("normal", NormalForecaster()), ("late", Late())]
    with pytest.raises(ValueError, match="'late' and 'normal' do not"):
        QuantileEnsembleForecaster(two).fit(AIRLINE, fh=FH).predict()
