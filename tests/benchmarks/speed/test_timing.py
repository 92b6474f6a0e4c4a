"""Seconds of a call."""

from __future__ import annotations

from unittest.mock import patch

from benchmarks.speed import timing


def test_a_slow_call_is_not_repeated() -> None:
    with patch.object(timing, "seconds", lambda call: call()):
        calls = iter([4.0, 3.0, 1.0, 9.0])
        assert timing.median_seconds(lambda: next(calls)) == 3.0
        slow_calls = iter([11.0, 1.0])
        assert timing.median_seconds(lambda: next(slow_calls)) == 11.0
