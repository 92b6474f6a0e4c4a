"""Make one forecast in a process whose memory is limited, and print JSON.

``python -m benchmarks.limits.process NAME GIB``
"""

from __future__ import annotations

import json
import resource
import sys
from time import perf_counter

import numpy as np

from benchmarks.limits.cases import CASES, LOADING
from benchmarks.speed.panel_process import peak_memory


def limit_memory(gibibytes: float) -> None:
    """Let allocations of this process fail beyond a limit.

    The limit is that of data, not of addresses, of which torch reserves far more than it uses.
    """
    size = int(gibibytes * 2**30)
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def main(name: str, gibibytes: float) -> None:
    """Measure a case, and print "before" and "peak" in GiB and "seconds"."""
    limit_memory(gibibytes)
    LOADING()
    before, start = peak_memory(), perf_counter()
    forecast = CASES[name].forecast()
    seconds = perf_counter() - start
    if not np.isfinite(forecast.to_numpy()).all():
        raise ArithmeticError(f"the forecast of {name} is not finite")
    print(json.dumps({"before": before, "peak": peak_memory(), "seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
