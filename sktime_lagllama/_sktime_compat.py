"""Every private hook of sktime in use, with the versions of sktime that it was seen in.

sktime may change what begins with an underscore in any release, so that nothing else in this
package reaches for it. (The methods that an extension has to provide, such as ``_fit``, and
``_tags`` and ``_config`` are documented in sktime's extension templates: they are not private.)
Where a hook is missing or takes other arguments, the function here returns None or False, and the
forecaster uses sktime's default.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

if TYPE_CHECKING:
    from sktime.forecasting.base import BaseForecaster, ForecastingHorizon


class Hook(NamedTuple):
    """Something private of sktime that this package uses.

    Parameters
    ----------
    module : str
        Where it is defined.
    name : str
        Its name there; a method is named "Class.method".
    parameters : tuple of str
        What it takes, in this order.
    seen_in : str
        Versions of sktime in which it was found like that.
    purpose : str
        What it is used for.
    fallback : str
        What happens where it is not as it was.
    """

    module: str
    name: str
    parameters: tuple[str, ...]
    seen_in: str
    purpose: str
    fallback: str

    def find(self) -> Callable[..., Any] | None:
        """Return the hook, or None if it is missing or takes other arguments."""
        found: Any = import_module(self.module)
        for part in self.name.split("."):
            found = getattr(found, part, None)
        if not callable(found) or tuple(inspect.signature(found).parameters) != self.parameters:
            return None
        return found


SET_CUTOFF = Hook(
    module="sktime.forecasting.base._base",
    name="BaseForecaster._set_cutoff",
    parameters=("self", "cutoff"),
    seen_in="1.2.0",
    purpose="to give the cutoff the step between time stamps, where sktime could not infer it",
    fallback=(
        "sktime cannot convert an absolute horizon to steps where an index has no freq, and says so"
    ),
)
CHECK_FH = Hook(
    module="sktime.forecasting.base._base",
    name="BaseForecaster._check_fh",
    parameters=("self", "fh", "pred_int"),
    seen_in="1.2.0",
    purpose=(
        "to treat a horizon that is passed to predict_samples as sktime's predict treats it, and "
        "to give each of several threads the horizon that it has passed"
    ),
    fallback=(
        "predict_samples uses the horizon but does not remember it for the next prediction, and "
        "threads that pass different horizons to one forecaster may get each other's"
    ),
)
GET_COLUMNS = Hook(
    module="sktime.forecasting.base._base",
    name="BaseForecaster._get_columns",
    parameters=("self", "method", "kwargs"),
    seen_in="1.2.0",
    purpose="to name the columns of probabilistic forecasts as sktime's predict_interval does",
    fallback="they have the names that fit has seen after sktime's conversion of the container",
)
FORMAT_MOVING_CUTOFF_PREDICTIONS = Hook(
    module="sktime.forecasting.base._base",
    name="_format_moving_cutoff_predictions",
    parameters=("y_preds", "cutoffs"),
    seen_in="1.2.0",
    purpose="to return forecasts from many cutoffs in the form of sktime's update_predict",
    fallback="update_predict forecasts from one cutoff after the other, as in all of sktime",
)
HOOKS = (SET_CUTOFF, CHECK_FH, GET_COLUMNS, FORMAT_MOVING_CUTOFF_PREDICTIONS)

REMEMBERED_DATA = ("_y", "_X")
"""Where sktime 1.2.0 keeps data if the config ``remember_data`` is True."""


def declare_remembered_data(forecaster: BaseForecaster) -> None:
    """Set the attributes in which sktime may keep data to None, as if there were no data yet.

    sktime does so in its own constructor only if ``remember_data`` is True there, but its suite
    reads them after the config was changed later. Where sktime has other names for them, this does
    nothing that matters.

    Parameters
    ----------
    forecaster : BaseForecaster
        Is changed.
    """
    for name in REMEMBERED_DATA:
        setattr(forecaster, name, None)


def set_cutoff(forecaster: BaseForecaster, cutoff: pd.Index) -> bool:
    """Replace the cutoff of a forecaster.

    Parameters
    ----------
    forecaster : BaseForecaster
        Is changed.
    cutoff : pd.Index of shape (1,)

    Returns
    -------
    bool
        Whether this version of sktime has the hook; without it nothing happens.
    """
    hook = SET_CUTOFF.find()
    if hook is None:
        return False
    hook(forecaster, cutoff)
    return True


def check_horizon(forecaster: BaseForecaster, fh: Any, pred_int: bool = True) -> ForecastingHorizon:
    """Return the horizon to forecast, and remember it as sktime's ``predict`` does.

    Parameters
    ----------
    forecaster : BaseForecaster
        Its horizon is replaced.
    fh : int, list, pd.Index, ForecastingHorizon or None
        None: the horizon that was passed earlier.
    pred_int : bool, default=True
        Whether a probabilistic forecast is asked for.

    Returns
    -------
    ForecastingHorizon

    Raises
    ------
    ValueError
        If no horizon was passed, now or earlier.
    """
    from sktime.utils.validation.forecasting import check_fh

    hook = CHECK_FH.find()
    if hook is None:
        return forecaster.fh if fh is None else check_fh(fh, freq=forecaster.cutoff)
    if fh is None:
        return hook(forecaster, fh, pred_int=pred_int)
    checked = check_fh(fh, freq=forecaster.cutoff)
    # It returns what the forecaster remembers: by then that may be another thread's horizon.
    hook(forecaster, checked, pred_int=pred_int)
    return checked


class HorizonOfEachCall:
    """Mixin that lets threads which share a forecaster forecast the horizons that they pass.

    Stands before sktime's base class, whose own check of a horizon it replaces.
    """

    def _check_fh(self, *arguments: Any, **named: Any) -> ForecastingHorizon:
        if CHECK_FH.find() is None:  # it takes, and perhaps means, something else
            return super()._check_fh(*arguments, **named)  # type: ignore[misc]
        return check_horizon(self, *arguments, **named)


def variable_names(forecaster: BaseForecaster, columns: pd.Index) -> list[Hashable]:
    """Return the names of the variables as sktime has them in probabilistic forecasts.

    Parameters
    ----------
    forecaster : BaseForecaster
        Fitted.
    columns : pd.Index
        Names that the forecaster itself has seen.

    Returns
    -------
    list of hashable
        Names of the data that were passed last, in the container that they were passed in.
    """
    hook = GET_COLUMNS.find()
    return list(columns) if hook is None else list(hook(forecaster, method="predict"))


def can_format_moving_cutoff_predictions() -> bool:
    """Tell whether this version of sktime has what ``format_moving_cutoff_predictions`` needs."""
    return FORMAT_MOVING_CUTOFF_PREDICTIONS.find() is not None


def format_moving_cutoff_predictions(
    forecasts: Sequence[pd.Series | pd.DataFrame], cutoffs: pd.Index
) -> pd.Series | pd.DataFrame:
    """Tabulate point forecasts from several cutoffs as sktime's ``update_predict`` does.

    Parameters
    ----------
    forecasts : sequence of pd.Series or pd.DataFrame
        From each cutoff, all of the same length and with the same columns.
    cutoffs : pd.Index of shape (forecasts,)

    Returns
    -------
    pd.Series or pd.DataFrame

    Raises
    ------
    RuntimeError
        If this version of sktime lacks the hook: see ``can_format_moving_cutoff_predictions``.
    """
    hook = FORMAT_MOVING_CUTOFF_PREDICTIONS.find()
    if hook is None:
        raise RuntimeError(f"this version of sktime has no {FORMAT_MOVING_CUTOFF_PREDICTIONS.name}")
    return hook(list(forecasts), [cutoffs[[number]] for number in range(len(cutoffs))])
