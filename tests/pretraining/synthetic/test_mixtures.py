"""Mixtures of signals."""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import Float32Array, IntArray
from sktime_lagllama.pretraining.synthetic.mixtures import mix_signals
from sktime_lagllama.pretraining.synthetic.scaling import standardise
from sktime_lagllama.pretraining.synthetic.signals import Level
from sktime_lagllama.pretraining.synthetic.traits import Traits, draw_traits


def test_the_components_of_a_mixture_share_their_season() -> None:
    def waves(
        rng: np.random.Generator, traits: Traits, length: int
    ) -> tuple[Float32Array, IntArray]:
        season = traits.main_season
        cycles = season.phase[:, None] + np.arange(length) / np.maximum(season.period[:, None], 2)
        wave = np.cos(2 * np.pi * cycles + 0.3).astype(np.float32)
        return wave, np.full(len(wave), int(Level.POSITIVE))

    rng = np.random.default_rng(8)
    traits = draw_traits(rng, 200, 100)
    mixed = mix_signals(rng, traits, 100, draw=waves)
    alone, _, _ = standardise(waves(rng, traits, 100)[0], traits.counts)
    assert 5 < np.sum(mixed.levels == Level.FREE) < 50
    kept = np.arange(100) < traits.counts[:, None]
    np.testing.assert_allclose(mixed.scaled[kept], alone[kept], atol=1e-3)
