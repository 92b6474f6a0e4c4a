"""What the command lines of all benchmarks have in common."""

from __future__ import annotations

import argparse

import pytest

from benchmarks.common.command_line import count, require


def test_a_count_is_at_least_1() -> None:
    assert count("12") == 12
    with pytest.raises(argparse.ArgumentTypeError, match="at least 1, but found 0"):
        count("0")


def test_a_missing_package_ends_the_program_with_what_to_install() -> None:
    require(["torch", "numpy"], "test")
    with pytest.raises(SystemExit, match=r"needs no_such_package, which") as found:
        require(["torch", "no_such_package"], "test,benchmarks")
    assert '-e ".[test,benchmarks]"' in str(found.value)
