"""Standardised signals, some of which are mixtures of several."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sktime_lagllama._typing import BoolArray, Float32Array
from sktime_lagllama.pretraining.synthetic.disturbances import limit_explosions
from sktime_lagllama.pretraining.synthetic.scaling import standardise
from sktime_lagllama.pretraining.synthetic.signals import draw_signals
from sktime_lagllama.pretraining.synthetic.traits import Traits

MIXED_SHARE = 0.1

DrawSignals = Callable[[np.random.Generator, Traits, int], tuple[Float32Array, BoolArray]]


def mix_signals(
    rng: np.random.Generator, traits: Traits, length: int, draw: DrawSignals = draw_signals
) -> tuple[Float32Array, Float32Array, Float32Array, BoolArray]:
    """Draw standardised signals, one in ten a convex combination of two or three.

    TSMixup (arXiv 2403.07815, section 4.1), but with components of the same traits, whose seasons
    are therefore in phase.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
    length : int
    draw : callable, default=draw_signals
        Draws the components.

    Returns
    -------
    scaled : float32 array of shape (num_series, length)
        In series time; of mean 0 and standard deviation 1 over the kept points.
    mean, deviation : float32 arrays of shape (num_series, 1)
        By which the signals were standardised.
    has_level : bool array of shape (num_series,)
        Whether mean and deviation place the signal at a meaningful positive level.
    """
    num_series = traits.counts.size
    mixed_rows = np.flatnonzero(rng.random(num_series) < MIXED_SHARE)
    triple_rows = mixed_rows[rng.random(mixed_rows.size) < 0.4]
    rows = np.concatenate([np.arange(num_series), mixed_rows, triple_rows])
    components = traits.select(rows)
    signals, has_level = draw(rng, components, length)
    signals = limit_explosions(signals, components.counts)
    scaled, mean, deviation = standardise(signals, components.counts)
    if mixed_rows.size:
        combined = np.zeros((num_series, length), dtype=np.float32)
        weights = rng.gamma(1.5, size=(rows.size, 1)).astype(np.float32)
        is_part = np.isin(rows, mixed_rows)
        parts = weights[is_part] * np.clip(scaled[is_part], -10, 10)
        np.add.at(combined, rows[is_part], parts)
        scaled[mixed_rows] = standardise(combined[mixed_rows], traits.counts[mixed_rows])[0]
        has_level[mixed_rows] = False
    return scaled[:num_series], mean[:num_series], deviation[:num_series], has_level[:num_series]
