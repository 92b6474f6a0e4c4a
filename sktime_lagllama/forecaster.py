"""LagLlamaForecaster: the sktime contract, nothing numeric."""

from __future__ import annotations

from numbers import Integral
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state
from sktime.forecasting.base import BaseForecaster, ForecastingHorizon

from sktime_lagllama._typing import Float64Array, IntArray
from sktime_lagllama.data.series import SeriesBatch, product_index, to_series_batch
from sktime_lagllama.fine_tuning.settings import FineTuning
from sktime_lagllama.forecasting.cache import PathCache
from sktime_lagllama.network.config import RopeScaling

if TYPE_CHECKING:
    import torch

    from sktime_lagllama.checkpoints.weights import OwnModel, SharedModel
    from sktime_lagllama.fine_tuning.loop import Tuned
    from sktime_lagllama.forecasting.paths import Reduce
    from sktime_lagllama.network.config import LagLlamaConfig
    from sktime_lagllama.network.lag_llama import LagLlama
    from sktime_lagllama.sampling.options import SamplingOptions

# Outside of any forecaster, so that predictions change no state.
PATHS = PathCache(max_bytes=2**28)


class LagLlamaForecaster(BaseForecaster):
    """Forecast with Lag-Llama, a probabilistic foundation model for time series.

    Every forecast is read off sample paths that the network draws from the last
    ``context_length`` values and their lags (Rasul et al., arXiv 2310.08278). All instances and
    columns of ``y`` are forecast as univariate series, in one batch.

    Zero-shot by default: ``fit`` trains nothing, it remembers the series. With ``fine_tuning``,
    ``fit`` adapts the weights to the series that it is given. ``pretrain`` adapts them to a panel,
    once, with the settings of ``fine_tuning`` or else its defaults; each later ``fit`` starts from
    the weights that came out, and only trains further if ``fine_tuning`` is set. ``update`` never
    trains.

    Missing values (NaN) are masked, not imputed. In-sample horizons are true one-step-ahead
    forecasts: the one for time t sees nothing from t on, the scaling included; where nothing was
    observed before, as at the first point, it is the network's forecast for an empty context, with
    location 0 and scale 1. A series with an integer index gets the calendar of a daily series in
    which 0 is 2010-01-01. A time without a row is an error (a missing value is a row with NaN), but
    times between ``fit`` and ``update`` that neither covers are missing values. An instance of a
    panel that ends before the others is forecast from the panel's last time, with what lies between
    missing.

    Parameters
    ----------
    checkpoint : str or path, default="bundled"
        Where the weights come from: "bundled" (in the package, no network needed), a hub repository
        such as "time-series-foundation-models/Lag-Llama" (optionally with "@revision"), a folder
        that ``LagLlama.save_pretrained`` wrote, a ".ckpt" file in the published layout (read
        without running anything in it), or a ".safetensors" file beside its "config.json".
    context_length : int, optional
        Tokens of context. None: what the checkpoint was trained with.
    num_samples : int, default=100
        Sample paths per series.
    point_forecast : {"median", "mean"}, default="median"
        What ``predict`` returns of the paths.
    rope_scaling : {"linear", "dynamic"}, optional
        How positions are scaled for contexts longer than the checkpoint saw; None extrapolates.
        With it, a forecast also depends on the longest step that is asked for.
    nonnegative : bool, default=False
        Clip sampled values at zero as they are drawn.
    fine_tuning : FineTuning, optional
        How to train the weights in ``fit``. None: not at all.
    device : str or torch.device, default="auto"
        "auto" (cuda, then mps, then cpu), "cpu", "cuda", "cuda:1", "mps". Nothing is moved there
        before ``fit``.
    dtype : {"float32", "bfloat16", "auto"}, default="float32"
        Precision of the network; "auto" is bfloat16 on a GPU that has it.
    batch_size : int or "auto", default="auto"
        Sample paths computed at once; bounds memory, never changes results.
    random_state : int, RandomState or None, default=None
        Seed of the paths. None: drawn once per ``fit``, so that all predictions after one ``fit``
        come from the same paths. An int gives the same paths every time.

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

    Examples
    --------
    >>> from sktime.datasets import load_airline
    >>> from sktime_lagllama import LagLlamaForecaster
    >>> forecaster = LagLlamaForecaster(random_state=0).fit(load_airline())
    >>> forecaster.predict(fh=[1, 2, 3]).shape
    (3,)
    >>> forecaster.predict_interval(fh=[1, 2, 3], coverage=[0.8, 0.95]).shape
    (3, 4)
    """

    _tags: ClassVar[dict[str, Any]] = {
        "authors": ["sktime-lagllama developers"],
        "maintainers": ["sktime-lagllama developers"],
        "python_dependencies": ["torch", "huggingface_hub", "safetensors"],
        # sktime converts arrays to the first one that fits: they may have several columns.
        "y_inner_mtype": ["pd.DataFrame", "pd.Series", "pd-multiindex", "pd_multiindex_hier"],
        "X_inner_mtype": ["pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"],
        "capability:multivariate": True,
        "capability:exogenous": False,
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
        checkpoint: str | PathLike[str] = "bundled",
        context_length: int | None = None,
        num_samples: int = 100,
        point_forecast: Literal["median", "mean"] = "median",
        rope_scaling: RopeScaling | None = None,
        nonnegative: bool = False,
        fine_tuning: FineTuning | None = None,
        device: str | torch.device = "auto",
        dtype: Literal["float32", "bfloat16", "auto"] = "float32",
        batch_size: int | Literal["auto"] = "auto",
        random_state: int | np.random.RandomState | None = None,
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
        super().__init__()
        # sktime sets these only where it remembers data from the start.
        self._y = None
        self._X = None

    def _fit(
        self, y: pd.Series | pd.DataFrame, X: pd.DataFrame | None, fh: ForecastingHorizon | None
    ) -> LagLlamaForecaster:
        self._check_parameters()
        history = to_series_batch(y)
        history.check_observed()
        self._history = history
        self._y_is_series = isinstance(y, pd.Series)
        self._y_name = y.name if isinstance(y, pd.Series) else None
        self._restore_freq_of_cutoff()
        self.seed_ = self._draw_seed()
        self._model = self._start(self.dtype)
        self.context_length_ = self._usable_context_length(self._model.network.config)
        if self.fine_tuning is not None:
            from sktime_lagllama.checkpoints.weights import OwnModel

            tuned = self._tuned(history, self._longest_step(fh), self.seed_)
            self._model = OwnModel(tuned.network, self.device, self.dtype)
            self.history_ = tuned.history
        return self

    def _pretrain(
        self,
        y: pd.Series | pd.DataFrame,
        X: pd.DataFrame | None = None,
        fh: ForecastingHorizon | None = None,
    ) -> LagLlamaForecaster:
        self._check_parameters()
        history = to_series_batch(y)
        history.check_observed()
        # Only a whole number of steps means the same to series that end at different times.
        steps = fh.to_pandas() if fh is not None and fh.is_relative else pd.Index([], dtype=object)
        longest = int(steps.max()) if pd.api.types.is_integer_dtype(steps.dtype) else 0
        tuned = self._tuned(history, longest, self._draw_seed())
        # On the CPU, so that it can be pickled and read on another machine.
        self.pretrained_model_ = tuned.network.cpu()
        self.history_ = tuned.history
        return self

    def _update(
        self, y: pd.Series | pd.DataFrame, X: pd.DataFrame | None = None, update_params: bool = True
    ) -> LagLlamaForecaster:
        # The weights stay, whatever update_params says: each of many small updates would train.
        if isinstance(y, pd.Series) and len(self._history.columns) == 1:
            y = y.rename(self._history.columns[0])
        self._history = self._history.extend(to_series_batch(y, self._history.grid))
        self._restore_freq_of_cutoff()
        return self

    def _predict(
        self, fh: ForecastingHorizon, X: pd.DataFrame | None = None
    ) -> pd.Series | pd.DataFrame:
        average = self._paths(fh, self._average)
        return self._as_seen(self._frame(fh, average, self._history.columns))

    def _predict_quantiles(
        self, fh: ForecastingHorizon, X: pd.DataFrame | None, alpha: list[float]
    ) -> pd.DataFrame:
        def quantiles_of(paths: Float64Array) -> Float64Array:
            return np.moveaxis(np.quantile(paths, alpha, axis=1), 0, -1)  # (series, steps, alpha)

        columns = self._get_columns(method="predict_quantiles", alpha=alpha)
        return self._frame(fh, self._paths(fh, quantiles_of), columns)

    def _predict_var(
        self, fh: ForecastingHorizon, X: pd.DataFrame | None = None, cov: bool = False
    ) -> pd.DataFrame:
        names = self._get_columns(method="predict_var")
        if not cov:
            return self._frame(fh, self._paths(fh, lambda paths: paths.var(axis=1)), names)
        paths = self._paths(fh)
        deviations = paths - paths.mean(axis=1, keepdims=True)
        covariance = np.einsum("snt,snu->stu", deviations, deviations) / self.num_samples
        times = self._times(fh)
        return self._frame(fh, covariance, pd.MultiIndex.from_product([names, times]))

    def _predict_proba(
        self, fh: ForecastingHorizon, X: pd.DataFrame | None, marginal: bool = True
    ) -> Any:
        from skpro.distributions import Empirical

        names = pd.Index(self._get_columns(method="predict"))
        return Empirical(
            self._samples_frame(fh, names),
            time_indep=marginal,
            skip_init_sorted=True,
            index=self._history.to_index(self._times(fh)),
            columns=names,
        )

    def predict_samples(self, fh: Any = None) -> pd.DataFrame:
        """Return the sample paths that all other forecasts are read off.

        A path is one possible course of the future: sums over a horizon, or the first time that a
        level is reached, have the right distribution only if computed path by path.

        Parameters
        ----------
        fh : int, list, pd.Index or ForecastingHorizon, optional
            Forecasting horizon; not needed if given to ``fit``.

        Returns
        -------
        pd.DataFrame
            Index: number of the path ("sample", 0 to ``num_samples - 1``), the instance levels if
            ``y`` was a panel or hierarchy, time; a column per variable.

        Raises
        ------
        NotFittedError
            If called before ``fit``.
        """
        self.check_is_fitted()
        fh = self._check_fh(fh, pred_int=True)
        return self._samples_frame(fh, pd.Index(self._get_columns(method="predict")))

    def predict_residuals(self, y: Any = None, X: Any = None) -> Any:
        """Return observed values minus one-step-ahead forecasts.

        Parameters
        ----------
        y : time series in sktime compatible format, optional
            With the observed values. None: all values seen so far.
        X : ignored

        Returns
        -------
        time series of the type of ``y``; a data frame if that is a panel
        """
        self.check_is_fitted()
        if y is None:
            y = self._history_as_pandas()
        if not isinstance(y.index if hasattr(y, "index") else None, pd.MultiIndex):
            return super().predict_residuals(y=y, X=X)
        times = y.index.get_level_values(-1).unique().sort_values()
        predicted = self._predict(ForecastingHorizon(times, is_relative=False))
        return y - predicted.loc[y.index]

    @property
    def model_(self) -> LagLlama:
        """The network in use; it must not be changed."""
        if self.is_fitted:
            return self._model.network
        if hasattr(self, "pretrained_model_"):
            return self.pretrained_model_
        raise AttributeError(f"{type(self).__name__} has no model_ before fit or pretrain")

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
        ]

    def _check_parameters(self) -> None:
        _check_choice("point_forecast", self.point_forecast, ("median", "mean"))
        _check_choice("rope_scaling", self.rope_scaling, (None, "linear", "dynamic"))
        if not isinstance(self.nonnegative, bool | np.bool_):
            raise TypeError(f"nonnegative must be True or False, but found {self.nonnegative!r}")
        _check_count("num_samples", self.num_samples)
        if self.context_length is not None:
            _check_count("context_length", self.context_length)
        if self.batch_size != "auto":
            _check_count("batch_size", self.batch_size, " or 'auto'")
        if self.fine_tuning is not None:
            if not isinstance(self.fine_tuning, FineTuning):
                raise TypeError(
                    f"fine_tuning must be None or a FineTuning, but found {self.fine_tuning!r}"
                )
            self.fine_tuning.check()

    def _draw_seed(self) -> int:
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))

    def _start(self, dtype: str) -> SharedModel | OwnModel:
        """Return the network that ``fit`` starts from: the checkpoint's, or the pretrained one."""
        from sktime_lagllama.checkpoints.weights import OwnModel, SharedModel

        if hasattr(self, "pretrained_model_"):
            return OwnModel(self.pretrained_model_, self.device, dtype)
        return SharedModel(self.checkpoint, self.device, dtype)

    def _tuned(self, history: SeriesBatch, longest_step: int, seed: int) -> Tuned:
        """Fine-tune the network that ``fit`` starts from, in float32."""
        from sktime_lagllama.fine_tuning.loop import tune

        start = self._start("float32").network
        settings = FineTuning() if self.fine_tuning is None else self.fine_tuning
        context_length = self._usable_context_length(start.config)
        return tune(start, history, settings, context_length, max(longest_step, 0) or None, seed)

    def _usable_context_length(self, config: LagLlamaConfig) -> int:
        context_length = self.context_length or config.context_length
        if context_length > config.max_context_length:
            raise ValueError(
                f"context_length must be at most {config.max_context_length} with checkpoint "
                f"{self.checkpoint!r}, but found {context_length}"
            )
        return context_length

    def _longest_step(self, fh: ForecastingHorizon | None) -> int:
        """Return the longest step ahead of a horizon, 0 without one."""
        if fh is None:
            return 0
        steps = self._history.grid.positions(self._times(fh)) - self._cutoff_position()
        return int(steps.max(initial=0))

    def _predict_moving_cutoff(
        self,
        y: Any,
        cv: Any,
        X: Any = None,
        update_params: bool = True,
        reset_forecaster: bool = True,
    ) -> Any:
        """Forecast from all cutoffs as series of one batch, where the loop would do the same."""
        from sktime_lagllama.forecasting.moving_cutoffs import growing_windows

        fh = cv.get_fh()
        if not isinstance(fh, ForecastingHorizon):
            fh = ForecastingHorizon(fh)
        steps = fh.to_numpy() if fh.is_relative else np.array([0])
        ahead = np.issubdtype(steps.dtype, np.integer) and steps.min() >= 1
        # The loop converts its forecasts to the container that was passed.
        as_passed = self._y_metadata["mtype"] in self.get_tag("y_inner_mtype")
        batched = reset_forecaster and ahead and as_passed
        windows = growing_windows(y, cv) if batched else []
        if not windows:
            return super()._predict_moving_cutoff(
                y, cv, X=X, update_params=update_params, reset_forecaster=reset_forecaster
            )
        return self._predict_from_cutoffs(y, windows, steps)

    def _predict_from_cutoffs(
        self, y: pd.Series | pd.DataFrame, windows: list[IntArray], steps: IntArray
    ) -> pd.Series | pd.DataFrame:
        """Return point forecasts from the end of each window of times, in sktime's form."""
        from sktime.forecasting.base._base import _format_moving_cutoff_predictions

        from sktime_lagllama.forecasting.moving_cutoffs import shared_times
        from sktime_lagllama.forecasting.paths import predict_paths_from_cutoffs

        times = shared_times(y.index)
        seen = y[y.index.get_level_values(-1).isin(times[windows[0][0] : windows[-1][-1] + 1])]
        if isinstance(seen, pd.Series):
            seen = seen.rename(self._history.columns[0])
        history = self._history.extend(to_series_batch(seen, self._history.grid))
        grid = history.grid
        ends = times[[window[-1] for window in windows]]
        cutoffs = grid.positions(ends)
        averages = predict_paths_from_cutoffs(
            self._model.network,
            history,
            cutoffs,
            int(steps.max()),
            self._sampling_options(),
            lambda paths: self._average(paths[:, :, steps - 1]),
        )  # (cutoffs, series, steps)
        forecasts = [
            self._as_seen(
                pd.DataFrame(
                    history.to_table(average),
                    history.to_index(grid.times(cutoff + steps)),
                    history.columns,
                )
            )
            for cutoff, average in zip(cutoffs, averages, strict=True)
        ]
        return _format_moving_cutoff_predictions(forecasts, [ends[[i]] for i in range(len(ends))])

    def _average(self, paths: Float64Array) -> Float64Array:
        """Return point forecasts of paths of shape (series, num_samples, steps)."""
        if self.point_forecast == "median":
            return np.quantile(paths, 0.5, axis=1)
        return paths.mean(axis=1)

    def _sampling_options(self) -> SamplingOptions:
        from sktime_lagllama.sampling.options import SamplingOptions

        return SamplingOptions(
            num_samples=self.num_samples,
            context_length=self.context_length_,
            rope_scaling=self.rope_scaling,
            nonnegative=bool(self.nonnegative),
            batch_size=None if self.batch_size == "auto" else self.batch_size,
            seed=self.seed_,
        )

    def _paths(self, fh: ForecastingHorizon, reduce: Reduce | None = None) -> Float64Array:
        """Draw sample paths, shape (series, num_samples, steps), or what they are reduced to.

        Paths of no more than the cache's size are drawn once for all predictions; larger ones are
        drawn and reduced block by block, again for each.
        """
        from sktime_lagllama.forecasting.paths import predict_paths

        options = self._sampling_options()
        cutoff = self._cutoff_position()
        steps = self._history.grid.positions(self._times(fh)) - cutoff
        network, history = self._model.network, self._history

        def draw(reduce: Reduce | None = None) -> Float64Array:
            return predict_paths(network, history, cutoff, steps, options, reduce)

        size = 8 * history.num_series * self.num_samples * len(steps)
        if reduce is not None and size > PATHS.max_bytes:
            return draw(reduce)
        settings = (cutoff, tuple(steps.tolist()), options)
        paths = PATHS.get((network, history), settings, draw)
        return paths if reduce is None else reduce(paths)

    def _cutoff_position(self) -> int:
        return int(self._history.grid.positions(self.cutoff)[0])

    def _times(self, fh: ForecastingHorizon) -> pd.Index:
        """Return the time stamps of a horizon.

        sktime's own conversion goes through periods, which many a pandas frequency has not.
        """
        values = fh.to_pandas()
        if fh.is_relative and pd.api.types.is_integer_dtype(values.dtype):
            steps = values.to_numpy(dtype=np.int64)
            return self._history.grid.times(self._cutoff_position() + steps)
        return fh.to_absolute_index(self.cutoff)

    def _frame(self, fh: ForecastingHorizon, numbers: Float64Array, columns: Any) -> pd.DataFrame:
        """Put numbers of shape (series, steps, ...) into a data frame with a row per time."""
        table = self._history.to_table(numbers)
        index = self._history.to_index(self._times(fh))
        return pd.DataFrame(table.reshape(len(index), -1), index=index, columns=columns)

    def _samples_frame(self, fh: ForecastingHorizon, columns: pd.Index) -> pd.DataFrame:
        paths = np.moveaxis(self._paths(fh), 1, -1)  # (series, steps, samples)
        rows = self._history.to_index(self._times(fh))
        index = product_index(pd.RangeIndex(self.num_samples, name="sample"), rows)
        table = self._history.to_table(paths)  # (rows, columns, samples)
        values = np.moveaxis(table, -1, 0).reshape(len(index), -1)
        # A copy: the cached paths cannot be written to.
        return pd.DataFrame(values, index=index, columns=columns, copy=True)

    def _restore_freq_of_cutoff(self) -> None:
        """Give the cutoff the step of the series where sktime could not tell it from the index."""
        cutoff, freq = self.cutoff, self._history.grid.freq
        if isinstance(cutoff, pd.DatetimeIndex) and cutoff.freq is None and freq is not None:
            self._set_cutoff(pd.DatetimeIndex(cutoff, freq=freq))

    def _history_as_pandas(self) -> pd.Series | pd.DataFrame:
        """Return all values seen so far, as a container of the kind that was passed."""
        history = self._history
        cutoff = self._cutoff_position()
        steps = np.arange(int(history.starts.min()) - cutoff, 1)
        series = np.arange(history.num_series)
        values = history.windows(series, np.full_like(series, cutoff), len(steps))
        frame = self._frame(ForecastingHorizon(steps, is_relative=True), values, history.columns)
        instances = series[: history.num_series // len(history.columns)]
        first = (history.starts[instances] - cutoff)[:, None]
        inside = (steps >= first) & (steps < first + history.lengths[instances][:, None])
        frame = frame[inside.ravel()]
        return self._as_seen(frame)

    def _as_seen(self, frame: pd.DataFrame) -> pd.Series | pd.DataFrame:
        """Return a series, with its name, if a series was given to ``fit``."""
        if not self._y_is_series:
            return frame
        return frame.iloc[:, 0].rename(self._y_name)  # type: ignore[call-overload]


def _check_choice(name: str, value: object, choices: tuple[object, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} must be one of {choices}, but found {value!r}")


def _check_count(name: str, value: object, alternative: str = "") -> None:
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be a positive integer{alternative}, but found {value!r}")
    if value < 1:
        raise ValueError(f"{name} must be a positive integer{alternative}, but found {value!r}")
