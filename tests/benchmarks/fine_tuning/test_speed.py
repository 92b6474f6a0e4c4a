"""Optimisation steps per second of both sides."""

from __future__ import annotations

import pandas as pd

from benchmarks.fine_tuning.speed import Pace, Train, Training, measure, table_row, times_faster


def some_pace(num_steps: int, short: float, long: float, cpu_share: float = 1.0) -> Pace:
    def training(seconds: float, last_loss: float) -> Training:
        return Training(seconds, cpu_share * seconds, 3.0, last_loss)

    return Pace(num_steps, training(short, 2.5), training(long, 1.0))


def test_pace_leaves_out_what_both_trainings_spend() -> None:
    ours = [some_pace(40, 3.0, 5.0), some_pace(40, 1.0, 3.0, cpu_share=2.0), some_pace(40, 9, 19)]
    theirs = [some_pace(40, 10.0, 15.0), some_pace(40, 20.0, 24.0), some_pace(40, 0.0, 8.0)]
    assert ours[0].steps_per_second == 20
    assert ours[1].steps_per_cpu_second == 10
    assert ours[0].loss_decrease == 2
    assert times_faster(ours, theirs) == 2.5
    expected = "| 8 | 20.00 | 8.00 | 2.50 | 0.80 to 2.50 | 1.25 | 2.00 | 2.00 |"
    assert table_row(8, ours, theirs) == expected


def test_sides_are_timed_in_turns() -> None:
    calls = []

    def side(name: str) -> Train:
        def train(y: pd.DataFrame, num_steps: int) -> Training:
            calls.append((name, num_steps))
            return Training(float(num_steps), float(num_steps), 1.0, 0.5)

        return train

    ours, theirs = measure(side("ours"), side("theirs"), pd.DataFrame(), 2, 10, 2)
    assert calls == 2 * [("ours", 2), ("ours", 10), ("theirs", 2), ("theirs", 10)]
    assert [pace.num_steps for pace in ours + theirs] == [8, 8, 8, 8]
