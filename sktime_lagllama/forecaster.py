"""LagLlamaForecaster: the methods that sktime asks of a forecaster, and nothing numeric."""

from __future__ import annotations

import warnings
from collections.abc import Hashable
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd
from sktime.datatypes import check_is_mtype, check_is_scitype, convert_to
from sktime.forecasting.base import BaseForecaster, ForecastingHorizon
from sktime.utils.validation.forecasting import check_fh

from sktime_lagllama import _sktime_compat
from sktime_lagllama._base import LagLlamaEstimator
from sktime_lagllama._parameter_checks import check_choice, check_count, check_flag
from sktime_lagllama._typing import Float64Array, IntArray
from sktime_lagllama.covariates.ignored import warn_of_ignored_columns
from sktime_lagllama.covariates.remainder import Remainder
from sktime_lagllama.data.containers import as_floats, holds_numbers, to_series_batch
from sktime_lagllama.data.frames import forecast_frame, observed_frame, sample_frame
from sktime_lagllama.data.grids import with_freq
from sktime_lagllama.data.past import Past
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.data.time_grid import TimeGrid
from sktime_lagllama.fine_tuning.settings import FineTuning
from sktime_lagllama.forecasting import summary_statistics

if TYPE_CHECKING:
    import torch

    from sktime_lagllama.fine_tuning.loop import FineTuned
    from sktime_lagllama.forecasting.paths import Reduce
    from sktime_lagllama.network.config import LagLlamaConfig, RopeScaling
    from sktime_lagllama.network.lag_llama import LagLlama
    from sktime_lagllama.sampling.options import SamplingOptions
    from sktime_lagllama.sampling.sampled_paths import SampledPaths


