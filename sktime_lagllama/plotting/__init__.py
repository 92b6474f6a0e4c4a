"""Pictures that sktime's plotting has none of; matplotlib comes with ``sktime-lagllama[plots]``.

For the rest see ``sktime.utils.plotting``: ``plot_series`` for series and a single interval,
``plot_windows`` for the windows of a splitter, ``plot_calibration`` for the share of values below
each quantile.
"""

from sktime_lagllama.plotting.anomalies import plot_anomalies
from sktime_lagllama.plotting.calibration import plot_coverage, plot_pit
from sktime_lagllama.plotting.fan import plot_fan
from sktime_lagllama.plotting.folds import plot_folds

__all__ = ["plot_anomalies", "plot_coverage", "plot_fan", "plot_folds", "plot_pit"]
