import argparse

import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks import fine_tuning
from benchmarks.fine_tuning import (
    MAP_LAG,
    MAP_RATE,
    PERIOD,
    RULE_TEXTS,
    RULES,
    Pace,
    Result,
    Settings,
    Training,
    compare,
    differs,
    logistic_map,
    measure,
    sawtooth,
    simulated_panel,
    speed_row,
    split_panel,
    table,
    times_faster,
    verdict,
)
from sktime_lagllama import FineTuning, LagLlamaForecaster
from tests.support.models import PUBLISHED_LIKE, random_model


@pytest.fixture
def checkpoint(tmp_path):
    folder = tmp_path / "checkpoint"
    random_model(PUBLISHED_LIKE, seed=0).save_pretrained(folder)
    return str(folder)


def some_pace(steps, short, long, cpu_share=1.0):
    def training(seconds, loss):
        return Training(seconds, cpu_share * seconds, (3.0, loss))

    return Pace(steps, training(short, 2.5), training(long, 1.0))


def test_rules_do_what_their_texts_say():
    assert RULES.keys() == RULE_TEXTS.keys()
    random = np.random.default_rng(0)
    teeth = sawtooth(random, 5, 200)
    np.testing.assert_array_equal(teeth[:, 2 * PERIOD :], teeth[:, : -2 * PERIOD])
    assert not np.array_equal(teeth[:, PERIOD:], teeth[:, :-PERIOD])
    windows = teeth[:, : 4 * PERIOD]
    assert windows.max() == 1 and windows.min() == 0
    assert (teeth[0] != teeth[1]).any()

    states = logistic_map(random, 5, 200)
    assert states.shape == (5, 200)
    before = states[:, :-MAP_LAG]
    np.testing.assert_allclose(states[:, MAP_LAG:], MAP_RATE * before * (1 - before))
    assert np.abs(np.corrcoef(states[:, MAP_LAG:].ravel(), before.ravel())[0, 1]) < 0.1


@pytest.mark.parametrize("rule", RULES)
def test_panel_is_seeded_and_has_five_percent_noise(rule):
    panel = simulated_panel(rule, 4, 150)
    pd.testing.assert_frame_equal(panel, simulated_panel(rule, 4, 150))
    assert (panel != simulated_panel(rule, 4, 150, seed=1)).to_numpy().any()
    assert panel.index.nlevels == 2 and len(panel) == 600
    assert panel.index.get_level_values(0).is_monotonic_increasing

    values = panel["value"].to_numpy().reshape(4, 150)
    clean = RULES[rule](np.random.default_rng(0), 4, 150)
    for found, rule_values in zip(values, clean, strict=True):
        slope, level = np.polyfit(rule_values, found, 1)
        rest = found - slope * rule_values - level
        assert 0.04 < rest.std() / (slope * rule_values.std()) < 0.06


def test_split_parts_series_and_then_times():
    panel = simulated_panel("sawtooth", 5, 40)
    others, histories, actuals = split_panel(panel, 3, 6)
    assert others.index.get_level_values(0).nunique() == 3 and len(others) == 120
    names = histories.index.get_level_values(0).unique()
    assert names.tolist() == ["series 003", "series 004"]
    for name, future in zip(names, actuals, strict=True):
        whole = np.append(histories.loc[name, "value"], future)
        np.testing.assert_array_equal(whole, panel.loc[name, "value"])
    assert actuals.shape == (2, 6)


def test_table_has_a_row_each():
    results = [Result("one", 0.2, 0.1, 200, True, 12.34), Result("two", 0.3, 0.3, 110, False, 5.6)]
    header, rule, *rows = table(results)
    assert rows == [
        "| one | 0.2000 | 0.1000 | 0.500 | 200 | tuned | 12 |",
        "| two | 0.3000 | 0.3000 | 1.000 | 110 | unchanged | 6 |",
    ]
    assert {line.count("|") for line in (header, rule, *rows)} == {8}


