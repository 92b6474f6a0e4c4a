"""How many tokens of context a forecast takes."""

from __future__ import annotations

from sktime_lagllama.data.resolutions import OWN, Resolution
from sktime_lagllama.data.time_grid import TimeGrid
from sktime_lagllama.network.config import LagLlamaConfig

MAX_SUBSERIES_CONTEXT_LENGTH = 64
"""Most tokens of context of a subseries: there are many of them, and twice as many bring little."""


def default_context_length(config: LagLlamaConfig, grid: TimeGrid) -> int:
    """Return the context length of forecasts whose user does not choose one.

    Parameters
    ----------
    config : LagLlamaConfig
        Of the checkpoint.
    grid : TimeGrid

    Returns
    -------
    int
        In tokens.
    """
    below_a_month = config.context_length_below_a_month
    if below_a_month is not None and grid.is_below_a_month:
        return below_a_month
    return config.context_length


def context_length_at(resolution: Resolution, context_length: int) -> int:
    """Return the context length at a resolution.

    Parameters
    ----------
    resolution : Resolution
    context_length : int
        At the own step.

    Returns
    -------
    int
        In steps of the resolution, which are its tokens.
    """
    if resolution == OWN:
        return context_length
    return min(context_length, MAX_SUBSERIES_CONTEXT_LENGTH)
