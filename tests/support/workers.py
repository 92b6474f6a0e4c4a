"""What worker processes do; in a module of its own, which they can import."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import torch

from sktime_lagllama import FineTuning, LagLlamaForecaster
from tests.support.sharing import months, small

FH = [1, 2, 3, 6]


class Forecast(NamedTuple):
    """A forecast, and how many threads torch had: their number changes rounding."""

    values: pd.Series
    num_threads: int


def predict(forecaster: LagLlamaForecaster) -> Forecast:
    return Forecast(forecaster.predict(FH), torch.get_num_threads())


def fit_and_predict(checkpoint: Path, seed: int, max_steps: int | None = None) -> Forecast:
    """Fit, with fine-tuning if steps are given, and predict."""
    settings = max_steps and FineTuning(max_steps=max_steps, validation_fraction=0.0)
    forecaster = small(checkpoint, random_state=seed, fine_tuning=settings)
    return predict(forecaster.fit(months(seed=seed)))


def put(queue: Queue[Any], function: Callable[..., Any], *arguments: Any) -> None:
    queue.put(function(*arguments))
