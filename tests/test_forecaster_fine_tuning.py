"""What a user relies on who trains: in fit, in pretrain, and with what comes out of them."""

from __future__ import annotations

import copy
import pickle
import warnings
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn.base
import torch
from huggingface_hub import constants
from sktime.datasets import load_airline
from sktime.forecasting.base import ForecastingHorizon
from sktime.forecasting.model_evaluation import evaluate
from sktime.forecasting.model_selection import ForecastingGridSearchCV
from sktime.split import ExpandingWindowSplitter, SingleWindowSplitter

from benchmarks.common.published_layout import write_published_layout
from sktime_lagllama import FineTuning, LagLlama, LagLlamaForecaster, _progress
from sktime_lagllama.checkpoints.weights import load
from sktime_lagllama.fine_tuning import loop
from tests.support.hub import StandInHub, locate_in_new_process
from tests.support.models import PUBLISHED_LIKE, SMALL, random_model

AIRLINE = load_airline()
FH = [1, 2, 3]
# The published layout tells no hidden width.
PUBLISHED_LAYOUT = replace(PUBLISHED_LIKE, hidden_dim=None, num_layers=1)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    random_model(SMALL).save_pretrained(folder)
    return folder


def quick(**parameters) -> FineTuning:
    """Two steps that are kept, whether or not they helped."""
    defaults = {"max_steps": 2, "batch_size": 4, "validation_fraction": 0.0, "learning_rate": 1e-2}
    return FineTuning(**{**defaults, **parameters})


def small(checkpoint: Path | str | LagLlama, **parameters) -> LagLlamaForecaster:
    defaults = {"num_samples": 6, "random_state": 0, "device": "cpu", "context_length": 12}
    return LagLlamaForecaster(checkpoint, **{**defaults, **parameters})


def wave(length: int = 48) -> pd.Series:
    values = 50 + 10 * np.sin(np.arange(length) * np.pi / 6)
    return pd.Series(values, index=pd.period_range("2000-01", periods=length, freq="M"))


def panel(*lengths: int, columns: tuple[str, ...] = ("a",)) -> pd.DataFrame:
    frames = [pd.DataFrame({name: wave(length) for name in columns}) for length in lengths]
    return pd.concat(frames, keys=range(len(lengths)), names=["series", "time"])


def differ(one: LagLlama, other: LagLlama) -> bool:
    theirs = other.state_dict()
    return any(not tensor.equal(theirs[name]) for name, tensor in one.state_dict().items())


@pytest.mark.filterwarnings("ignore:fine-tuning did not clearly improve")
def test_grid_search_chooses_among_rates_and_context_lengths() -> None:
    search = ForecastingGridSearchCV(
        small("bundled", num_samples=4, fine_tuning=quick(max_steps=1)),
        cv=SingleWindowSplitter(fh=[1, 2], window_length=100),
        backend="None",
        param_grid={"context_length": [8, 16], "fine_tuning__learning_rate": [1e-5, 1e-3]},
    )
    search.fit(AIRLINE, fh=[1, 2])
    assert len(search.cv_results_) == 4
    assert search.best_params_["fine_tuning__learning_rate"] in (1e-5, 1e-3)
    scores = search.cv_results_.filter(like="mean_test").iloc[:, 0]
    assert scores.nunique() == 4
    best = search.best_forecaster_
    assert best.fine_tuning.learning_rate == search.best_params_["fine_tuning__learning_rate"]
    assert np.isfinite(search.predict()).all()


def test_backtesting_trains_anew_at_every_refit() -> None:
    forecaster = small("bundled", num_samples=4, fine_tuning=quick(max_steps=1))
    splitter = ExpandingWindowSplitter(initial_window=120, step_length=12, fh=FH)
    results = evaluate(
        forecaster, splitter, AIRLINE, strategy="refit", error_score="raise", return_model=True
    )
    assert np.isfinite(results.filter(like="test_").to_numpy()).all()
    first, second = (fitted.model_ for fitted in results["fitted_forecaster"])
    assert differ(first, second)


