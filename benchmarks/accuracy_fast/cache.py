"""Forecasts of windows, a few at a time, kept in files.

As in ``benchmarks.accuracy``, a file is named after everything that its content depends on, so that
an outdated one is never read, and a run that was killed is continued.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from benchmarks.accuracy.forecasts import MEDIAN, Forecasts
from benchmarks.common.command_line import print_progress
from sktime_lagllama._typing import Float64Array
from sktime_lagllama.evaluation.quantile_loss import REPORTED_LEVELS
from sktime_lagllama.pretraining.validation.groups import GROUPS
from sktime_lagllama.pretraining.validation.windows import RealWindow

WINDOWS_PER_FILE = 10


def kept_forecasts(
    model: str,
    windows: Sequence[RealWindow],
    cache: Path,
    forecast: Callable[[RealWindow], tuple[Float64Array, bool]],
    provenance: Callable[[Sequence[RealWindow]], dict[str, Any]],
) -> Forecasts:
    """Forecast windows, or read the forecasts that the cache already has.

    Parameters
    ----------
    model : str
        Its name in the files.
    windows : sequence of RealWindow
        Of one group, at least one.
    cache : Path
        Folder.
    forecast : callable
        Takes a window; returns quantiles of shape (horizon, levels) in data units at
        ``REPORTED_LEVELS``, and whether the seasonal naive forecast stands in.
    provenance : callable
        Takes windows; returns what their forecasts depend on beside their histories, as JSON can
        hold it.

    Returns
    -------
    Forecasts
        The medians are the points.
    """
    chunks = []
    for start in range(0, len(windows), WINDOWS_PER_FILE):
        chunk = windows[start : start + WINDOWS_PER_FILE]
        file = cache / _file_name(model, chunk, start, provenance(chunk))
        if not file.exists():
            forecasts = _forecast_each(chunk, forecast)
            forecasts.save(file)
            print_progress(
                f"{chunk[0].series.group}, {model}: windows {start + 1} to {start + len(chunk)} of "
                f"{len(windows)}, {forecasts.cpu_seconds:.1f} CPU seconds"
            )
        chunks.append(Forecasts.read(file))
    return Forecasts.concatenate(chunks)


def _forecast_each(
    windows: Sequence[RealWindow], forecast: Callable[[RealWindow], tuple[Float64Array, bool]]
) -> Forecasts:
    """Forecast windows one by one."""
    start = process_time()
    results = [forecast(window) for window in windows]
    cpu_seconds = process_time() - start
    quantiles = np.stack([of_window for of_window, _ in results])
    fell_back = np.array([failed for _, failed in results])
    return Forecasts(quantiles[:, :, MEDIAN], quantiles, fell_back, cpu_seconds)


def _file_name(
    model: str, windows: Sequence[RealWindow], start: int, provenance: dict[str, Any]
) -> str:
    """Return the name of the file of the windows of a group from number ``start`` on."""
    group = windows[0].series.group
    about = {
        **provenance,
        "levels": REPORTED_LEVELS,
        "horizon": GROUPS[group].horizon,
        "cutoffs": [str(window.history.index[-1]) for window in windows],
    }
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for window in windows:
        digest.update(window.history.to_numpy().tobytes())
    return f"{group.replace(' ', '-')}-{model}-{start:04d}-{digest.hexdigest()[:16]}.npz"
