"""QuantileEnsembleForecaster: the mean of several forecasters, and of their quantiles."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset
from pandas.tseries.offsets import BaseOffset
from scipy.stats import norm
from sktime.base import _HeterogenousMetaEstimator
from sktime.forecasting.base import BaseForecaster, ForecastingHorizon

from sktime_lagllama import _sktime_compat
from sktime_lagllama._parameter_checks import check_number
from sktime_lagllama._typing import Float64Array
from sktime_lagllama.data.grids import with_freq

NORMAL_SCORES: Float64Array = np.linspace(-5, 5, 41)
"""Where the averaged quantile function is looked at for its moments: evenly on the normal scale,
so that tails count. The trapezoidal rule there has the variance of a normal distribution within
0.001 % and that of a t distribution with 4 degrees of freedom within 0.2 %."""
DISTRIBUTION_LEVELS: list[float] = norm.cdf(NORMAL_SCORES).tolist()
DISTRIBUTION_WEIGHTS: Float64Array = norm.pdf(NORMAL_SCORES) / norm.pdf(NORMAL_SCORES).sum()

TAGS_OF_ALL = (
    "capability:insample",
    "capability:pred_int",
    "capability:pred_int:insample",
    "capability:missing_values",
    "capability:unequal_length",
    "capability:update",
)
"""What the ensemble can do if every member can."""
TAGS_OF_ALL_WITH_X = ("capability:categorical_in_X", "capability:non_contiguous_X")
"""What it can do if every member that is given ``X`` can."""
TAGS_OF_ANY = (
    "capability:exogenous",
    "capability:random_state",
    "requires-fh-in-fit",
    "X-y-must-have-same-index",
)
"""What holds for the ensemble if it holds for a single member."""
DEGREES_OF_RANDOMNESS = ("deterministic", "derandomized", "stochastic")


class QuantileEnsembleForecaster(_HeterogenousMetaEstimator, BaseForecaster):
    """Average forecasters, their quantiles included.

    ``predict`` returns the weighted mean of the members' point forecasts, as sktime's
    ``EnsembleForecaster`` does. ``predict_quantiles`` returns the weighted mean of their
    quantiles, level by level (Vincentization; Ratcliff, Psychological Bulletin 86, 1979;
    Lichtendahl, Grushka-Cockayne and Winkler, Management Science 59, 2013), which sktime 1.2 has
    no forecaster for. Intervals are central: their ends are the quantiles of 0.5 - coverage / 2
    and 0.5 + coverage / 2. Averaged quantiles never cross if those of the members do not. For
    members whose distributions have one shape, such as normal ones, the average is of that shape,
    with the mean of their locations and the mean of their widths. (A mixture of the members'
    distributions would be wider than they are on average wherever they disagree.)

    The mean of ``LagLlamaForecaster``, ``StatsForecastAutoTheta`` and ``StatsForecastAutoETS``,
    formed in this way, has 0.800 times the MASE and 0.646 times the weighted quantile loss of the
    seasonal naive point forecast, as geometric means over nine sets of the M1, M3 and Tourism
    competitions; ``LagLlamaForecaster`` alone 0.800 and 0.639 (``benchmarks/accuracy/report.md``).

    The point forecast need not be the quantile at 0.5: some members return means, or have simulated
    quantiles beside an exact point forecast.

    Parameters
    ----------
    forecasters : list of (str, forecaster) tuples
        The members; their parameters are ``name__parameter`` in ``set_params`` and grid searches.
        Probabilistic forecasts need members that all have them (tag ``capability:pred_int``). In
        the same way, missing values, in-sample forecasts and covariates depend on the members.
        ``X`` goes to those that use it, and is ignored if none does. In a panel the horizon counts
        from the last time of the panel, for all members.
    weights : list of float, optional
        Of the members, in their order; not negative. They are divided by their sum. None: equal.

    Attributes
    ----------
    forecasters_ : list of (str, forecaster) tuples
        Fitted clones of the members.
    weights_ : float64 array of shape (members,)
        Sum to 1.

    See Also
    --------
    sktime.forecasting.compose.EnsembleForecaster : Means, medians and extremes of point forecasts.

    Notes
    -----
    ``predict_var`` and ``predict_proba`` are computed from 41 averaged quantiles, at levels that
    are evenly spaced on the scale of a normal distribution, from 3e-7 to 1 - 3e-7. The distribution
    has these 41 values, with weights; it can be no better in the tails than the members' quantiles
    are. Quantiles are averaged for one time at a time, and say nothing of how times go together:
    ``predict_var(cov=True)`` and ``predict_proba(marginal=False)`` are errors.

    Examples
    --------
    >>> from sktime.datasets import load_airline
    >>> from sktime.forecasting.naive import NaiveForecaster
    >>> from sktime_lagllama import LagLlamaForecaster, QuantileEnsembleForecaster
    >>> forecaster = QuantileEnsembleForecaster(
    ...     [("lag-llama", LagLlamaForecaster(random_state=0)), ("naive", NaiveForecaster(sp=12))],
    ...     weights=[3, 1],
    ... )
    >>> forecaster = forecaster.fit(load_airline(), fh=[1, 2, 3])
    >>> forecaster.predict_quantiles(alpha=[0.1, 0.5, 0.9]).shape
    (3, 3)
    """

    _tags: ClassVar[dict[str, Any]] = {
        "authors": ["sktime-lagllama developers"],
        "maintainers": ["sktime-lagllama developers"],
        "y_inner_mtype": ["pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"],
        "X_inner_mtype": ["pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"],
        # A member that forecasts one series at a time loops over columns and instances itself.
        "capability:multivariate": True,
        # Those of an instance follow its members.
        "capability:exogenous": True,
        "capability:insample": True,
        "capability:pred_int": True,
        "capability:pred_int:insample": True,
        "capability:missing_values": True,
        "capability:unequal_length": True,
        "capability:update": True,
        "requires-fh-in-fit": False,
        "visual_block_kind": "parallel",
    }
    # The members remember what they need of the data.
    _config: ClassVar[dict[str, Any]] = {"remember_data": False}
    # sktime's documented names of where a composite has its parts, before and after fit.
    _steps_attr = "forecasters"
    _steps_fitted_attr = "forecasters_"

    def __init__(
        self,
        forecasters: Sequence[tuple[str, BaseForecaster]],
        weights: Sequence[float] | None = None,
    ) -> None:
        self.forecasters = forecasters
        self.weights = weights
        super().__init__()
        self._set_tags_of_members()
        _sktime_compat.declare_remembered_data(self)

    def _set_tags_of_members(self) -> None:
        """Declare what the members can do together.

        Raises
        ------
        TypeError, ValueError
            If they are no list of named forecasters: then there is nothing that tags could be of.
        """
        members = self._checked_members()
        for tag in TAGS_OF_ALL:
            self.set_tags(**{tag: all(member.get_tag(tag) for member in members)})
        with_x = [member for member in members if member.get_tag("capability:exogenous")]
        for tag in TAGS_OF_ALL_WITH_X:
            self.set_tags(**{tag: all(member.get_tag(tag) for member in with_x)})
        for tag in TAGS_OF_ANY:
            self.set_tags(**{tag: any(member.get_tag(tag) for member in members)})
        randomness = [member.get_tag("property:randomness") for member in members]
        self.set_tags(**{"property:randomness": max(randomness, key=DEGREES_OF_RANDOMNESS.index)})
        index_types = [member.get_tag("enforce_index_type") for member in members]
        self.set_tags(enforce_index_type=next(filter(None, index_types), None))

    def _checked_members(self) -> list[BaseForecaster]:
        """Return the members without their names.

        Raises
        ------
        TypeError
            If ``forecasters`` is no list of (name, forecaster) tuples.
        ValueError
            If it is empty, or a name occurs twice or would be ambiguous in ``set_params``.
        """
        if not isinstance(self.forecasters, list | tuple):
            raise TypeError(
                "forecasters must be a list of (name, forecaster) tuples, but found "
                f"{type(self.forecasters).__name__}"
            )
        if not self.forecasters:
            raise ValueError("forecasters must have at least one (name, forecaster) tuple")
        for pair in self.forecasters:
            if not (
                isinstance(pair, tuple)
                and len(pair) == 2
                and isinstance(pair[0], str)
                and isinstance(pair[1], BaseForecaster)
            ):
                raise TypeError(
                    f"forecasters must be a list of (name, forecaster) tuples, but found {pair!r}"
                )
        names = [name for name, _ in self.forecasters]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"names of forecasters must be unique, but found {name!r} twice")
            if "__" in name or name in ("forecasters", "weights"):
                raise ValueError(
                    f"a forecaster must not be named {name!r}: parameters are set by "
                    "name__parameter, so a name has no '__' and is no parameter of the ensemble"
                )
        return [member for _, member in self.forecasters]

    def _checked_weights(self) -> Float64Array:
        """Return the weights, which sum to 1.

        Raises
        ------
        TypeError, ValueError
            If they are no numbers of at least 0, one for each member, or all of them are 0.
        """
        count = len(self.forecasters)
        if self.weights is None:
            return np.full(count, 1 / count)
        weights = list(self.weights)
        if len(weights) != count:
            raise ValueError(
                f"weights must have one number for each of the {count} forecasters, "
                f"but found {len(weights)}"
            )
        for number, weight in enumerate(weights):
            check_number(f"weights[{number}]", weight, at_least=0)
        if not any(weights):
            raise ValueError("weights must not all be 0")
        return np.divide(weights, sum(weights), dtype=np.float64)

    def set_params(self, **params: Any) -> QuantileEnsembleForecaster:
        """Set parameters of the ensemble, ``name`` of a member or ``name__parameter`` of it.

        Parameters
        ----------
        **params
            Names and values, as ``get_params`` lists them.

        Returns
        -------
        QuantileEnsembleForecaster
            Itself, no longer fitted.
        """
        super().set_params(**params)
        # Tags of the members may depend on their parameters.
        return self.reset()

    def _fit(
        self, y: pd.DataFrame, X: pd.DataFrame | None, fh: ForecastingHorizon | None
    ) -> QuantileEnsembleForecaster:
        self.weights_ = self._checked_weights()
        self._ends = _ends_of_instances(y)
        self._freq = _inferred_freq(y)
        fh = self._horizon_of_members(fh)
        self.forecasters_ = [
            (name, member.clone().fit(y, X=_if_used(X, member), fh=fh))
            for name, member in self.forecasters
        ]
        return self

    def _update(
        self, y: pd.DataFrame, X: pd.DataFrame | None = None, update_params: bool = True
    ) -> QuantileEnsembleForecaster:
        self._ends = _ends_of_instances(y).combine_first(self._ends)
        for _, member in self.forecasters_:
            member.update(y, X=_if_used(X, member), update_params=update_params)
        return self

    def _predict(self, fh: ForecastingHorizon, X: pd.DataFrame | None = None) -> pd.DataFrame:
        fh = self._horizon_of_members(fh)
        return self._averaged(lambda member: member.predict(fh=fh, X=_if_used(X, member)))

    def _predict_quantiles(
        self, fh: ForecastingHorizon, X: pd.DataFrame | None, alpha: list[float]
    ) -> pd.DataFrame:
        index, names, quantiles = self._averaged_quantiles(fh, X, alpha)
        columns = pd.MultiIndex.from_product([names, alpha])
        return pd.DataFrame(quantiles.reshape(len(index), -1), index, columns)

    def _predict_var(
        self, fh: ForecastingHorizon, X: pd.DataFrame | None = None, cov: bool = False
    ) -> pd.DataFrame:
        if cov:
            raise ValueError(
                "cov=True: averaged quantiles have no covariance between times; use cov=False"
            )
        index, names, values = self._averaged_quantiles(fh, X, DISTRIBUTION_LEVELS)
        deviations = values - (values @ DISTRIBUTION_WEIGHTS)[:, :, np.newaxis]
        return pd.DataFrame(deviations**2 @ DISTRIBUTION_WEIGHTS, index, names)

    def _predict_proba(
        self, fh: ForecastingHorizon, X: pd.DataFrame | None, marginal: bool = True
    ) -> Any:
        if not marginal:
            raise ValueError(
                "marginal=False: averaged quantiles have no joint distribution; use marginal=True"
            )
        from skpro.distributions import Empirical

        index, names, values = self._averaged_quantiles(fh, X, DISTRIBUTION_LEVELS)
        numbers = range(len(DISTRIBUTION_LEVELS))
        frames = {number: pd.DataFrame(values[:, :, number], index, names) for number in numbers}
        atoms = pd.concat(frames, names=["sample"])
        weights = pd.Series(np.repeat(DISTRIBUTION_WEIGHTS, len(index)), atoms.index)
        return Empirical(atoms, weights=weights, index=index, columns=pd.Index(names))

    def _horizon_of_members(self, fh: ForecastingHorizon | None) -> ForecastingHorizon | None:
        """Return a horizon that means the same times to all members.

        Where the instances of a panel end at different times, forecasters that loop over them count
        steps from the end of each, and others, such as ``LagLlamaForecaster``, from the last time
        of the panel, which is sktime's cutoff. These are told the times after the cutoff.

        Parameters
        ----------
        fh : ForecastingHorizon, optional

        Raises
        ------
        ValueError
            If times are needed, and how far they lie apart cannot be found.
        """
        if fh is None or not fh.is_relative or self._ends.nunique() == 1:
            return fh
        cutoff = self.cutoff
        if isinstance(cutoff, pd.DatetimeIndex) and cutoff.freq is None:
            if self._freq is None:
                raise ValueError(
                    "fh must be times, not steps, for instances that end at different times and "
                    f"whose times have no regular step, but found {list(fh.to_pandas())}"
                )
            cutoff = with_freq(cutoff, self._freq)
        return fh.to_absolute(cutoff)

    def _averaged_quantiles(
        self, fh: ForecastingHorizon, X: pd.DataFrame | None, levels: list[float]
    ) -> tuple[pd.Index, list[Hashable], Float64Array]:
        """Average the members' quantiles.

        Parameters
        ----------
        fh : ForecastingHorizon
        X : pd.DataFrame, optional
        levels : list of float

        Returns
        -------
        index : pd.Index of shape (rows,)
            Instances, if any, and times.
        names : list of hashable
            Of the variables.
        quantiles : float64 array of shape (rows, variables, levels)
        """
        fh = self._horizon_of_members(fh)
        averaged = self._averaged(
            lambda member: member.predict_quantiles(fh=fh, X=_if_used(X, member), alpha=levels)
        )
        names = _sktime_compat.variable_names(self, averaged.columns.unique(level=0))
        return averaged.index, names, averaged.to_numpy().reshape(-1, len(names), len(levels))

    def _averaged(self, forecast: Callable[[BaseForecaster], pd.DataFrame]) -> pd.DataFrame:
        """Return the weighted mean of what the members forecast.

        Parameters
        ----------
        forecast : callable
            Takes a fitted member, returns a data frame of floats with the same columns, in the same
            order, for every member.

        Returns
        -------
        pd.DataFrame
            With the first member's index and columns.

        Raises
        ------
        ValueError
            If a member forecasts other instances or times than the first one.
        """
        first_name, first = self.forecasters_[0][0], forecast(self.forecasters_[0][1])
        mean = self.weights_[0] * first.to_numpy(dtype=np.float64)
        for weight, (name, member) in zip(self.weights_[1:], self.forecasters_[1:], strict=True):
            forecasts = forecast(member)
            # Members may return the instances of a panel in different orders.
            places = forecasts.index.get_indexer(first.index)
            if len(forecasts) != len(first) or (places < 0).any():
                raise ValueError(
                    f"forecasters must forecast the same instances and times, but {name!r} and "
                    f"{first_name!r} do not: {forecasts.index} and {first.index}"
                )
            mean += weight * forecasts.to_numpy(dtype=np.float64)[places]
        return pd.DataFrame(mean, first.index, first.columns)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Return parameters for sktime's suite.

        Parameters
        ----------
        parameter_set : str, default="default"
            Ignored: there is one set.

        Returns
        -------
        list of dict
        """
        from sktime.forecasting.trend import PolynomialTrendForecaster, TrendForecaster

        from sktime_lagllama.forecaster import LagLlamaForecaster

        lag_llama = LagLlamaForecaster(
            context_length=16, num_samples=4, device="cpu", random_state=0
        )
        # In sample, sktime's NaiveForecaster would take most of the suite's minutes.
        trend = PolynomialTrendForecaster(prediction_intervals=True)
        return [
            {"forecasters": [("lag-llama", lag_llama), ("trend", trend)]},
            {
                "forecasters": [
                    ("lag-llama", lag_llama.clone().set_params(covariates="ridge")),
                    ("trend", trend),
                ],
                "weights": [2, 1],
            },
            # One that cannot have quantiles.
            {"forecasters": [("lag-llama", lag_llama), ("trend", TrendForecaster())]},
        ]


def _ends_of_instances(y: pd.DataFrame) -> pd.Series:
    """Return the last time of each instance of a panel or hierarchy; a series is one instance."""
    times = y.index.get_level_values(-1)
    if not isinstance(y.index, pd.MultiIndex):
        return pd.Series([times.max()])
    levels = list(range(y.index.nlevels - 1))
    return times.to_series(index=y.index.droplevel(-1)).groupby(level=levels).max()


def _inferred_freq(y: pd.DataFrame) -> BaseOffset | None:
    """Return the step between all times of a panel; None if there is no regular one."""
    times = y.index.get_level_values(-1).unique().sort_values()
    if not isinstance(times, pd.DatetimeIndex) or len(times) < 3:
        return None
    return to_offset(pd.infer_freq(times))


def _if_used(X: pd.DataFrame | None, member: BaseForecaster) -> pd.DataFrame | None:
    """Return covariates for members that use them: others might warn that they do not."""
    return X if member.get_tag("capability:exogenous") else None