def test_verdict_says_whether_a_criterion_is_met():
    assert verdict("at least 2", 2.5, True) == "Criterion: at least 2. Found 2.500: **met**."
    assert verdict("at least 2", 1.5, False).endswith("Found 1.500: **MISSED**.")


def test_pace_leaves_out_what_both_trainings_spend():
    ours = [some_pace(40, 3.0, 5.0), some_pace(40, 1.0, 3.0, cpu_share=2.0), some_pace(40, 9, 19)]
    theirs = [some_pace(40, 10.0, 15.0), some_pace(40, 20.0, 24.0), some_pace(40, 0.0, 8.0)]
    assert ours[0].by_clock == 20 and ours[1].in_cpu_time == 10 and ours[0].fall == 2
    assert times_faster(ours, theirs) == 2.5
    expected = "| 8 | 20.00 | 8.00 | 2.50 | 0.80 to 2.50 | 1.25 | 2.00 | 2.00 |"
    assert speed_row(8, ours, theirs) == expected


def test_sides_are_timed_in_turns():
    calls = []

    def side(name):
        def train(y, steps):
            calls.append((name, steps))
            return Training(float(steps), float(steps), (1.0, 0.5))

        return train

    ours, theirs = measure(side("ours"), side("theirs"), pd.DataFrame(), (2, 10), 2)
    assert calls == 2 * [("ours", 2), ("ours", 10), ("theirs", 2), ("theirs", 10)]
    assert [one.steps for one in ours + theirs] == [8, 8, 8, 8]


def test_result_of_kept_and_of_unchanged_weights(checkpoint):
    settings = Settings(checkpoint, quick=True)
    panel = simulated_panel("sawtooth", 3, 60)
    others, histories, actuals = split_panel(panel, 2, 4)
    fh = np.arange(1, 5)
    zero_shot = settings.forecaster().fit(histories, fh=fh)
    tuning = FineTuning(max_steps=1, batch_size=2, validation_fraction=0.0, random_state=0)
    pretrained = compare(
        "some", histories, actuals, zero_shot,
        lambda: settings.forecaster(tuning).pretrain(others, fh=fh),
    )  # fmt: skip
    assert pretrained.kept and pretrained.steps == 1 and pretrained.seconds > 0
    assert pretrained.ratio != 1

    harmful = FineTuning(
        learning_rate=10.0, max_steps=1, batch_size=2, warm_up=0.0, gradient_clip=None,
        random_state=0,
    )  # fmt: skip
    unchanged = compare(
        "some", histories, actuals, zero_shot,
        lambda: settings.forecaster(harmful).fit(histories, fh=fh),
    )  # fmt: skip
    assert not unchanged.kept and unchanged.ratio == 1


def test_any_other_weight_is_a_difference(checkpoint):
    network = random_model(PUBLISHED_LIKE, seed=0)
    same = random_model(PUBLISHED_LIKE, seed=0)
    assert not differs(same, network)
    with torch.no_grad():
        same.head.bias[-1] += 1
    assert differs(same, network)


def test_defaults_are_what_a_full_run_measures():
    settings = Settings("bundled", quick=False)
    assert settings.fine_tuning().get_params() == FineTuning(random_state=0).get_params()
    expected = LagLlamaForecaster(random_state=0).get_params()
    assert settings.forecaster().get_params() == expected


def test_quick_report_says_so(monkeypatch: pytest.MonkeyPatch):
    # The packages of the benchmark need not be there for its tests.
    monkeypatch.setattr(fine_tuning.machine, "package_version", lambda package: "1")
    monkeypatch.setattr(fine_tuning, "speed", lambda options: ["## Speed", ""])
    options = argparse.Namespace(part="speed", quick=True, checkpoint="bundled")
    assert "A QUICK RUN" in fine_tuning.report(options)
    options.quick = False
    text = fine_tuning.report(options)
    assert "A QUICK RUN" not in text and "- commit " in text and "load average" in text
