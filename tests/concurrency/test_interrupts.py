"""Ctrl-C at any moment leaves a forecaster that works, and nothing else behind."""

from __future__ import annotations

import copy
import gc
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import pytest
import torch
from sktime.exceptions import NotFittedError

from sktime_lagllama import FineTuning, LagLlamaForecaster
from sktime_lagllama.checkpoints.weights import load
from sktime_lagllama.forecasting.shared_paths import CACHE
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling import buffers
from sktime_lagllama.sampling.buffers import BufferPool, Buffers
from tests.support.sharing import assert_equal, months, small

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no timer that interrupts"),
]

NUM_MOMENTS = 15
FH = range(1, 25)
NUM_SAMPLES = 1000


@contextmanager
def ctrl_c_after(seconds: float) -> Iterator[None]:
    """Raise a KeyboardInterrupt in the main thread, whatever it does then, unless it is done."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def is_interrupted(call: Callable[[], object], seconds: float) -> bool:
    """Tell whether a call is interrupted by a Ctrl-C after a time."""
    try:
        with ctrl_c_after(seconds):
            call()
    except KeyboardInterrupt:
        return True
    return False


def moments(call: Callable[[], object]) -> list[float]:
    """Return random times of a call, in seconds from its start, after having made it once."""
    start = perf_counter()
    call()
    duration = perf_counter() - start
    return list(np.random.default_rng().uniform(0, duration, NUM_MOMENTS))


def python_threads() -> set[threading.Thread]:
    """Return the threads that the process would wait for at its end."""
    return {thread for thread in threading.enumerate() if not thread.daemon}


@pytest.fixture(autouse=True)
def torch_is_as_it_was(request: pytest.FixtureRequest, checkpoint: Path) -> Iterator[None]:
    """Let torch have one thread, or those of the parameter, and compare its state afterwards."""
    threads_before = torch.get_num_threads()
    num_threads = getattr(request, "param", 1)
    torch.set_num_threads(num_threads)
    network = load(checkpoint)
    weights = copy.deepcopy(network.state_dict())
    threads = python_threads()
    yield
    assert torch.get_num_threads() == num_threads
    torch.set_num_threads(threads_before)
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
    assert python_threads() <= threads
    assert load(checkpoint) is network
    assert not network.training
    assert_same_weights(network, weights)


def assert_same_weights(network: LagLlama, weights: dict[str, torch.Tensor]) -> None:
    assert all(tensor.equal(weights[name]) for name, tensor in network.state_dict().items())


def all_buffers() -> list[Buffers]:
    gc.collect()
    return [each for each in gc.get_objects() if type(each) is Buffers]


@pytest.mark.parametrize("torch_is_as_it_was", [1, 2], indirect=True)
def test_a_forecaster_whose_prediction_was_interrupted_predicts(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_others = {id(each) for each in all_buffers()}
    pool = BufferPool()
    monkeypatch.setattr(buffers, "POOL", pool)
    monkeypatch.setattr(CACHE, "max_bytes", 0)
    forecaster = small(checkpoint, num_samples=NUM_SAMPLES).fit(months())
    expected = forecaster.predict(FH)
    interrupted = 0
    for moment in moments(lambda: forecaster.predict(FH)):
        interrupted += is_interrupted(lambda: forecaster.predict(FH), moment)
    assert interrupted > NUM_MOMENTS / 4
    assert_equal(forecaster.predict(FH), expected)
    left = {id(each) for each in all_buffers()} - of_others
    assert left == {id(each) for each in pool.idle}


def training(checkpoint: Path) -> LagLlamaForecaster:
    settings = FineTuning(max_steps=20, batch_size=8, learning_rate=1e-2)
    return small(checkpoint, fine_tuning=settings)


def panel() -> pd.DataFrame:
    frames = [months(seed=seed).to_frame() for seed in range(3)]
    return pd.concat(frames, keys=range(3), names=["series", "month"])


@pytest.mark.filterwarnings("ignore:fine-tuning")
def test_a_forecaster_whose_fit_was_interrupted_is_fitted_or_can_be(checkpoint: Path) -> None:
    def fit() -> LagLlamaForecaster:
        return forecaster.fit(months())

    forecaster = training(checkpoint)
    expected = before = forecaster.fit(months()).predict(FH)
    for moment in moments(fit):
        was_interrupted = is_interrupted(fit, moment)
        try:
            forecast = forecaster.predict(FH)
        except NotFittedError:
            assert was_interrupted
            before = None
            continue
        assert np.isfinite(forecast).all()
        if was_interrupted:  # before fit has begun, or after its end
            assert forecast.equals(before) or np.allclose(forecast, expected, rtol=1e-4)
        before = forecast  # if not: the training has ended early, with the best weights so far
    assert_equal(fit().predict(FH), expected)


@pytest.mark.filterwarnings("ignore:fine-tuning")
def test_a_forecaster_whose_pretraining_was_interrupted_is_as_it_was(checkpoint: Path) -> None:
    zero_shot = small(checkpoint).fit(months()).predict(FH)
    for moment in moments(lambda: training(checkpoint).pretrain(panel())):
        forecaster = training(checkpoint)
        was_interrupted = is_interrupted(lambda: forecaster.pretrain(panel()), moment)  # noqa: B023
        assert hasattr(forecaster, "pretrained_model_") != was_interrupted
        forecaster.set_params(fine_tuning=None)
        forecast = forecaster.fit(months()).predict(FH)
        assert np.isfinite(forecast).all()
        assert not was_interrupted or forecast.equals(zero_shot)


def test_an_interrupted_training_says_so(checkpoint: Path) -> None:
    endless = {"fine_tuning__max_steps": 100_000, "fine_tuning__patience": None}
    forecaster = training(checkpoint).set_params(**endless)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert not is_interrupted(lambda: forecaster.fit(months()), 1.5)
    assert any("was interrupted" in str(warning.message) for warning in warned)
    assert np.isfinite(forecaster.predict(FH)).all()
