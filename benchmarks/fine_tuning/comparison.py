"""A forecaster before and after fine-tuning, scored on the same values."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import pandas as pd
import torch

from benchmarks.common.metrics import weighted_quantile_loss
from sktime_lagllama import FineTuning, LagLlamaForecaster
from sktime_lagllama._typing import Float64Array
from sktime_lagllama.evaluation.quantile_loss import DECILES


@dataclass(frozen=True)
class Settings:
    """How the forecasters are made.

    Parameters
    ----------
    checkpoint : str
    quick : bool
        Whether to train and sample little, to test the program.
    """

    checkpoint: str
    quick: bool

    def fine_tuning(self) -> FineTuning:
        """Return the settings of the training: the defaults."""
        if self.quick:
            return FineTuning(max_steps=2, batch_size=2, random_state=0)
        return FineTuning(random_state=0)

    def forecaster(self, fine_tuning: FineTuning | None = None) -> LagLlamaForecaster:
        """Return a new forecaster; all of them draw the same random numbers."""
        forecaster = LagLlamaForecaster(self.checkpoint, fine_tuning=fine_tuning, random_state=0)
        return forecaster.set_params(num_samples=5) if self.quick else forecaster


@dataclass(frozen=True)
class Result:
    """How accurate a forecaster is before and after fine-tuning.

    Parameters
    ----------
    name : str
    zero_shot_wql, fine_tuned_wql : float
        Weighted quantile loss before and after.
    num_steps : int
        Optimisation steps taken.
    weights_changed : bool
        Whether the weights are the trained ones; otherwise they are the checkpoint's.
    seconds : float
        Of training, by the clock: of ``fit``, or of ``pretrain``.
    """

    name: str
    zero_shot_wql: float
    fine_tuned_wql: float
    num_steps: int
    weights_changed: bool
    seconds: float

    @property
    def ratio(self) -> float:
        """WQL after fine-tuning over that before: below 1 is better."""
        return self.fine_tuned_wql / self.zero_shot_wql

    def row(self) -> str:
        """Return the row of a table."""
        return (
            f"| {self.name} | {self.zero_shot_wql:.4f} | {self.fine_tuned_wql:.4f} "
            f"| {self.ratio:.3f} | {self.num_steps} "
            f"| {'tuned' if self.weights_changed else 'unchanged'} | {self.seconds:.0f} |"
        )


def table(results: Sequence[Result]) -> list[str]:
    """Return the table of results, a row each."""
    return [
        "| | WQL zero-shot | fine-tuned | ratio | steps | weights | seconds |",
        "|---|---:|---:|---:|---:|---|---:|",
        *(result.row() for result in results),
    ]


def compare(
    name: str,
    y: pd.Series | pd.DataFrame,
    actuals: Float64Array,
    zero_shot: LagLlamaForecaster,
    train: Callable[[], LagLlamaForecaster],
) -> Result:
    """Score a forecaster before and after training.

    Parameters
    ----------
    name : str
    y : pd.Series or pd.DataFrame
        History that both are fitted to.
    actuals : float64 array of shape (series, horizon)
        The values to forecast.
    zero_shot : LagLlamaForecaster
        Fitted to ``y``.
    train : callable
        Returns a forecaster that is trained, in ``fit`` to ``y`` or in ``pretrain``.

    Returns
    -------
    Result
    """
    horizon = actuals.shape[1]
    forecaster, seconds = timed_training(train)
    num_steps = int(forecaster.history_.index.max())
    if not forecaster.is_fitted:
        # Not set_params, which would reset it: ``fit`` trains no further.
        forecaster.fine_tuning = None
        forecaster.fit(y, fh=np.arange(1, horizon + 1))
    return Result(
        name=name,
        zero_shot_wql=weighted_quantile_loss(actuals, deciles(zero_shot, horizon), DECILES),
        fine_tuned_wql=weighted_quantile_loss(actuals, deciles(forecaster, horizon), DECILES),
        num_steps=num_steps,
        weights_changed=differs(forecaster.model_, zero_shot.model_),
        seconds=seconds,
    )


def deciles(forecaster: LagLlamaForecaster, horizon: int) -> Float64Array:
    """Return the deciles of a forecast, of shape (series, horizon, levels)."""
    quantiles = forecaster.predict_quantiles(alpha=list(DECILES))
    return quantiles.to_numpy().reshape(-1, horizon, len(DECILES))


def timed_training(train: Callable[[], LagLlamaForecaster]) -> tuple[LagLlamaForecaster, float]:
    """Train, and return the trained forecaster and the seconds that it took."""
    with warnings.catch_warnings():
        # Part of the result: the table shows whether the weights are unchanged.
        warnings.filterwarnings("ignore", "fine-tuning did not clearly improve", UserWarning)
        start = perf_counter()
        forecaster = train()
        return forecaster, perf_counter() - start


def differs(trained: torch.nn.Module, original: torch.nn.Module) -> bool:
    """Return whether a trained network has any weight that the original one has not."""
    before = {name: tensor.cpu() for name, tensor in original.state_dict().items()}
    after = {name: tensor.cpu() for name, tensor in trained.state_dict().items()}
    return any(not torch.equal(after[name], before[name]) for name in before)
