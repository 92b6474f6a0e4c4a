"""The exact distribution of the first step."""

from __future__ import annotations

import pytest
import torch
from scipy import stats

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.features import Window
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.sampler import sample_paths
from tests.support.models import (
    BUNDLED_LIKE,
    PUBLISHED_LIKE,
    inputs_of,
    one_step_distribution,
    random_model,
)

TOLERANCE = 1e-5


@pytest.mark.parametrize("config", [PUBLISHED_LIKE, BUNDLED_LIKE])
def test_a_series_has_the_same_distribution_alone_and_in_a_panel(config: LagLlamaConfig) -> None:
    window, calendar = inputs_of(config, 1)
    model, options = random_model(config), SamplingOptions()
    together, *level_together = one_step_distribution(model, window, calendar, options)
    for row in range(len(window.values)):
        one = slice(row, row + 1)
        single = Window(window.values[one], window.observed[one])
        alone, *level_alone = one_step_distribution(model, single, calendar[one], options)
        for found, expected in zip(together, alone, strict=True):
            torch.testing.assert_close(found[one], expected, rtol=TOLERANCE, atol=TOLERANCE)
        for found, expected in zip(level_together, level_alone, strict=True):
            torch.testing.assert_close(found[one], expected, rtol=0, atol=0)


def test_the_first_step_is_drawn_from_the_one_step_distribution() -> None:
    window, calendar = inputs_of(PUBLISHED_LIKE, 1)
    model, options = random_model(PUBLISHED_LIKE), SamplingOptions(num_samples=5000)
    scaled, loc, scale = one_step_distribution(model, window, calendar, options)
    paths = sample_paths(model, window, calendar, 1, options)[:, :, 0]
    for row in range(len(paths)):
        df, row_loc, row_scale = (float(part[row]) for part in scaled)
        standard = ((paths[row] - loc[row].item()) / scale[row].item() - row_loc) / row_scale
        assert stats.kstest(standard, stats.t(df).cdf).pvalue > 1e-3
