"""Whether a criterion is met."""

from __future__ import annotations

from benchmarks.fine_tuning.criteria import verdict


def test_verdict_says_whether_a_criterion_is_met() -> None:
    assert verdict("at least 2", 2.5, True) == "Criterion: at least 2. Found 2.500: **met**."
    assert verdict("at least 2", 1.5, False).endswith("Found 1.500: **MISSED**.")
