"""Standardised signals, some of which are mixtures of several."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sktime_lagllama._typing import Float32Array, IntArray
from sktime_lagllama.pretraining.synthetic.disturbances import limit_explosions
from sktime_lagllama.pretraining.synthetic.scaling import standardise
from sktime_lagllama.pretraining.synthetic.signals import Level, draw_signals
from sktime_lagllama.pretraining.synthetic.traits import Traits

MIXED_SHARE = 0.1

DrawSignals = Callable[[np.random.Generator, Traits, int], tuple[Float32Array, IntArray]]


class MixedSignals(NamedTuple):
    """Standardised signals.

    Attributes
    ----------
    scaled : float32 array of shape (num_series, length)
        In series time; of mean 0 and standard deviation 1 over the kept points.
    mean, deviation : float32 arrays of shape (num_series, 1)
        By which the signals were standardised.
    levels : int64 array of shape (num_series,)
        The ``Level`` of each; that of a mixture is free.
    unscaled : float32 array of shape (num_series, length)
        The signals as they were drawn, where they are no mixture.
    """

    scaled: Float32Array
    mean: Float32Array
    deviation: Float32Array
    levels: IntArray
    unscaled: Float32Array


def mix_signals(
    rng: np.random.Generator, traits: Traits, length: int, draw: DrawSignals = draw_signals
) -> MixedSignals:
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
    MixedSignals
    """
    num_series = traits.counts.size
    mixed_rows = np.flatnonzero(rng.random(num_series) < MIXED_SHARE)
    triple_rows = mixed_rows[rng.random(mixed_rows.size) < 0.4]
    rows = np.concatenate([np.arange(num_series), mixed_rows, triple_rows])
    components = traits.select(rows)
    signals, levels = draw(rng, components, length)
    limited = limit_explosions(signals, components.counts)
    scaled, mean, deviation = standardise(limited, components.counts)
    if mixed_rows.size:
        combined = np.zeros((num_series, length), dtype=np.float32)
        weights = rng.gamma(1.5, size=(rows.size, 1)).astype(np.float32)
        is_part = np.isin(rows, mixed_rows)
        parts = weights[is_part] * np.clip(scaled[is_part], -10, 10)
        np.add.at(combined, rows[is_part], parts)
        scaled[mixed_rows] = standardise(combined[mixed_rows], traits.counts[mixed_rows])[0]
        levels[mixed_rows] = Level.FREE
    return MixedSignals(
        scaled[:num_series],
        mean[:num_series],
        deviation[:num_series],
        levels[:num_series],
        signals[:num_series],
    )