def test_fit_trains_weights_of_its_own_and_leaves_the_shared_ones(checkpoint: Path) -> None:
    shared = load(checkpoint)
    before = {name: tensor.clone() for name, tensor in shared.state_dict().items()}
    forecaster = small(checkpoint, fine_tuning=quick()).fit(wave())
    assert differ(forecaster.model_, shared)
    assert load(checkpoint) is shared
    assert all(tensor.equal(before[name]) for name, tensor in shared.state_dict().items())
    zero_shot = small(checkpoint).fit(wave())
    assert zero_shot.model_ is shared
    assert not hasattr(zero_shot, "history_")
    assert not zero_shot.predict(FH).equals(forecaster.predict(FH))


def test_same_random_state_same_weights(checkpoint: Path) -> None:
    first, again, other = (
        small(checkpoint, fine_tuning=quick(), random_state=seed).fit(wave()) for seed in (3, 3, 4)
    )
    assert not differ(first.model_, again.model_)
    assert differ(first.model_, other.model_)
    pd.testing.assert_series_equal(first.predict(FH), again.predict(FH))


def test_training_brings_the_forecast_nearer(checkpoint: Path) -> None:
    y, actual = wave(96)[:-6], wave(96)[-6:]
    settings = FineTuning(learning_rate=1e-2, max_steps=80, horizon=6)
    before = small(checkpoint).fit(y).predict(range(1, 7))
    forecaster = small(checkpoint, fine_tuning=settings).fit(y)
    after = forecaster.predict(range(1, 7))
    assert abs(after - actual).mean() < 0.7 * abs(before - actual).mean()
    assert forecaster.history_["validation_loss"].iloc[-1] < forecaster.history_.iloc[0, 1]