class LagLlamaForecaster(LagLlamaEstimator, _sktime_compat.HorizonOfEachCall, BaseForecaster):
    """Forecast with Lag-Llama, a probabilistic foundation model for time series.

    The network draws sample paths, step by step, from the last ``context_length`` values and their
    lags (Rasul et al., arXiv 2310.08278). All instances and columns of ``y`` are forecast as
    univariate series, in one batch. With the bundled checkpoint, a series with a step below a day
    is also forecast as its hourly and daily subseries (all values at 6:10, for example), and these
    forecasts are combined.

    Drawn are the paths (``predict_samples``, ``predict_proba``): each is one possible course of
    the future, and together they are stratified, which spreads them more evenly than independent
    ones. Computed, not drawn, are the forecasts of single steps (``predict``,
    ``predict_quantiles``, ``predict_interval``, ``predict_var``): the network predicts a Student-t
    distribution for each step of each path, and the forecast of a step is the mixture of these.
    One step ahead and in sample they are exact, whatever ``num_samples`` and ``random_state`` are.
    ``predict_var`` is finite: it counts degrees of freedom below 2.1, whose variance would be more
    than 21 times the squared scale, as 2.1. Where tails are that heavy, quantiles say more. With
    ``cov=True`` the correlations between steps are those of the paths.

    Zero-shot by default: ``fit`` trains nothing, it remembers the series. With ``fine_tuning``,
    ``fit`` adapts the weights to the series that it is given. ``pretrain`` adapts them to a panel,
    once, with the settings of ``fine_tuning`` or else its defaults; each later ``fit`` starts from
    the weights that came out, and only trains further if ``fine_tuning`` is set. ``update`` never
    trains.

    Missing values (NaN) are masked, not imputed. In-sample horizons are true one-step-ahead
    forecasts. The one for time t sees nothing from t on, the scaling included. Where nothing was
    observed before, as at the first point, it is the network's forecast for an empty context, with
    location 0 and scale 1. A series with an integer index gets the calendar of a daily series in
    which 0 is 2010-01-01. A time without a row is an error (a missing value is a row with NaN), but
    times between ``fit`` and ``update`` that neither covers are missing values. An instance of a
    panel that ends before the others is forecast from the panel's last time; the times in between
    count as missing. Values beyond 1e140 are an error, as their squares could overflow.

    Threads may share a fitted forecaster: each gets the forecast that it would get alone, also of
    its own horizon if it passes one. While one thread calls ``update``, the others get forecasts
    of the data before or after it, never of something in between (``predict_residuals`` needs
    several looks at the data: not beside ``update``). Only one thread at a time may ``fit`` or
    ``update``.

    Parameters
    ----------
    checkpoint : str, path or LagLlama, default="bundled"
        Where the weights come from: "bundled" (in the package, no network needed), a hub repository
        such as "time-series-foundation-models/Lag-Llama" (optionally with "@revision"), a folder
        that ``LagLlama.save_pretrained`` wrote, a ".ckpt" file in the published layout (read
        without running anything in it), or a ".safetensors" file beside its "config.json". Or a
        network, which must not be changed any more, such as the ``model_`` of a forecaster after
        ``pretrain``: ``clone``, ``set_params``, grid searches, pipelines and pickling keep it.
    context_length : int, optional
        Tokens of context. None: what the checkpoint's configuration says, which for the bundled one
        is 128, and 64 for steps below a month. Hourly and daily subseries have at most 64.
    num_samples : int, default=20
        Sample paths per series. More of them bring forecasts of single steps closer to those of
        infinitely many (``benchmarks/speed/report.md`` has the error), and take longer. For sums
        over steps, extremes and whatever else is counted over the paths (``predict_samples``,
        ``predict_proba``, correlations), take some hundreds.
    point_forecast : {"median", "mean"}, default="median"
        What ``predict`` returns of the forecast distribution of a step.
    rope_scaling : {"linear", "dynamic"}, optional
        How positions are rescaled for contexts longer than the checkpoint saw. None: positions are
        not rescaled. If it is set, a forecast also depends on the longest step that is asked for.
    nonnegative : bool, default=False
        Clip sampled values at zero as they are drawn, and forecasts with them.
    fine_tuning : FineTuning, optional
        How to train the weights in ``fit``. None: not at all.
    device : str or torch.device, default="auto"
        "auto" (cuda, then mps, then cpu), "cpu", "cuda", "cuda:1", "mps". Nothing is moved there
        before ``fit``.
    dtype : {"float32", "bfloat16", "auto"}, default="float32"
        Precision of the network; "auto" is bfloat16 on a GPU that has it.
    batch_size : int or "auto", default="auto"
        Sample paths computed at once; bounds memory. Results are not equal to the bit, since torch
        rounds products of matrices of other sizes differently: they differ by some 1e-6 of the
        forecast's spread in float32, more in bfloat16. The number of torch's threads has the same
        effect.
    random_state : int, RandomState or None, default=None
        Seed of the paths. None: drawn once per ``fit``, so that all predictions after one ``fit``
        come from the same paths. An int gives the same paths every time. The paths of a series
        depend on its values up to the cutoff, the seed, ``num_samples``, the labels of its instance
        and the place of its column; not on the other series, the horizon, the device or
        ``batch_size``, except by rounding (see ``batch_size``).
    covariates : {"ridge"}, optional
        What to do with ``X``. None: it is ignored, with a warning. "ridge": each series is
        regressed on the columns of ``X``, the network forecasts what is left, and the effect of the
        future ``X`` is added to it, with the uncertainty of the coefficients. See Notes.

    Attributes
    ----------
    model_ : LagLlama
        The network. Of a checkpoint, it is shared by all forecasters of the process with this
        checkpoint and device; fine-tuned or pretrained, it is this forecaster's own, and
        ``model_.save_pretrained(folder)`` writes it for ``checkpoint=folder``.
    context_length_ : int
        Tokens of context in use.
    seed_ : int
        Seed in use.
    pretrained_model_ : LagLlama
        What ``pretrain`` made of the checkpoint, on the CPU. Only after ``pretrain``.
    history_ : pd.DataFrame
        Course of the last training, a row per validation: index "step", "loss" and
        "validation_loss" in nats per value, "learning_rate", "seconds". Only after ``fit`` with
        ``fine_tuning`` or ``pretrain``.

    Notes
    -----
    With ``covariates="ridge"``, differences of ``y``, from one time or season to the next, are
    regressed on those of the features of ``X``: so no column is credited with a level, a trend or
    a season that it shares with ``y`` by chance. Features are the columns; or these and their
    squares, for effects like that of heating and cooling; or all these, and each times two pairs of
    waves of the season (a day of shorter steps, a week of days, a year of months or quarters). Of
    these sets, of the two kinds of differences, and of several penalties, each series gets the
    combination with the smallest squared errors of forecasts from earlier times. No regression is
    among them. Fewer than 8 values, or less than 2 rows for each feature, are too few for any.

    A time with a missing value in ``y`` or any column of ``X`` does not count in the regression;
    where only ``X`` is missing, its last value stands in when the effect is taken off. A column
    that was constant so far has no effect, whatever it does later. Strings, categories and objects
    become columns of zeros and ones. The columns must be known at every step of the horizon: in
    ``predict``, or earlier in ``fit`` or ``update``. ``update`` estimates the coefficients anew,
    unless ``update_params=False``. ``fine_tuning`` and ``pretrain`` train on what is left.

    A forecast in sample knows the coefficients that were known before its time, to which nothing
    from there on has contributed. Each sample path has its own draw of the coefficients. In the
    forecasts of single steps, which stay free of noise one step ahead, each Student-t distribution
    is widened by the variance of the effect; for such sums, quantiles have the wrong probability by
    at most 0.02.

    Examples
    --------
    >>> from sktime.datasets import load_airline
    >>> from sktime_lagllama import LagLlamaForecaster
    >>> forecaster = LagLlamaForecaster(random_state=0).fit(load_airline())
    >>> forecaster.predict(fh=[1, 2, 3]).shape
    (3,)
    >>> forecaster.predict_interval(fh=[1, 2, 3], coverage=[0.8, 0.95]).shape
    (3, 4)

    sktime has an adapter of the same name, which its ``craft`` takes unless a specification says
    otherwise:

    >>> from sktime.registry import craft
    >>> specification = '''
    ... from sktime_lagllama import LagLlamaForecaster
    ... return EnsembleForecaster([("a", LagLlamaForecaster()), ("b", NaiveForecaster())])
    ... '''
    >>> craft(specification).forecasters[0][1].__module__
    'sktime_lagllama.forecaster'
    """

    _tags: ClassVar[dict[str, Any]] = {
        "authors": ["sktime-lagllama developers"],
        "maintainers": ["sktime-lagllama developers"],
        "python_dependencies": ["torch", "huggingface_hub", "safetensors", "scipy"],
        # sktime converts arrays to the first one that fits: they may have several columns.
        "y_inner_mtype": ["pd.DataFrame", "pd.Series", "pd-multiindex", "pd_multiindex_hier"],
        "X_inner_mtype": ["pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"],
        "capability:multivariate": True,
        # That of an instance follows its parameter covariates.
        "capability:exogenous": True,
        # Times without a row of X count as missing values.
        "X-y-must-have-same-index": False,
        "capability:insample": True,
        "capability:pred_int": True,
        "capability:pred_int:insample": True,
        "capability:missing_values": True,
        "capability:unequal_length": True,
        "capability:update": True,
        "capability:pretrain": True,
        "pretrain:fitted_params": ["pretrained_model_", "history_"],
        "capability:random_state": True,
        "property:randomness": "derandomized",
        "requires-fh-in-fit": False,
    }
    # The forecaster keeps its own history, once: sktime need not keep it too.
    _config: ClassVar[dict[str, Any]] = {"remember_data": False}

    def __init__(
        self,
        checkpoint: str | PathLike[str] | LagLlama = "bundled",
        context_length: int | None = None,
        num_samples: int = 20,
        point_forecast: Literal["median", "mean"] = "median",
        rope_scaling: RopeScaling | None = None,
        nonnegative: bool = False,
        fine_tuning: FineTuning | None = None,
        device: str | torch.device = "auto",
        dtype: Literal["float32", "bfloat16", "auto"] = "float32",
        batch_size: int | Literal["auto"] = "auto",
        random_state: int | np.random.RandomState | None = None,
        covariates: Literal["ridge"] | None = None,
    ) -> None:
        self.checkpoint = checkpoint
        self.context_length = context_length
        self.num_samples = num_samples
        self.point_forecast = point_forecast
        self.rope_scaling = rope_scaling
        self.nonnegative = nonnegative
        self.fine_tuning = fine_tuning
        self.device = device
        self.dtype = dtype
        self.batch_size = batch_size
        self.random_state = random_state
        self.covariates = covariates
        super().__init__()
        self.set_tags(**{"capability:exogenous": covariates is not None})
        _sktime_compat.declare_remembered_data(self)

    def fit(self, y: Any, X: Any = None, fh: Any = None) -> LagLlamaForecaster:
        """Remember series, and with the parameters that ask for it, learn from them.

        Parameters
        ----------
        y : time series in sktime compatible format
            Series, panel or hierarchy.
        X : time series in sktime compatible format, optional
            Covariates, with the instances of ``y``. Their later rows may be given here or to
            ``predict``. Without ``covariates``, they are ignored, and a warning says so, once per
            process for the same columns.
        fh : int, list, pd.Index or ForecastingHorizon, optional
            Forecasting horizon, if it is known already.

        Returns
        -------
        LagLlamaForecaster
            Itself.

        Raises
        ------
        TypeError, ValueError
            If a parameter, ``y`` or ``X`` is wrong, saying what to do about it.
        """
        if X is not None and self.covariates is None:
            warn_of_ignored_columns(X)
        return super().fit(y, X=X, fh=fh)

    def _fit(
        self, y: pd.Series | pd.DataFrame, X: pd.DataFrame | None, fh: ForecastingHorizon | None
    ) -> LagLlamaForecaster:
        self._check_parameters()
        self._remember(self._without_effect(self._read_series(y), X, self.cutoff))
        self._y_is_series = isinstance(y, pd.Series)
        self._y_name = y.name if isinstance(y, pd.Series) else None
        self.seed_ = self._draw_seed()
        self._network_holder = self._open_network(self.dtype)
        config = self._network_holder.network.config
        self.context_length_ = self._context_length_on(config, self._past.series.grid)
        if self.fine_tuning is not None:
            from sktime_lagllama.checkpoints.weights import OwnNetwork

            fine_tuned = self._fine_tune(self._past.series, self._longest_step(fh), self.seed_)
            self._network_holder = OwnNetwork(fine_tuned.network, self.device, self.dtype)
            self.history_ = fine_tuned.training_history
        return self

    def _pretrain(
        self,
        y: pd.Series | pd.DataFrame,
        X: pd.DataFrame | None = None,
        fh: ForecastingHorizon | None = None,
    ) -> LagLlamaForecaster:
        self._check_parameters()
        series = self._without_effect(self._read_series(y), X)
        # Only a whole number of steps means the same to series that end at different times.
        steps = fh.to_pandas() if fh is not None and fh.is_relative else pd.Index([], dtype=object)
        longest = int(steps.max()) if pd.api.types.is_integer_dtype(steps.dtype) else 0
        fine_tuned = self._fine_tune(series, longest, self._draw_seed())
        # On the CPU, so that it can be pickled and read on another machine.
        self.pretrained_model_ = fine_tuned.network.cpu()
        self.history_ = fine_tuned.training_history
        return self

    def _update(
        self, y: pd.Series | pd.DataFrame, X: pd.DataFrame | None = None, update_params: bool = True
    ) -> LagLlamaForecaster:
        # The weights stay, whatever update_params says: otherwise every small update would train.
        self._remember(self._updated_remainder(self._extended_series(y), X, update_params))
        return self

    def _predict(
        self, fh: ForecastingHorizon, X: pd.DataFrame | None = None
    ) -> pd.Series | pd.DataFrame:
        past = self._past
        points = self._statistics(past, fh, X, self._point_forecast)  # (series, steps)
        return self._as_passed(_frame(past, fh, points, past.series.columns))

    def _predict_quantiles(
        self, fh: ForecastingHorizon, X: pd.DataFrame | None, alpha: list[float]
    ) -> pd.DataFrame:
        past = self._past
        quantiles = self._statistics(
            past,
            fh,
            X,
            lambda paths: summary_statistics.quantiles(paths, alpha, self._clips_at_zero),
        )
        columns = pd.MultiIndex.from_product([self._variable_names(past), alpha])
        return _frame(past, fh, quantiles, columns)

    def _predict_var(
        self, fh: ForecastingHorizon, X: pd.DataFrame | None = None, cov: bool = False
    ) -> pd.DataFrame:
        past = self._past
        names = self._variable_names(past)
        if not cov:
            variance = self._statistics(
                past, fh, X, lambda paths: summary_statistics.variance(paths, self._clips_at_zero)
            )
            return _frame(past, fh, variance, names)
        covariance = self._statistics(
            past, fh, X, lambda paths: summary_statistics.covariance(paths, self._clips_at_zero)
        )
        columns = pd.MultiIndex.from_product([names, past.times(fh)])
        return _frame(past, fh, covariance, columns)

    def _predict_proba(
        self, fh: ForecastingHorizon, X: pd.DataFrame | None, marginal: bool = True
    ) -> Any:
        from skpro.distributions import Empirical

        past = self._past
        times, columns = past.times(fh), pd.Index(self._variable_names(past))
        return Empirical(
            sample_frame(past.series, times, self._sampled_values(past, fh, X), columns),
            time_indep=marginal,
            skip_init_sorted=True,
            index=past.series.to_index(times),
            columns=columns,
        )

    def predict_samples(self, fh: Any = None, X: Any = None) -> pd.DataFrame:
        """Return the sample paths.

        A path is one possible course of the future: sums over a horizon, or the first time that a
        level is reached, have the right distribution only if computed path by path. For a single
        step ``predict_quantiles`` is more precise: it is computed from the distributions that were
        predicted along the paths, not from the values that were drawn.

        Parameters
        ----------
        fh : int, list, pd.Index or ForecastingHorizon, optional
            Forecasting horizon; not needed if given to ``fit``.
        X : time series in sktime compatible format, optional
            Covariates of the horizon, as ``predict`` takes them.

        Returns
        -------
        pd.DataFrame
            Index: number of the path ("sample", 0 to ``num_samples - 1``), the instance levels if
            ``y`` was a panel or hierarchy, time; a column per variable.

        Raises
        ------
        NotFittedError
            If called before ``fit``.
        ValueError
            If no horizon was given, here or earlier.
        """
        self.check_is_fitted()
        fh = _sktime_compat.check_horizon(self, fh, pred_int=True)
        past = self._past
        X = self._as_inner_covariates(X)
        columns = pd.Index(self._variable_names(past))
        return sample_frame(past.series, past.times(fh), self._sampled_values(past, fh, X), columns)

    def predict_residuals(self, y: Any = None, X: Any = None) -> Any:
        """Return observed values minus one-step-ahead forecasts.

        Parameters
        ----------
        y : time series in sktime compatible format, optional
            With the observed values. None: all values seen so far.
        X : time series in sktime compatible format, optional
            Covariates at these times, if the forecaster has not seen them yet.

        Returns
        -------
        time series of the type of ``y``; a data frame if that is a panel

        Raises
        ------
        ValueError
            If ``y`` has an instance that the forecaster does not know.
        """
        self.check_is_fitted()
        if y is None:
            past = self._past
            y = self._as_passed(observed_frame(past.series.observed, past.cutoff_position))
        if not self._has_numbers_like_forecasts(y):
            return super().predict_residuals(y=y, X=X)
        times = y.index.get_level_values(-1).unique().sort_values()
        predicted = self._predict(
            ForecastingHorizon(times, is_relative=False), self._as_inner_covariates(X)
        )
        unknown = y.index.difference(predicted.index)
        if len(unknown):
            raise ValueError(
                f"y must have instances that the forecaster was fitted to, but found {unknown[0]!r}"
            )
        return as_floats(y) - predicted.loc[y.index]

    def update_predict(
        self,
        y: Any,
        cv: Any = None,
        X: Any = None,
        update_params: bool = True,
        reset_forecaster: bool = True,
    ) -> Any:
        """Forecast from several cutoffs, all of them as series of one batch where that is possible.

        It is possible if each window begins where the first one does or later, leaves no gap, and
        ends no earlier than the window before; if the horizon lies ahead of the cutoff; if ``y`` is
        a pandas container of numbers; if the forecaster is reset afterwards; and if it was not
        fitted to covariates. Otherwise sktime updates and forecasts window by window. The forecasts
        are the same either way, up to rounding.

        Parameters
        ----------
        y : time series in sktime compatible format
            What the forecaster is updated with.
        cv : sktime splitter, optional
            Gives the windows and the horizon. None: an expanding window from the first time stamp
            on, and one step ahead.
        X : time series in sktime compatible format, optional
            Covariates of the same times and of the horizons.
        update_params : bool, default=True
            Whether the coefficients of ``covariates`` are estimated anew at each cutoff. Weights of
            the network stay in any case.
        reset_forecaster : bool, default=True
            Whether the forecaster stays as it is.

        Returns
        -------
        pd.Series or pd.DataFrame
            Point forecasts: a row per time, and columns per cutoff unless the horizon is one step.
        """
        self.check_is_fitted()
        if reset_forecaster and not isinstance(self._past.series, Remainder):
            forecasts = self._predict_moving_cutoffs_in_one_batch(y, cv, X)
            if forecasts is not None:
                return forecasts
        return super().update_predict(
            y, cv, X=X, update_params=update_params, reset_forecaster=reset_forecaster
        )

    def set_params(self, **params: Any) -> LagLlamaForecaster:
        """Set parameters, and forget what was fitted or pretrained with others, as sktime does.

        Parameters
        ----------
        **params
            By name; those of ``fine_tuning`` as ``fine_tuning__learning_rate`` and the like.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If there is no such parameter, or a parameter of ``fine_tuning`` is set while that is
            None.

        Warns
        -----
        UserWarning
            If weights are dropped that ``pretrain`` made.
        """
        nested = sorted(name for name in params if name.startswith("fine_tuning__"))
        if nested and params.get("fine_tuning", self.fine_tuning) is None:
            raise ValueError(
                f"{nested[0]} cannot be set while fine_tuning is None: give the forecaster a "
                "FineTuning first, as in LagLlamaForecaster(fine_tuning=FineTuning())"
            )
        if params and hasattr(self, "pretrained_model_"):
            warnings.warn(
                "the weights that pretrain made are dropped, as sktime's set_params does: to keep "
                "them, go on with LagLlamaForecaster(checkpoint=forecaster.model_)",
                stacklevel=2,
            )
        return super().set_params(**params)

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
            {"num_samples": 5, "context_length": 8, "random_state": 0, "device": "cpu"},
            {
                "num_samples": 4,
                "context_length": 24,
                "rope_scaling": "linear",
                "point_forecast": "mean",
                "nonnegative": True,
                "batch_size": 3,
                "random_state": 1,
                "device": "cpu",
            },
            {
                "num_samples": 3,
                "context_length": 4,
                "rope_scaling": "dynamic",
                "dtype": "bfloat16",
                "random_state": 2,
                "device": "cpu",
            },
            {
                "num_samples": 3,
                "context_length": 6,
                "fine_tuning": FineTuning(
                    max_steps=1, batch_size=2, trainable="head", horizon=3, random_state=0
                ),
                "random_state": 3,
                "device": "cpu",
            },
            {
                "num_samples": 3,
                "context_length": 6,
                "covariates": "ridge",
                "random_state": 4,
                "device": "cpu",
            },
        ]

    def _check_parameters(self) -> None:
        """Check all parameters that need no network to be checked."""
        check_choice("point_forecast", self.point_forecast, ("median", "mean"))
        check_choice("rope_scaling", self.rope_scaling, (None, "linear", "dynamic"))
        check_choice("covariates", self.covariates, (None, "ridge"))
        check_flag("nonnegative", self.nonnegative)
        check_count("num_samples", self.num_samples)
        self._check_network_parameters()
        if self.fine_tuning is not None:
            if not isinstance(self.fine_tuning, FineTuning):
                raise TypeError(
                    f"fine_tuning must be None or a FineTuning, but found {self.fine_tuning!r}"
                )
            self.fine_tuning.check()

    def _read_series(self, y: pd.Series | pd.DataFrame) -> SeriesBatch:
        """Read the series to fit to; each must have a value."""
        series = to_series_batch(y)
        series.check_observed()
        return series

    def _extended_series(self, y: pd.Series | pd.DataFrame) -> SeriesBatch:
        """Return the series seen so far with newer values; the name of a single one is free."""
        series = self._past.series.observed
        if isinstance(y, pd.Series) and len(series.columns) == 1:
            y = y.rename(series.columns[0])
        return series.extend(to_series_batch(y, series.grid))

    def _context_length_on(self, config: LagLlamaConfig, grid: TimeGrid) -> int:
        """Return the tokens of context for series on a grid."""
        from sktime_lagllama.forecasting.context_length import default_context_length

        return self._resolve_context_length(config, default_context_length(config, grid))

    def _fine_tune(self, series: SeriesBatch, longest_step: int, seed: int) -> FineTuned:
        """Fine-tune the network that ``fit`` starts from, in float32."""
        from sktime_lagllama.fine_tuning.loop import fine_tune

        network = self._open_network("float32").network
        settings = FineTuning() if self.fine_tuning is None else self.fine_tuning
        settings = settings.with_python_numbers()
        context_length = self._context_length_on(network.config, series.grid)
        horizon = max(longest_step, 0) or None
        return fine_tune(network, series, settings, context_length, horizon, seed)

    def _without_effect(
        self, series: SeriesBatch, X: pd.DataFrame | None, cutoff: pd.Index | None = None
    ) -> SeriesBatch:
        """Return what covariates leave of series up to a cutoff, None: all; or the series."""
        if X is None or self.covariates is None:
            return series
        if cutoff is None:
            learned_until = int((series.starts + series.lengths).max()) - 1
        else:
            learned_until = int(series.grid.positions(cutoff)[0])
        return Remainder.read(series, X, learned_until)

    def _updated_remainder(
        self, series: SeriesBatch, X: pd.DataFrame | None, update_params: bool
    ) -> SeriesBatch:
        """Return what covariates leave of extended series, or the series."""
        remainder = self._past.series
        if isinstance(remainder, Remainder):
            cutoff = int(series.grid.positions(self.cutoff)[0])
            return remainder.updated(series, X, cutoff, learn=update_params)
        self._check_no_new_covariates(X)
        return series

    def _check_no_new_covariates(self, X: pd.DataFrame | None) -> None:
        """Check that a forecaster which has learned from no covariates gets none."""
        if X is not None:
            raise ValueError("X must be given to fit too: the forecaster was fitted without it")

    def _as_inner_covariates(self, X: Any) -> pd.DataFrame | None:
        """Return X as sktime passes it to ``_predict``."""
        if X is None or self.covariates is None:
            return None
        return convert_to(X, self.get_tag("X_inner_mtype"))

    def _sampled_values(
        self, past: Past, fh: ForecastingHorizon, X: pd.DataFrame | None
    ) -> Float64Array:
        """Return the values of sample paths, shape (series, num_samples, steps)."""
        return self._statistics(past, fh, X, lambda paths: paths.values)

    def _statistics(
        self, past: Past, fh: ForecastingHorizon, X: pd.DataFrame | None, reduce: Reduce
    ) -> Float64Array:
        """Return what sample paths are reduced to, shape (series, ...)."""
        from sktime_lagllama.covariates.effect import effect_of
        from sktime_lagllama.forecasting.shared_paths import statistics_of_shared_paths

        series, steps, options = past.series, past.steps(fh), self._sampling_options()
        adjust = None
        if isinstance(series, Remainder):
            adjust = effect_of(
                series, X, past.cutoff_position, steps, self.seed_, options.nonnegative
            ).add_to
            # What is left may be negative: the values are clipped once they are those of y.
            options = replace(options, nonnegative=False)
        else:
            self._check_no_new_covariates(X)
        return statistics_of_shared_paths(
            self.model_, series, past.cutoff_position, steps, options, reduce, adjust
        )

    def _sampling_options(self) -> SamplingOptions:
        from sktime_lagllama.sampling.options import SamplingOptions

        return SamplingOptions(
            num_samples=int(self.num_samples),  # a small NumPy integer would overflow
            context_length=self.context_length_,
            rope_scaling=self.rope_scaling,
            nonnegative=self._clips_at_zero,
            batch_size=None if self.batch_size == "auto" else int(self.batch_size),
            seed=self.seed_,
        )

    @property
    def _clips_at_zero(self) -> bool:
        return bool(self.nonnegative)

    def _point_forecast(self, paths: SampledPaths) -> Float64Array:
        """Return what ``predict`` returns of paths (series, samples, steps): (series, steps)."""
        return summary_statistics.point_forecast(paths, self.point_forecast, self._clips_at_zero)

    def _predict_moving_cutoffs_in_one_batch(
        self, y: Any, cv: Any, X: Any
    ) -> pd.Series | pd.DataFrame | None:
        """Return what ``update_predict`` returns, or None if it cannot be computed in one batch."""
        from sktime.split import ExpandingWindowSplitter
        from sktime.split.base import BaseSplitter

        from sktime_lagllama.forecasting.moving_cutoffs import growing_windows

        cv = ExpandingWindowSplitter(initial_window=1) if cv is None else cv
        if not isinstance(cv, BaseSplitter) or not self._takes_in_one_batch(y, X):
            return None
        fh = check_fh(cv.get_fh())
        steps = fh.to_numpy() if fh.is_relative else np.array([0])
        if not np.issubdtype(steps.dtype, np.integer) or steps.min() < 1:
            return None
        windows = growing_windows(y, cv)
        return self._predict_from_cutoffs(y, windows, steps) if windows else None

    def _takes_in_one_batch(self, y: Any, X: Any) -> bool:
        """Tell whether data need no conversion and no error message of sktime's."""
        # The loop converts its forecasts to the container that was passed; a batch does not.
        if y is None or not check_is_mtype(y, self.get_tag("y_inner_mtype")):
            return False
        dtypes = [y.dtype] if isinstance(y, pd.Series) else list(y.dtypes)
        return (
            all(holds_numbers(dtype) for dtype in dtypes)
            and (X is None or check_is_scitype(X, ["Series", "Panel", "Hierarchical"]))
            and _sktime_compat.can_format_moving_cutoff_predictions()
        )

    def _predict_from_cutoffs(
        self, y: pd.Series | pd.DataFrame, windows: list[IntArray], steps: IntArray
    ) -> pd.Series | pd.DataFrame:
        """Return point forecasts from the end of each window of times, in sktime's form."""
        from sktime_lagllama.forecasting.moving_cutoffs import shared_times
        from sktime_lagllama.forecasting.paths import predict_paths_from_cutoffs

        times = shared_times(y.index)
        in_windows = y.index.get_level_values(-1).isin(times[windows[0][0] : windows[-1][-1] + 1])
        series = self._extended_series(y[in_windows])
        cutoff_times = times[[window[-1] for window in windows]]
        cutoffs = series.grid.positions(cutoff_times)
        points = predict_paths_from_cutoffs(
            self.model_,
            series,
            cutoffs,
            int(steps.max()),
            self._sampling_options(),
            lambda paths: self._point_forecast(paths.select(np.s_[:, :, steps - 1])),
        )  # (cutoffs, series, steps)
        forecasts = [
            self._as_passed(
                forecast_frame(series, series.grid.times(cutoff + steps), numbers, series.columns)
            )
            for cutoff, numbers in zip(cutoffs, points, strict=True)
        ]
        return _sktime_compat.format_moving_cutoff_predictions(forecasts, cutoff_times)

    def _longest_step(self, fh: ForecastingHorizon | None) -> int:
        """Return the longest step ahead of a horizon, 0 without one."""
        if fh is None:
            return 0
        return int(self._past.steps(fh).max(initial=0))

    def _variable_names(self, past: Past) -> list[Hashable]:
        """Return the names of the variables in probabilistic forecasts."""
        return _sktime_compat.variable_names(self, past.series.columns)

    def _as_passed(self, frame: pd.DataFrame) -> pd.Series | pd.DataFrame:
        """Return a series, with its name, if a series was given to ``fit``."""
        if not self._y_is_series:
            return frame
        return frame.iloc[:, 0].rename(self._y_name)  # type: ignore[call-overload]

    def _has_numbers_like_forecasts(self, y: Any) -> bool:
        """Tell whether data are a pandas container of numbers in the form of the forecasts."""
        if not isinstance(y, pd.Series if self._y_is_series else pd.DataFrame):
            return False
        dtypes = [y.dtype] if isinstance(y, pd.Series) else list(y.dtypes)
        is_panel = isinstance(y.index, pd.MultiIndex)
        return is_panel == (self._past.series.instances is not None) and not any(
            pd.api.types.is_object_dtype(dtype) for dtype in dtypes
        )

    def _remember(self, series: SeriesBatch) -> None:
        """Replace what is known by series and the cutoff that sktime has set.

        The cutoff gets the step of the series where sktime could not infer it from the index.
        """
        cutoff, freq = self.cutoff, series.grid.freq
        if isinstance(cutoff[0], pd.Timestamp) and not isinstance(cutoff, pd.DatetimeIndex):
            # What sktime makes of a panel's times where nanoseconds cannot hold them.
            cutoff = pd.date_range(cutoff[0], periods=1, unit=cutoff[0].unit)
            _sktime_compat.set_cutoff(self, cutoff)
        if isinstance(cutoff, pd.DatetimeIndex) and cutoff.freq is None and freq is not None:
            cutoff = with_freq(cutoff, freq)
            _sktime_compat.set_cutoff(self, cutoff)
        # Everything that forecasts reads this attribute, once: sktime moves its own cutoff before
        # the series are known, and another thread may forecast in between.
        self._past = Past(series, cutoff)


def _frame(
    past: Past,
    fh: ForecastingHorizon,
    numbers: Float64Array,
    columns: pd.Index | list[Hashable],
) -> pd.DataFrame:
    """Put numbers of shape (series, steps, ...) into a data frame with a row per time."""
    return forecast_frame(past.series, past.times(fh), numbers, columns)
