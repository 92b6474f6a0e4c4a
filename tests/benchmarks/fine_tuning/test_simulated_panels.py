"""Simulated panels: their rules, their noise, and how they are split."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.fine_tuning.simulated_panels import (
    MAP_LAG,
    MAP_RATE,
    RULE_TEXTS,
    RULES,
    TOOTH_STEPS,
    logistic_map,
    sawtooth,
    simulated_panel,
    split_panel,
)


def test_rules_do_what_their_texts_say() -> None:
    assert RULES.keys() == RULE_TEXTS.keys()
    random = np.random.default_rng(0)
    teeth = sawtooth(random, 5, 200)
    np.testing.assert_array_equal(teeth[:, 2 * TOOTH_STEPS :], teeth[:, : -2 * TOOTH_STEPS])
    assert not np.array_equal(teeth[:, TOOTH_STEPS:], teeth[:, :-TOOTH_STEPS])
    windows = teeth[:, : 4 * TOOTH_STEPS]
    assert windows.max() == 1 and windows.min() == 0
    assert (teeth[0] != teeth[1]).any()

    states = logistic_map(random, 5, 200)
    assert states.shape == (5, 200)
    before = states[:, :-MAP_LAG]
    np.testing.assert_allclose(states[:, MAP_LAG:], MAP_RATE * before * (1 - before))
    assert np.abs(np.corrcoef(states[:, MAP_LAG:].ravel(), before.ravel())[0, 1]) < 0.1


@pytest.mark.parametrize("rule", RULES)
def test_panel_is_seeded_and_has_five_percent_noise(rule: str) -> None:
    panel = simulated_panel(rule, 4, 150)
    pd.testing.assert_frame_equal(panel, simulated_panel(rule, 4, 150))
    assert (panel != simulated_panel(rule, 4, 150, seed=1)).to_numpy().any()
    assert panel.index.nlevels == 2 and len(panel) == 600
    assert panel.index.get_level_values(0).is_monotonic_increasing

    values = panel["value"].to_numpy().reshape(4, 150)
    clean = RULES[rule](np.random.default_rng(0), 4, 150)
    for series, rule_values in zip(values, clean, strict=True):
        slope, level = np.polyfit(rule_values, series, 1)
        noise = series - slope * rule_values - level
        assert 0.04 < noise.std() / (slope * rule_values.std()) < 0.06


def test_split_parts_series_and_then_times() -> None:
    panel = simulated_panel("sawtooth", 5, 40)
    pretrained, histories, actuals = split_panel(panel, 3, 6)
    assert pretrained.index.get_level_values(0).nunique() == 3 and len(pretrained) == 120
    names = histories.index.get_level_values(0).unique()
    assert names.tolist() == ["series 003", "series 004"]
    for name, future in zip(names, actuals, strict=True):
        whole = np.append(histories.loc[name, "value"], future)
        np.testing.assert_array_equal(whole, panel.loc[name, "value"])
    assert actuals.shape == (2, 6)