@pytest.mark.parametrize(
    ("fh", "expected"),
    [
        (None, 24),
        ([1, 5], 5),
        (ForecastingHorizon(pd.period_range("2004-01", periods=7, freq="M"), False), 7),
        ([-3, 0], 24),
        ([-3, 2], 2),
    ],
)
def test_windows_reach_as_far_as_the_horizon(
    fh, expected: int, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    horizons: list[int] = []

    def record(*arguments):
        horizons.append(arguments[3])
        return windows(*arguments)

    windows = loop.TrainingWindows
    monkeypatch.setattr(loop, "TrainingWindows", record)
    small(checkpoint, fine_tuning=quick(max_steps=1)).fit(wave(), fh=fh)
    small(checkpoint, fine_tuning=quick(max_steps=1, horizon=9)).fit(wave(), fh=fh)
    assert horizons == [expected, 9]


@pytest.mark.parametrize(
    ("fh", "expected"),
    [(None, 24), (FH, 3), (pd.to_timedelta([1, 2], unit="D"), 24)],
)
def test_pretraining_windows_reach_as_far_as_a_horizon_in_steps(
    fh, expected: int, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    horizons: list[int | None] = []
    windows = loop.TrainingWindows

    def record(*arguments):
        horizons.append(arguments[3])
        return windows(*arguments)

    monkeypatch.setattr(loop, "TrainingWindows", record)
    small(checkpoint, fine_tuning=quick(max_steps=1)).pretrain(panel(20, 30), fh=fh)
    assert horizons == [expected]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_trained_weights_survive_every_kind_of_copy(
    dtype: str, checkpoint: Path, tmp_path: Path
) -> None:
    forecaster = small(checkpoint, fine_tuning=quick(), dtype=dtype).fit(wave())
    expected = forecaster.predict(FH)
    forecaster.save(tmp_path / "saved")
    copies = [
        copy.copy(forecaster),
        copy.deepcopy(forecaster),
        pickle.loads(pickle.dumps(forecaster)),
        LagLlamaForecaster.load_from_path(tmp_path / "saved.zip"),
    ]
    for other in copies:
        assert not differ(other.model_, forecaster.model_)
        pd.testing.assert_series_equal(other.predict(FH), expected)
        pd.testing.assert_frame_equal(other.history_, forecaster.history_)
    # As zero-shot: a clone is not fitted, and trains again.
    assert not forecaster.clone().is_fitted


def predict_in_worker(forecaster: LagLlamaForecaster) -> pd.Series:
    torch.set_num_threads(1)
    return forecaster.predict(FH)


@pytest.mark.slow
def test_trained_weights_reach_worker_processes(checkpoint: Path) -> None:
    fitted = small(checkpoint, fine_tuning=quick()).fit(wave())
    pretrained = small(checkpoint, fine_tuning=quick()).pretrain(panel(20, 30))
    pretrained = pretrained.clone().fit(wave())
    workers = joblib.Parallel(n_jobs=2, backend="loky")
    forecasters = [fitted, pretrained]
    results = workers(joblib.delayed(predict_in_worker)(each) for each in forecasters)
    for result, forecaster in zip(results, forecasters, strict=True):
        pd.testing.assert_series_equal(result, forecaster.predict(FH), rtol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_saved_network_is_a_checkpoint_with_the_same_forecasts(
    dtype: str, checkpoint: Path, tmp_path: Path
) -> None:
    forecaster = small(checkpoint, fine_tuning=quick(), dtype=dtype).fit(wave())
    forecaster.model_.save_pretrained(tmp_path)
    again = small(tmp_path, dtype=dtype).fit(wave())
    pd.testing.assert_series_equal(again.predict(FH), forecaster.predict(FH))


def test_pushed_network_is_a_checkpoint_with_the_same_forecasts(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forecaster = small(checkpoint, fine_tuning=quick()).fit(wave())
    monkeypatch.setenv("NO_PROXY", "*")
    with StandInHub(models={}) as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.endpoint)
        forecaster.model_.push_to_hub("me/tuned", token="hf_nothing")
        located = locate_in_new_process("me/tuned", endpoint=hub.endpoint, cache=tmp_path)
    assert {"config.json", "model.safetensors"} <= set(hub.models["me/tuned"]["main"])
    assert located.error is None and located.location is not None, located.message
    again = small(located.location).fit(wave())
    pd.testing.assert_series_equal(again.predict(FH), forecaster.predict(FH))


def test_a_published_checkpoint_can_be_fine_tuned_and_saved(tmp_path: Path) -> None:
    write_published_layout(tmp_path / "published.ckpt", PUBLISHED_LAYOUT, seed=1)
    start = load(tmp_path / "published.ckpt")
    forecaster = small(tmp_path / "published.ckpt", fine_tuning=quick()).fit(wave())
    assert differ(forecaster.model_, start)
    assert forecaster.model_.config == start.config
    forecaster.model_.save_pretrained(tmp_path / "saved")
    again = small(tmp_path / "saved").fit(wave())
    pd.testing.assert_series_equal(again.predict(FH), forecaster.predict(FH))


def test_training_is_in_float32_whatever_the_precision_of_forecasts(checkpoint: Path) -> None:
    single = small(checkpoint, fine_tuning=quick()).fit(wave())
    half = small(checkpoint, fine_tuning=quick(), dtype="bfloat16").fit(wave())
    assert {parameter.dtype for parameter in half.model_.parameters()} == {torch.bfloat16}
    rounded = single.model_.state_dict()
    for name, tensor in half.model_.state_dict().items():
        assert tensor.equal(rounded[name].to(torch.bfloat16))
    half.pretrain(panel(20, 30))
    assert {parameter.dtype for parameter in half.model_.parameters()} == {torch.float32}


def test_fit_works_in_inference_mode(checkpoint: Path) -> None:
    expected = small(checkpoint, fine_tuning=quick()).fit(wave())
    with torch.inference_mode():
        forecaster = small(checkpoint, fine_tuning=quick()).fit(wave())
        clone = small(checkpoint, fine_tuning=quick()).pretrain(panel(20, 30)).clone()
    assert not differ(forecaster.model_, expected.model_)
    assert np.isfinite(clone.fit(wave()).predict(FH)).all()


def test_pretrained_weights_are_what_fit_uses(checkpoint: Path) -> None:
    forecaster = small(checkpoint).set_params(fine_tuning=quick()).pretrain(panel(20, 30, 3))
    pretrained = forecaster.pretrained_model_
    assert differ(pretrained, load(checkpoint))
    assert forecaster.model_ is pretrained
    assert forecaster.history_.index.tolist() == [0, 2]
    forecaster.fine_tuning = None
    for y in (wave(), wave(30), panel(12, 20), pd.DataFrame({"a": wave(), "b": wave()})):
        forecaster.fit(y)
        assert not differ(forecaster.model_, pretrained)
        assert not differ(forecaster.pretrained_model_, pretrained)
    assert np.isfinite(forecaster.predict(FH).to_numpy()).all()


def test_fit_trains_pretrained_weights_further_and_keeps_them(checkpoint: Path) -> None:
    forecaster = small(checkpoint, fine_tuning=quick()).pretrain(panel(20, 30))
    pretrained = copy.deepcopy(forecaster.pretrained_model_)
    first = forecaster.fit(wave()).model_
    assert differ(first, pretrained)
    assert differ(first, small(checkpoint, fine_tuning=quick()).fit(wave()).model_)
    assert not differ(forecaster.pretrained_model_, pretrained)
    # The second fit starts from the pretrained weights too, not from the first one's.
    assert not differ(forecaster.fit(wave()).model_, first)


def test_pretraining_again_goes_on(checkpoint: Path) -> None:
    forecaster = small(checkpoint, fine_tuning=quick()).pretrain(panel(20, 30))
    first = forecaster.pretrained_model_
    kept = copy.deepcopy(first)
    forecaster.pretrain(panel(25, 35))
    assert differ(forecaster.pretrained_model_, first)
    assert not differ(first, kept)
    once = small(checkpoint, fine_tuning=quick()).pretrain(panel(25, 35))
    assert differ(forecaster.pretrained_model_, once.pretrained_model_)


def test_pretraining_without_settings_uses_the_default_ones(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def record(network, history, settings, *rest):
        seen.append(settings)
        return fine_tune(network, history, quick(), *rest)

    fine_tune = loop.fine_tune
    monkeypatch.setattr(loop, "fine_tune", record)
    forecaster = small(checkpoint).pretrain(panel(20, 30))
    assert seen[0].get_params() == FineTuning().get_params()
    forecaster.fit(wave())
    assert len(seen) == 1


@pytest.mark.parametrize("fitted", [False, True])
def test_pretrained_weights_survive_every_kind_of_copy(
    fitted: bool, checkpoint: Path, tmp_path: Path
) -> None:
    forecaster = small(checkpoint, fine_tuning=quick()).pretrain(panel(20, 30))
    forecaster.fine_tuning = None
    expected = copy.deepcopy(forecaster).fit(wave()).predict(FH)
    if fitted:
        forecaster.fit(wave())
    forecaster.save(tmp_path / "saved")
    copies = [
        forecaster.clone(),
        copy.deepcopy(forecaster),
        pickle.loads(pickle.dumps(forecaster)),
        LagLlamaForecaster.load_from_path(tmp_path / "saved.zip"),
    ]
    for other in copies:
        assert not differ(other.pretrained_model_, forecaster.pretrained_model_)
        pd.testing.assert_series_equal(other.fit(wave()).predict(FH), expected)


def test_pretraining_a_fitted_forecaster_keeps_what_it_learned_for_its_clones(
    checkpoint: Path,
) -> None:
    forecaster = small(checkpoint, fine_tuning=quick()).fit(wave()).pretrain(panel(20, 30))
    clone = forecaster.clone()
    assert not differ(clone.pretrained_model_, forecaster.pretrained_model_)
    assert np.isfinite(clone.fit(wave()).predict(FH)).all()


def test_updates_do_not_train(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forecaster = small(checkpoint, fine_tuning=quick()).fit(wave()[:40])
    model = forecaster.model_
    monkeypatch.setattr(loop, "fine_tune", None)
    for update_params in (True, False):
        forecaster.update(wave()[40:], update_params=update_params)
        assert forecaster.model_ is model
    assert np.isfinite(forecaster.predict(FH)).all()


def test_columns_and_instances_are_trained_on_together(checkpoint: Path) -> None:
    y = panel(20, 30, 2, columns=("a", "b"))
    forecaster = small(checkpoint, fine_tuning=quick(max_epochs=1.0, max_steps=None)).fit(y)
    # (19 + 29 + 1) pairs in each of two columns, four at a time.
    assert forecaster.history_.index[-1] == 25
    assert forecaster.predict(FH).shape == (9, 2)


def test_nothing_is_written_to_a_stream_that_is_no_terminal(
    checkpoint: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_progress, "SECONDS_BEFORE_BAR", 0)
    small(checkpoint, fine_tuning=quick(verbose=True)).fit(wave())
    assert capsys.readouterr() == ("", "")


def test_pretrained_weights_as_checkpoint_survive_tuning(checkpoint: Path) -> None:
    pretrained = small(checkpoint, fine_tuning=quick()).pretrain(panel(20, 30))
    expected = pretrained.fit(wave()).model_
    forecaster = small(pretrained.pretrained_model_)
    search = ForecastingGridSearchCV(
        forecaster, SingleWindowSplitter(FH, window_length=40), {"num_samples": [4, 6]}
    )
    copies = [
        forecaster,
        forecaster.clone(),
        sklearn.base.clone(forecaster),
        copy.deepcopy(forecaster),
        pickle.loads(pickle.dumps(forecaster)),
        forecaster.clone().set_params(num_samples=5),
    ]
    for other in copies:
        assert not differ(other.fit(wave()).model_, pretrained.pretrained_model_)
        assert not differ(other.model_, pretrained.pretrained_model_)
    best = search.fit(wave()).best_forecaster_
    assert not differ(best.model_, pretrained.pretrained_model_)
    assert differ(expected, load(checkpoint))


@pytest.mark.slow
def test_a_grid_search_in_processes_keeps_a_network_as_checkpoint(checkpoint: Path) -> None:
    pretrained = small(checkpoint, fine_tuning=quick()).pretrain(panel(20, 30))
    searches = [
        ForecastingGridSearchCV(
            small(pretrained.model_),
            SingleWindowSplitter(FH, window_length=40),
            {"num_samples": [4, 6]},
            **options,
        ).fit(wave())
        for options in ({}, {"backend": "loky", "backend_params": {"n_jobs": 2}})
    ]
    name = "mean_test_MeanAbsolutePercentageError"
    serial, in_processes = (search.cv_results_[name].to_numpy() for search in searches)
    np.testing.assert_allclose(in_processes, serial, rtol=1e-4)


def test_a_network_as_checkpoint_forecasts_as_its_folder(checkpoint: Path, tmp_path: Path) -> None:
    network = LagLlama.from_pretrained(checkpoint)
    expected = small(checkpoint).fit(wave()).predict_interval(FH)
    fitted = small(network).fit(wave())
    pd.testing.assert_frame_equal(fitted.predict_interval(FH), expected)
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(fitted)).predict_interval(FH), expected)
    assert not any(parameter.requires_grad for parameter in fitted.model_.parameters())
    trained = small(network, fine_tuning=quick()).fit(wave())
    assert differ(trained.model_, network)
    assert not differ(network, load(checkpoint)), "training must not change what was given"


def test_dropped_pretrained_weights_are_told(checkpoint: Path) -> None:
    forecaster = small(checkpoint, fine_tuning=quick()).pretrain(panel(20, 30))
    with pytest.warns(UserWarning, match=r"made are dropped.*checkpoint=forecaster.model_"):
        forecaster.set_params(num_samples=5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        forecaster.set_params(num_samples=6)
        small(checkpoint, fine_tuning=quick()).pretrain(panel(20, 30)).clone().fit(wave())


def test_settings_of_no_fine_tuning_cannot_be_set(checkpoint: Path) -> None:
    forecaster = small(checkpoint)
    with pytest.raises(ValueError, match=r"fine_tuning__max_steps cannot.*FineTuning\(\)\)"):
        forecaster.set_params(fine_tuning__max_steps=3)
    forecaster.set_params(fine_tuning=quick(), fine_tuning__max_steps=3)
    assert forecaster.get_params()["fine_tuning__max_steps"] == 3


@pytest.mark.parametrize(
    ("fine_tuning", "error", "message"),
    [
        ("yes", TypeError, "fine_tuning must be None or a FineTuning.*'yes'"),
        (FineTuning, TypeError, "fine_tuning must be None or a FineTuning"),
        (FineTuning(learning_rate=-1), ValueError, "learning_rate.*-1"),
        (FineTuning().set_params(max_steps="many"), TypeError, "max_steps.*'many'"),
        (FineTuning(context_length=10_000), ValueError, "context_length of fine_tuning.*10000"),
        (FineTuning().set_params(random_state="x"), ValueError, "'x' cannot be used to seed"),
    ],
)
def test_wrong_settings_are_named_in_fit_and_in_pretrain(
    fine_tuning, error, message: str, checkpoint: Path
) -> None:
    forecaster = small(checkpoint, fine_tuning=fine_tuning)
    with pytest.raises(error, match=message):
        forecaster.fit(wave())
    with pytest.raises(error, match=message):
        small(checkpoint, fine_tuning=fine_tuning).pretrain(panel(20, 30))
    # Once the settings are right, the forecaster is as good as new.
    assert np.isfinite(forecaster.set_params(fine_tuning=None).fit(wave()).predict(FH)).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (quick(learning_rate=1e30), "not finite"),
        (quick(learning_rate=1e30, validation_fraction=0.3), "not finite"),
    ],
)
def test_a_forecaster_whose_training_failed_is_usable(
    settings: FineTuning, message: str, checkpoint: Path
) -> None:
    with pytest.warns(UserWarning, match=message):
        forecaster = small(checkpoint, fine_tuning=settings).fit(wave())
    expected = small(checkpoint).fit(wave()).predict(FH)
    pd.testing.assert_series_equal(forecaster.predict(FH), expected)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), torch.OutOfMemoryError()])
def test_a_forecaster_whose_training_was_cut_off_is_usable(
    error: BaseException, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise error

    monkeypatch.setattr(loop, "update_weights", failing)
    with pytest.warns(UserWarning, match="keeps the best weights so far"):
        forecaster = small(checkpoint, fine_tuning=quick()).fit(wave())
    assert forecaster.is_fitted
    assert np.isfinite(forecaster.predict(FH)).all()


@pytest.mark.filterwarnings("ignore:fine-tuning did not clearly improve")
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([5.0], "no series has two values"),
        ([5.0, 6.0], "leaves no value to validate on"),
        ([*range(20), *[np.nan] * 10], None),
        ([7.0] * 30, None),
    ],
)
def test_series_that_teach_little_are_forecast_all_the_same(
    values, message: str | None, checkpoint: Path
) -> None:
    index = pd.period_range("2000-01", periods=len(values), freq="M")
    y = pd.Series(values, index=index, dtype=float)
    forecaster = small(checkpoint, fine_tuning=quick(validation_fraction=0.2))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        forecaster.fit(y)
    messages = [str(warning.message) for warning in warned]
    assert message is None or any(message in text for text in messages)
    assert np.isfinite(forecaster.predict(FH)).all()
