"""Throw series at the forecaster: ``python -m tests.fuzz --examples 20000 --seed 1``."""

from __future__ import annotations

import argparse
import re
import sys
import time
import warnings
from collections import Counter, defaultdict
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.cases import Case
from tests.fuzz.checks import CHECKS, FindingError, outcome
from tests.fuzz.strategies import cases

PROGRESS = 500
"""Examples after which a line is printed."""


class Found(NamedTuple):
    """A finding and the case that it was made in."""

    message: str
    case: Case


def main(arguments: list[str] | None = None) -> int:
    """Throw as many examples as are asked for, and tell what came of them.

    Parameters
    ----------
    arguments : list of str, optional
        Of the command line. None: those of the process.

    Returns
    -------
    int
        1 if there was a finding, else 0.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    start = time.perf_counter()
    tried: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    findings: defaultdict[str, list[Found]] = defaultdict(list)

    @seed(chosen.seed)
    @settings(
        max_examples=chosen.examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases())
    def throw(case: Case) -> None:
        tried.update(case.checks)
        try:
            result = outcome(case)
        except FindingError as finding:
            of_this_kind = findings[without_values(str(finding))]
            of_this_kind.append(Found(str(finding), case))
            result = "finding"
            if len(of_this_kind) == 1:
                print(f"after {outcomes.total()}: {finding}\n{snippet(case)}\n", flush=True)
        if outcomes.total() % PROGRESS == PROGRESS - 1:
            print(f"{outcomes.total() + 1} examples", file=sys.stderr, flush=True)
        outcomes[result if result in ("held", "finding") else without_values(result)] += 1

    warnings.showwarning = lambda *_, **__: None
    try:
        throw()
    except KeyboardInterrupt:
        print("interrupted")
    seconds = time.perf_counter() - start
    print(f"{outcomes.total()} examples in {seconds:.0f} s, and in them the checks")
    for check in CHECKS:
        print(f"{tried[check]:7} {check}")
    print("came to")
    for result, number in outcomes.most_common():
        print(f"{number:7} {result}")
    for found in sorted(findings.values(), key=len, reverse=True):
        shortest = min(found, key=lambda one: len(repr(one.case)))
        print(f"\n{len(found)} x {shortest.message[:1000]}\n{snippet(shortest.case)}")
    return 1 if findings else 0


def without_values(message: str) -> str:
    """Return the beginning of a message without the numbers and names that differ."""
    return re.sub(r"'[^']*'|\[.*\]|-?\d[\d:.e+-]*", "#", message)[:90]


def snippet(case: Case) -> str:
    """Return Python code that makes the checks of a case."""
    return (
        "    import numpy as np\n"
        "    from tests.fuzz.cases import Case, Horizon, Values\n"
        "    from tests.fuzz.checks import outcome\n"
        "    from tests.fuzz.times import Times\n"
        f"    print(outcome({case!r}))"
    )


if __name__ == "__main__":
    sys.exit(main())
