"""What a user relies on who passes X."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sktime.forecasting.base import ForecastingHorizon
from sktime.forecasting.model_evaluation import evaluate
from sktime.forecasting.model_selection import ForecastingGridSearchCV
from sktime.split import ExpandingWindowSplitter

from sktime_lagllama import FineTuning, LagLlamaForecaster
from sktime_lagllama.covariates import ignored
from sktime_lagllama.covariates.remainder import Remainder
from sktime_lagllama.fine_tuning import loop
from sktime_lagllama.forecasting import paths as prediction
from tests.support.sharing import small, threads_that_alternate_often, write_small_checkpoint

FH = [1, 2, 3, 4, 5, 6]
LENGTH = 80


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_checkpoint(tmp_path_factory.mktemp("small"))


def example(seed: int = 0, length: int = LENGTH + 12) -> tuple[pd.Series, pd.DataFrame]:
    """Return y, which X explains but for a season and little noise, and X."""
    generator = np.random.default_rng(seed)
    index = pd.period_range("2000-01", periods=length, freq="M")
    X = pd.DataFrame(
        {"walk": generator.standard_normal(length).cumsum(), "step": np.arange(length) % 7 == 0},
        index=index,
    )
    season = np.sin(2 * np.pi * np.arange(length) / 12)
    noise = 0.1 * generator.standard_normal(length)
    y = 50 + season + 3 * X["walk"] + 8 * X["step"] + noise
    return y.rename("y"), X


Y, X = example()
PAST, FUTURE = slice(None, LENGTH), slice(LENGTH, None)


def ridge(checkpoint: Path, **parameters: Any) -> LagLlamaForecaster:
    return small(checkpoint, covariates="ridge", **parameters)


def fitted(checkpoint: Path, **parameters: Any) -> LagLlamaForecaster:
    return ridge(checkpoint, **parameters).fit(Y[PAST], X[PAST])


def panel_of(*seeds: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    examples = {f"instance {seed}": example(seed) for seed in seeds}
    y = pd.concat({name: one[0].to_frame() for name, one in examples.items()}, names=["name", None])
    x = pd.concat({name: one[1] for name, one in examples.items()}, names=["name", None])
    return y, x


def part_of(frame: pd.DataFrame, months: slice) -> pd.DataFrame:
    times = frame.index.get_level_values(-1)
    return frame[times.isin(times.unique()[months])]


@pytest.mark.parametrize("seed", range(3))
def test_forecasts_follow_what_x_will_do(seed: int) -> None:
    y, x = example(seed)
    errors = {}
    for covariates in (None, "ridge"):
        forecaster = LagLlamaForecaster(covariates=covariates, random_state=0, device="cpu")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            forecast = forecaster.fit(y[PAST], x[PAST]).predict(FH, X=x[FUTURE])
        errors[covariates] = (forecast - y[FUTURE].iloc[:6]).abs().mean()
    assert errors["ridge"] < 0.2 * errors[None]


def test_the_tag_follows_the_parameter(checkpoint: Path) -> None:
    assert not small(checkpoint).get_tag("capability:exogenous")
    forecaster = ridge(checkpoint)
    assert forecaster.get_tag("capability:exogenous")
    assert forecaster.clone().get_tag("capability:exogenous")
    assert not forecaster.set_params(covariates=None).get_tag("capability:exogenous")


def test_another_value_of_the_parameter_is_an_error(checkpoint: Path) -> None:
    with pytest.raises(ValueError, match=r"covariates must be one of .*'lasso'"):
        small(checkpoint, covariates="lasso").fit(Y)


def test_ignored_columns_are_warned_of_once(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ignored, "_WARNED", set())
    forecaster = small(checkpoint)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        forecaster.fit(Y[PAST], X[PAST])
        forecaster.predict(FH, X=X[FUTURE])
        forecaster.clone().fit(Y[PAST], X[PAST])
        evaluate(
            forecaster.clone(),
            ExpandingWindowSplitter(initial_window=60, step_length=8, fh=FH),
            Y[PAST],
            X[PAST],
        )
    messages = [str(one.message) for one in caught if "is ignored" in str(one.message)]
    assert len(messages) == 1
    assert "'walk', 'step'" in messages[0] and "covariates='ridge'" in messages[0]
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="'walk'"):
        forecaster.fit(Y[PAST], X[["walk"]][PAST])


def test_ignored_columns_change_nothing(checkpoint: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = small(checkpoint).fit(Y[PAST], X[PAST]).predict(FH, X=X[FUTURE])
    pd.testing.assert_series_equal(found, small(checkpoint).fit(Y[PAST]).predict(FH))


def test_without_x_the_series_alone_is_forecast(checkpoint: Path) -> None:
    found = ridge(checkpoint).fit(Y[PAST]).predict(FH)
    pd.testing.assert_series_equal(found, small(checkpoint).fit(Y[PAST]).predict(FH))
    with pytest.raises(ValueError, match="fitted without it"):
        ridge(checkpoint).fit(Y[PAST]).predict(FH, X=X[FUTURE])


def test_x_of_the_future_may_be_given_to_fit(checkpoint: Path) -> None:
    expected = fitted(checkpoint).predict(FH, X=X[FUTURE])
    pd.testing.assert_series_equal(ridge(checkpoint).fit(Y[PAST], X).predict(FH), expected)


def test_only_the_rows_of_the_horizon_are_needed(checkpoint: Path) -> None:
    forecaster = fitted(checkpoint)
    found = forecaster.predict([2, 5], X=X[FUTURE].iloc[[1, 4]])
    expected = forecaster.predict(FH, X=X[FUTURE]).iloc[[1, 4]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_in_sample_forecasts_see_nothing_from_their_time_on(checkpoint: Path) -> None:
    whole = fitted(checkpoint)
    steps = [-40, -10, -3, 0]
    found = whole.predict_quantiles(steps, alpha=[0.1, 0.5, 0.9])
    for row, step in enumerate(steps):
        last = LENGTH + step - 1
        then = ridge(checkpoint).fit(Y[:last], X[: last + 1])
        expected = then.predict_quantiles([1], alpha=[0.1, 0.5, 0.9])
        np.testing.assert_allclose(found.iloc[[row]], expected, rtol=1e-4)


def test_residuals_are_one_step_errors(checkpoint: Path) -> None:
    forecaster = fitted(checkpoint)
    expected = Y[PAST] - forecaster.predict(np.arange(1 - LENGTH, 1))
    pd.testing.assert_series_equal(forecaster.predict_residuals(), expected, check_names=False)


def test_residuals_of_a_panel(checkpoint: Path) -> None:
    y, x = (part_of(frame, PAST) for frame in panel_of(0, 1))
    forecaster = ridge(checkpoint).fit(y, x)
    steps = ForecastingHorizon(np.arange(1 - LENGTH, 1))
    expected = y - forecaster.predict(steps)
    pd.testing.assert_frame_equal(forecaster.predict_residuals(), expected)
    pd.testing.assert_frame_equal(forecaster.predict_residuals(y, x), expected)


def test_samples_and_forecasts_of_single_steps_agree(checkpoint: Path) -> None:
    # Hardly any history: the coefficients are uncertain.
    parameters = {"num_samples": 3000, "point_forecast": "mean"}
    forecaster = ridge(checkpoint, **parameters).fit(Y[50 : PAST.stop], X[50 : PAST.stop])
    fh = [-2, 1, 5]
    samples = forecaster.predict_samples(fh, X=X[FUTURE]).iloc[:, 0].unstack(0)
    spread = samples.std(axis=1)
    mean = forecaster.predict(fh, X=X[FUTURE])
    assert ((mean - samples.mean(axis=1)).abs() < 0.05 * spread).all()
    levels = [0.1, 0.5, 0.9]
    quantiles = forecaster.predict_quantiles(fh, X=X[FUTURE], alpha=levels).to_numpy()
    differences = np.abs(quantiles - samples.quantile(levels, axis=1).T.to_numpy())
    assert (differences < 0.1 * spread.to_numpy()[:, None]).all()
    probabilities = forecaster.predict_proba(fh, X=X[FUTURE]).mean()
    np.testing.assert_allclose(probabilities.iloc[:, 0], samples.mean(axis=1))


def test_one_step_ahead_is_exact_whatever_is_drawn(checkpoint: Path) -> None:
    first, second = (
        fitted(checkpoint, random_state=seed, num_samples=samples)
        for seed, samples in ((0, 3), (1, 8))
    )
    for method, arguments in (
        ("predict_quantiles", {"alpha": [0.1, 0.5, 0.9]}),
        ("predict_var", {}),
    ):
        one, other = (
            getattr(forecaster, method)([-1, 1], X=X[FUTURE], **arguments)
            for forecaster in (first, second)
        )
        np.testing.assert_allclose(one, other, rtol=1e-5)


def test_uncertain_coefficients_widen_forecasts(checkpoint: Path) -> None:
    forecaster = fitted(checkpoint)
    far, near = X[FUTURE].copy(), X[FUTURE].copy()
    far["walk"] += 100.0
    width = [
        forecaster.predict_interval([1], X=x, coverage=0.8).to_numpy().ravel() for x in (near, far)
    ]
    assert np.ptp(width[1]) > 1.5 * np.ptp(width[0])


def test_predictions_after_one_fit_share_their_paths(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forecaster = fitted(checkpoint)
    forecaster.predict(FH, X=X[FUTURE])
    monkeypatch.setattr(prediction, "draw_paths", None)
    forecaster.predict_quantiles(FH, X=X[FUTURE], alpha=[0.5])
    forecaster.predict_samples(FH, X=X[FUTURE] + 1.0)
    forecaster.predict_var(FH, X=X[FUTURE], cov=True)


def test_paths_too_large_to_share_give_the_same_forecasts(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    y, x = panel_of(0, 1, 2)
    forecaster = ridge(checkpoint).fit(part_of(y, PAST), part_of(x, PAST))
    expected = forecaster.predict(FH, X=part_of(x, FUTURE))
    monkeypatch.setattr("sktime_lagllama.forecasting.shared_paths.CACHE.max_bytes", 0)
    monkeypatch.setattr("sktime_lagllama.forecasting.chunks.MAX_BYTES_CHUNK", 1)
    found = forecaster.predict(FH, X=part_of(x, FUTURE))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_values_are_clipped_at_zero_after_the_effect(checkpoint: Path) -> None:
    y = Y - Y[FUTURE].mean()
    forecaster = ridge(checkpoint, nonnegative=True).fit(y[PAST], X[PAST])
    free = ridge(checkpoint).fit(y[PAST], X[PAST])
    samples = free.predict_samples(FH, X=X[FUTURE])
    assert (samples < 0).any(axis=None) and (samples > 0).any(axis=None)
    found = forecaster.predict_samples(FH, X=X[FUTURE])
    pd.testing.assert_frame_equal(found, samples.clip(lower=0.0))
    quantiles = forecaster.predict_quantiles(FH, X=X[FUTURE], alpha=[0.05])
    assert (quantiles >= 0).all(axis=None) and (quantiles == 0).any(axis=None)


@pytest.mark.parametrize("levels", [1, 2])
def test_each_instance_has_its_own_regression(checkpoint: Path, levels: int) -> None:
    y, x = panel_of(0, 1)
    if levels == 2:
        y, x = (pd.concat({"all": frame}, names=["region"]) for frame in (y, x))
    forecaster = ridge(checkpoint, num_samples=4).fit(part_of(y, PAST), part_of(x, PAST))
    # One step ahead does not depend on what is drawn, which differs from instance to instance.
    found = forecaster.predict([1], X=part_of(x, FUTURE)).to_numpy().ravel()
    for seed, forecast in enumerate(found):
        one, columns = example(seed)
        alone = ridge(checkpoint).fit(one[PAST], columns[PAST]).predict([1], X=columns[FUTURE])
        np.testing.assert_allclose(forecast, alone, rtol=1e-5)


def test_each_column_of_y_has_its_own_regression(checkpoint: Path) -> None:
    other = example(1)[0]
    both = pd.DataFrame({"first": Y, "second": 5.0 - 2.0 * X["walk"] + 0.01 * other})
    found = ridge(checkpoint).fit(both[PAST], X[PAST]).predict([1], X=X[FUTURE])
    for name, column in both.items():
        alone = ridge(checkpoint).fit(column[PAST], X[PAST]).predict([1], X=X[FUTURE])
        np.testing.assert_allclose(found[name], alone, rtol=1e-5)


def test_an_update_learns_what_a_fit_to_all_data_would(checkpoint: Path) -> None:
    expected = fitted(checkpoint).predict(FH, X=X[FUTURE])
    forecaster = ridge(checkpoint).fit(Y[:60], X[:60])
    forecaster.update(Y[60:LENGTH], X[60:LENGTH])
    np.testing.assert_allclose(forecaster.predict(FH, X=X[FUTURE]), expected, rtol=1e-5)


def latest_weights(forecaster: LagLlamaForecaster) -> np.ndarray:
    remainder = forecaster._past.series
    assert isinstance(remainder, Remainder)
    return remainder.regression.latest.weights


def test_an_update_without_new_parameters_keeps_the_coefficients(checkpoint: Path) -> None:
    y, x = example()
    y.iloc[60:LENGTH] += 30 * x["walk"].iloc[60:LENGTH]  # another effect from here on
    kept, learned = (ridge(checkpoint).fit(y[:60], x[:60]) for _ in range(2))
    before = latest_weights(kept)
    kept.update(y[60:LENGTH], x[60:LENGTH], update_params=False)
    learned.update(y[60:LENGTH], x[60:LENGTH])
    np.testing.assert_array_equal(latest_weights(kept), before)
    assert not np.allclose(latest_weights(learned), before)


def test_an_update_needs_the_new_rows_of_x(checkpoint: Path) -> None:
    forecaster = ridge(checkpoint).fit(Y[:60], X[:60])
    with pytest.raises(ValueError, match=r"X must be given to update.*2006-08"):
        forecaster.update(Y[60:LENGTH])
    ridge(checkpoint).fit(Y[:60], X).update(Y[60:LENGTH])


@pytest.mark.parametrize("update_params", [True, False])
def test_forecasts_from_moving_cutoffs(checkpoint: Path, update_params: bool) -> None:
    cv = ExpandingWindowSplitter(initial_window=8, step_length=8, fh=[1])
    forecaster = ridge(checkpoint).fit(Y[:56], X[:56])
    state = pickle.dumps(forecaster._past)
    found = forecaster.update_predict(Y[56:LENGTH], cv, X=X, update_params=update_params)
    assert pickle.dumps(forecaster._past) == state
    for time, forecast in found.items():
        one = ridge(checkpoint).fit(Y[:56], X[:56])
        one.update(Y[56 : Y.index.get_loc(time)], X, update_params=update_params)
        np.testing.assert_allclose(forecast, one.predict([1]).iloc[0], rtol=1e-5)


def test_missing_values_of_y_and_x_are_no_obstacle(checkpoint: Path) -> None:
    y, x = example()
    x = x.astype(float)
    y.iloc[[5, 30, 78]] = np.nan
    x.iloc[[10, 40, 60], 0] = np.nan
    forecaster = ridge(checkpoint).fit(y[PAST], x[PAST])
    expected = fitted(checkpoint).predict(FH, X=X[FUTURE])
    found = forecaster.predict(FH, X=x[FUTURE])
    assert (found - expected).abs().max() < 0.1 * Y.std()
    assert np.isfinite(forecaster.predict(np.arange(1 - LENGTH, 1))).all()


def test_constant_and_collinear_columns_change_little(checkpoint: Path) -> None:
    more = X.assign(constant=7.0, twice=2 * X["walk"] + 1)
    found = ridge(checkpoint).fit(Y[PAST], more[PAST]).predict(FH, X=more[FUTURE])
    expected = fitted(checkpoint).predict(FH, X=X[FUTURE])
    assert (found - expected).abs().max() < 0.1 * Y.std()


def test_names_of_categories_say_as_much_as_numbers(checkpoint: Path) -> None:
    named = X.assign(step=np.where(X["step"], "holiday", "work"))
    found = ridge(checkpoint).fit(Y[PAST], named[PAST]).predict(FH, X=named[FUTURE])
    expected = fitted(checkpoint).predict(FH, X=X[FUTURE])
    assert (found - expected).abs().max() < 0.1 * Y.std()


@pytest.mark.parametrize(
    ("later", "message"),
    [
        (None, "'walk' is missing at 2006-09"),
        (X[FUTURE].iloc[:4], "'walk' is missing at 2007-01"),
        (X[FUTURE].assign(walk=np.nan), "'walk' is missing at 2006-09"),
        (X[FUTURE][["walk"]], "lacks 'step'"),
    ],
)
def test_what_is_not_known_of_the_future_is_named(
    checkpoint: Path, later: pd.DataFrame | None, message: str
) -> None:
    forecaster = fitted(checkpoint)
    for method in (forecaster.predict, forecaster.predict_samples, forecaster.predict_var):
        with pytest.raises(ValueError, match=message):
            method(FH, X=later)


def test_x_at_other_times_is_an_error(checkpoint: Path) -> None:
    later = X.set_axis(pd.period_range("2050-01", periods=len(X), freq="M"))
    with pytest.raises(ValueError, match="'walk' has none up to 2006-08"):
        ridge(checkpoint).fit(Y[PAST], later)


def trained_series(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    seen: list[Any] = []
    fine_tune = loop.fine_tune

    def spy(network: Any, history: Any, *arguments: Any) -> Any:
        seen.append(history)
        return fine_tune(network, history, *arguments)

    monkeypatch.setattr(loop, "fine_tune", spy)
    return seen


QUICK = FineTuning(max_steps=1, batch_size=2, validation_fraction=0.0)


@pytest.mark.slow
def test_training_sees_what_x_leaves(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = trained_series(monkeypatch)
    fitted(checkpoint, fine_tuning=QUICK).predict(FH, X=X[FUTURE])
    y, x = (part_of(frame, PAST) for frame in panel_of(0, 1))
    pretrained = ridge(checkpoint, fine_tuning=QUICK).pretrain(y, x)
    pretrained.fit(Y[PAST], X[PAST]).predict(FH, X=X[FUTURE])
    assert len(seen) == 3
    for history in seen:
        assert np.std(history.values[:LENGTH]) < 0.3 * np.std(Y[PAST])


def test_a_grid_search_tells_whether_x_helps() -> None:
    cv = ExpandingWindowSplitter(initial_window=70, step_length=10, fh=FH[:3])
    # The search passes X on only if the forecaster that it starts from takes it.
    forecaster = small("bundled", context_length=12, covariates="ridge")
    grid = {"covariates": [None, "ridge"]}
    search = ForecastingGridSearchCV(forecaster, cv, grid, backend="None")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(Y[PAST], X[PAST])
    assert search.best_params_ == {"covariates": "ridge"}


def test_a_pickled_forecaster_forecasts_the_same(checkpoint: Path) -> None:
    forecaster = fitted(checkpoint)
    expected = forecaster.predict(FH, X=X[FUTURE])
    restored = pickle.loads(pickle.dumps(forecaster))
    pd.testing.assert_series_equal(restored.predict(FH, X=X[FUTURE]), expected)


@pytest.mark.slow
def test_a_forecast_beside_updates_belongs_to_one_state_of_the_data(checkpoint: Path) -> None:
    states = range(60, LENGTH + 1)
    expected = {}
    for length in states:
        forecast = ridge(checkpoint).fit(Y[:length], X).predict([1, 2])
        expected[forecast.index[0]] = forecast
    forecaster = ridge(checkpoint).fit(Y[: states[0]], X)
    finished = False
    found: list[pd.Series] = []
    errors: list[BaseException] = []

    def forecast_all_the_time() -> None:
        try:
            while not finished:
                found.append(forecaster.predict([1, 2]))
        except BaseException as error:
            errors.append(error)

    threads = [Thread(target=forecast_all_the_time) for _ in range(2)]
    with threads_that_alternate_often():
        for thread in threads:
            thread.start()
        for length in states[1:]:
            forecaster.update(Y[length - 1 : length])
        finished = True
        for thread in threads:
            thread.join()
    assert not errors
    assert len({forecast.index[0] for forecast in found}) > 1
    for forecast in found:
        np.testing.assert_allclose(forecast, expected[forecast.index[0]], rtol=1e-6)
