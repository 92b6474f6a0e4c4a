"""Lag-Llama, a probabilistic foundation model for time series, as an sktime forecaster."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sktime_lagllama.anomaly_detector import LagLlamaAnomalyDetector
    from sktime_lagllama.embedder import LagLlamaEmbedder
    from sktime_lagllama.fine_tuning.settings import FineTuning
    from sktime_lagllama.forecaster import LagLlamaForecaster
    from sktime_lagllama.network.config import LagLlamaConfig
    from sktime_lagllama.network.lag_llama import LagLlama
    from sktime_lagllama.quantile_ensemble import QuantileEnsembleForecaster

__version__ = "0.1.0"
__all__ = [
    "FineTuning",
    "LagLlama",
    "LagLlamaAnomalyDetector",
    "LagLlamaConfig",
    "LagLlamaEmbedder",
    "LagLlamaForecaster",
    "QuantileEnsembleForecaster",
]

_MODULES = {
    "FineTuning": "sktime_lagllama.fine_tuning.settings",
    "LagLlama": "sktime_lagllama.network.lag_llama",
    "LagLlamaAnomalyDetector": "sktime_lagllama.anomaly_detector",
    "LagLlamaConfig": "sktime_lagllama.network.config",
    "LagLlamaEmbedder": "sktime_lagllama.embedder",
    "LagLlamaForecaster": "sktime_lagllama.forecaster",
    "QuantileEnsembleForecaster": "sktime_lagllama.quantile_ensemble",
}


def __getattr__(name: str) -> Any:
    # torch takes seconds to import, and so does sktime.forecasting (which, in 1.2, imports torch if
    # it is installed): a name's module is imported when it is asked for.
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
