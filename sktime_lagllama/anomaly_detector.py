"""LagLlamaAnomalyDetector: the methods that sktime asks of a detector, and nothing numeric."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd
from sktime.datatypes import convert_to
from sktime.detection.base import BaseDetector

from sktime_lagllama._base import LagLlamaEstimator
from sktime_lagllama._parameter_checks import check_choice, check_count, check_flag, check_number
from sktime_lagllama._typing import BoolArray, Float64Array, IntArray
from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.detection.alarms import Correction, alarms
from sktime_lagllama.detection.calibration import Calibration, fit_calibration
from sktime_lagllama.detection.context import with_context
from sktime_lagllama.detection.surprise import (
    joint_surprise,
    surprise_with_neighbours,
    two_sided_surprise,
)

if TYPE_CHECKING:
    import torch


class LagLlamaAnomalyDetector(LagLlamaEstimator, BaseDetector):
    """Detect anomalies with Lag-Llama: values that it held for improbable one step before.

    The network predicts a Student-t distribution for each value from the values before it (Rasul et
    al., arXiv 2310.08278). The score of a value is ``-log10(p)``, where p is the probability of a
    value at least as far out, on either side: 0 says nothing, 3 is one in a thousand. Nothing is
    drawn and nothing is trained: the same data have the same scores.

    The distribution for time t depends on nothing from t on. Values before the first time stamp of
    ``X`` are known from ``fit`` and ``update``, if their time stamps lie right before those of
    ``X``: then all of ``X`` has a context. Otherwise its first values are scored with little or no
    context, and the very first one has the score 0. So have missing values.

    Several columns are scored one by one; a time is as improbable as the most improbable of its
    values, times their number (Bonferroni). Of a panel, rows are counted over all instances.
    ``predict_segments`` returns the intervals between anomalies: a shift of the level begins one.

    ``benchmarks/anomalies/report.md`` has the alarms: with the bundled checkpoint and its own tail
    probabilities false ones are rarer than asked for on series with Gaussian noise. On real ones,
    whose anomalies are not known, alarms are up to 2.5 times as common as asked for;
    ``calibration="training"`` brings them down to 1.5 times.

    Parameters
    ----------
    checkpoint : str or path, default="bundled"
        Where the weights come from, as for ``LagLlamaForecaster``.
    context_length : int, optional
        Tokens of context. None: what the checkpoint was trained with.
    false_alarm_rate : float, default=0.001
        How rare false alarms shall be. What it is a rate of depends on ``correction``.
    correction : {"bonferroni", "benjamini-hochberg"}, optional
        None: the rate is that of false alarms among the times without an anomaly: of 10,000 times,
        10 with the default rate. "bonferroni": it bounds the probability that ``X`` has any false
        alarm. "benjamini-hochberg": it bounds the expected share of false alarms among the alarms.
    window : int, default=1
        Odd number of values that are judged together, beside each value for itself. 1: each only
        for itself, which is best for outliers and shifts of the level. With 7, for example, a time
        is also an anomaly if most of the seven values around it are somewhat improbable, as where
        the pattern of a season breaks.
    robust : bool, default=True
        Whether outliers are masked, as if they were missing, in the contexts of the values after
        them: otherwise they make these improbable, or the next outlier probable. What was detected
        is an outlier if the eight values after it are likelier without it; it is not if they are
        not, as after a shift of the level. This takes up to twice as long.
    calibration : {"model", "training"}, default="model"
        "model": tail probabilities are those of the predicted distributions. "training": they are
        corrected by how often the training series exceeded them; that takes a few hundred training
        values, of which few are anomalies.
    device : str or torch.device, default="auto"
        "auto" (cuda, then mps, then cpu), "cpu", "cuda", "cuda:1", "mps".
    dtype : {"float32", "bfloat16", "auto"}, default="float32"
        Precision of the network; "auto" is bfloat16 on a GPU that has it.
    batch_size : int or "auto", default="auto"
        Tokens computed at once; bounds memory.

    Attributes
    ----------
    model_ : LagLlama
        The network, shared by all estimators of the process with this checkpoint and device.
    context_length_ : int
        Tokens of context in use.

    Examples
    --------
    >>> from sktime.datasets import load_airline
    >>> from sktime_lagllama import LagLlamaAnomalyDetector
    >>> y = load_airline().astype(float)
    >>> y["1957-05"] += 150
    >>> detector = LagLlamaAnomalyDetector().fit(y)
    >>> list(y.index[detector.predict(y)["ilocs"]])
    [Period('1957-05', 'M')]
    """

    _tags: ClassVar[dict[str, Any]] = {
        "authors": ["sktime-lagllama developers"],
        "maintainers": ["sktime-lagllama developers"],
        "python_dependencies": ["torch", "huggingface_hub", "safetensors", "scipy"],
        "task": "anomaly_detection",
        "learning_type": "unsupervised",
        "X_inner_mtype": ["pd.DataFrame", "pd-multiindex"],
        "capability:multivariate": True,
        "capability:missing_values": True,
        "capability:update": True,
        "fit_is_empty": False,
    }

    def __init__(
        self,
        checkpoint: str | PathLike[str] = "bundled",
        context_length: int | None = None,
        false_alarm_rate: float = 0.001,
        correction: Correction | None = None,
        window: int = 1,
        robust: bool = True,
        calibration: Literal["model", "training"] = "model",
        device: str | torch.device = "auto",
        dtype: Literal["float32", "bfloat16", "auto"] = "float32",
        batch_size: int | Literal["auto"] = "auto",
    ) -> None:
        self.checkpoint = checkpoint
        self.context_length = context_length
        self.false_alarm_rate = false_alarm_rate
        self.correction = correction
        self.window = window
        self.robust = robust
        self.calibration = calibration
        self.device = device
        self.dtype = dtype
        self.batch_size = batch_size
        super().__init__()

    def _fit(self, X: pd.DataFrame, y: Any = None) -> LagLlamaAnomalyDetector:
        self._check_parameters()
        history = to_series_batch(X)
        history.check_observed()
        self._network_holder = self._open_network(self.dtype)
        config = self._network_holder.network.config
        self.context_length_ = self._resolve_context_length(config, config.context_length)
        self._history = history
        self._calibrations: list[Calibration] | None = None
        if self.calibration == "training":
            by_column = np.split(self._surprises(history), len(history.columns))
            self._calibrations = [fit_calibration(column) for column in by_column]
        return self

    def update(self, X: Any, y: Any = None) -> LagLlamaAnomalyDetector:
        """Add newer values to what is known, as the context of values after them.

        A calibration stays that of ``fit``.

        Parameters
        ----------
        X : time series in sktime compatible format
            With as many columns as in ``fit``. Where both have a value at the same time, the newer
            one stays.
        y : ignored

        Returns
        -------
        self

        Raises
        ------
        NotFittedError
            If called before ``fit``.
        TypeError, ValueError
            If the time stamps are of another kind or step than in ``fit``, or the columns differ.
        """
        # Not sktime's, which keeps all data once more, and in 1.2 cannot join a pd.Series to them.
        self.check_is_fitted()
        return self._update(convert_to(X, self.get_tag("X_inner_mtype")), y)

    def _update(self, X: pd.DataFrame, y: Any = None) -> LagLlamaAnomalyDetector:
        self._history = self._history.extend(to_series_batch(X, self._history.grid))
        return self

    def _predict(self, X: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"ilocs": self._detected(self._scores(X))})

    def _predict_points(self, X: Any) -> pd.DataFrame:
        # sktime passes what its user has passed.
        return self._predict(convert_to(X, self.get_tag("X_inner_mtype")))

    def _predict_scores(self, X: pd.DataFrame) -> pd.DataFrame:
        scores = self._scores(X)
        return pd.DataFrame({"scores": scores[self._detected(scores)]})

    def _transform_scores(self, X: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"scores": self._scores(X)}, index=X.index)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Return small parameter sets for sktime's test suites.

        Parameters
        ----------
        parameter_set : str, default="default"
            There is only this one.

        Returns
        -------
        list of dict
        """
        return [
            {"context_length": 8, "false_alarm_rate": 0.05, "device": "cpu"},
            {
                "context_length": 16,
                "false_alarm_rate": 0.5,
                "correction": "benjamini-hochberg",
                "window": 3,
                "calibration": "training",
                "batch_size": 32,
                "device": "cpu",
            },
            {
                "context_length": 4,
                "false_alarm_rate": 0.2,
                "correction": "bonferroni",
                "robust": False,
                "dtype": "bfloat16",
                "device": "cpu",
            },
        ]

    def _check_parameters(self) -> None:
        """Check all parameters that need no network to be checked."""
        check_number("false_alarm_rate", self.false_alarm_rate, above=0.0, below=1.0)
        check_choice("correction", self.correction, (None, "bonferroni", "benjamini-hochberg"))
        check_count("window", self.window)
        if self.window % 2 == 0:
            raise ValueError(f"window must be odd, but found {self.window}")
        check_flag("robust", self.robust)
        check_choice("calibration", self.calibration, ("model", "training"))
        self._check_network_parameters()

    def _scores(self, X: pd.DataFrame) -> Float64Array:
        """Return the score of each row."""
        series = to_series_batch(X, self._history.grid)
        num_columns = len(self._history.columns)
        if len(series.columns) != num_columns:
            raise ValueError(
                f"X must have {num_columns} columns, as the data that the detector was fitted to, "
                f"but has {len(series.columns)}"
            )
        surprises = self._surprises(series, self._history)
        if self._calibrations is not None:
            by_column = np.split(surprises, num_columns)
            calibrated = zip(self._calibrations, by_column, strict=True)
            surprises = np.concatenate([calibrate(column) for calibrate, column in calibrated])
        by_series = np.split(surprises, series.offsets[1:])
        window = int(self.window)
        surprises = np.concatenate([surprise_with_neighbours(one, window) for one in by_series])
        return joint_surprise(surprises.reshape(num_columns, -1).T)

    def _surprises(self, series: SeriesBatch, history: SeriesBatch | None = None) -> Float64Array:
        """Return the surprise of each value, in the order of ``series.values``."""
        from sktime_lagllama.detection.one_step_ahead import one_step_scores
        from sktime_lagllama.detection.robust import robust_scores
        from sktime_lagllama.detection.spans import plan_spans

        model, context_length = self._network_holder.network, self.context_length_
        batch_size = None if self.batch_size == "auto" else int(self.batch_size)
        known = series
        if history is not None:
            known = with_context(series, history, model.config.max_lag + context_length)
        if self.robust:
            # From the start of what is known on: what was detected there disturbs, too.
            scores = robust_scores(
                model, known, known.starts, self._is_masked, context_length, batch_size
            )
        else:
            plan = plan_spans(known, series.starts, context_length, model.config.mask_padding)
            scores = one_step_scores(model, known, known.values, plan, batch_size).normal_scores
        num_earlier = np.repeat(series.starts - known.starts, known.lengths)
        steps = np.arange(len(scores)) - np.repeat(known.offsets, known.lengths)
        return two_sided_surprise(scores[steps >= num_earlier])

    def _is_masked(self, scores: Float64Array) -> BoolArray:
        """Tell which values of a series do not enter the contexts of the second pass."""
        return self._alarms(joint_surprise(two_sided_surprise(scores)[:, None]))

    def _detected(self, scores: Float64Array) -> IntArray:
        """Return the rows whose scores are alarms."""
        return np.flatnonzero(self._alarms(scores))

    def _alarms(self, scores: Float64Array) -> BoolArray:
        return alarms(scores, float(self.false_alarm_rate), self.correction)
