"""Hypothesis strategies for everything that a forecaster may be given."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
from hypothesis import reject
from hypothesis import strategies as st

from tests.fuzz.cases import KINDS, Case, Horizon, Values
from tests.fuzz.checks import CHECKS
from tests.fuzz.times import NAMED_OFFSETS, NoSuchTimeError, Times, Unit

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

FIXED_ALIASES = ("D", "h", "min", "s", "ms", "us", "ns")
CALENDAR_ALIASES = (
    *("B", "C", "W", "ME", "MS", "SME", "SMS", "BME", "BMS", "CBME", "CBMS", "bh", "cbh"),
    *("QE", "QS", "BQE", "BQS", "YE", "YS", "BYE", "BYS"),
    *(f"W-{day}" for day in WEEKDAYS),
    *(f"WOM-{week}{day}" for week in (1, 2, 4) for day in WEEKDAYS),
    *(
        f"{alias}-{month}"
        for alias in ("QE", "QS", "BQE", "BQS", "YE", "YS", "BYE", "BYS")
        for month in MONTHS
    ),
)
PERIOD_ALIASES = (
    *("Y", "Q", "M", "W", "D", "B", "h", "min", "s", "ms", "us", "ns"),
    *(f"{alias}-{month}" for alias in ("Y", "Q") for month in MONTHS),
    *(f"W-{day}" for day in WEEKDAYS),
)
MULTIPLES = (1, 1, 1, 2, 3, 5, 7, 12, 15, 30, 100)

STARTS = (
    *("2020-01-01", "2020-02-28 23:15", "1999-12-31 23:59:59", "1949-01-31", "2019-12-30 07:00"),
    *("2000-01-01 00:00:00.000000001", "2000-01-01 09:30:00.123456789"),
    *("2023-06-01 12:00:00.5", "1969-12-31 23:59:59.999999999"),
)
NEAR_LIMITS = ("1677-09-22", "2262-03-20", "2262-04-11 20:00", "2261-12-31 23:00", "2240-01-01")
BEYOND_NANOSECONDS = ("0001-01-02", "1066-10-14", "1582-10-04", "3000-02-28", "9999-11-20")
CHANGES_OF_CLOCKS = (
    *(("Europe/Berlin", "2020-10-25 00:30"), ("Europe/Berlin", "2020-03-28 23:00")),
    *(("Europe/Berlin", "2021-03-26 02:30"), ("Europe/Berlin", "2020-10-24 02:30")),
    *(("America/New_York", "2021-11-06 20:00"), ("America/New_York", "2021-03-13 18:00")),
    *(("Australia/Lord_Howe", "2020-04-04 20:00"), ("Pacific/Apia", "2011-12-28 06:00")),
    *(("Asia/Kolkata", "2020-01-01"), ("UTC", "2020-01-01"), ("US/Pacific", "1883-11-18")),
    *(("Europe/Berlin", "2020-10-25 00:59:59.999999990"), ("+05:30", "2020-03-01")),
)
ZONE_FREE_STARTS = st.tuples(st.none(), st.sampled_from(STARTS))
DTYPES = (
    *(
        "float64",
        "float64",
        "float64",
        "float64",
        "float64",
        "float32",
        "float16",
        "int64",
        "int8",
        "uint64",
        "bool",
    ),
    *("Int64", "UInt8", "Float64", "Float32", "boolean", "object", "Decimal", "None for missing"),
    # pandas has these dtypes only where pyarrow is installed, which is no dependency.
    *(
        ("int64[pyarrow]", "double[pyarrow]", "float[pyarrow]", "bool[pyarrow]")
        if find_spec("pyarrow")
        else ()
    ),
)
MAGNITUDES = (1.0, 1.0, 1.0, 1e-300, 1e-30, 1e-6, 1e6, 1e15, 1e30, 1e39, 1e150, 1e290)


@st.composite
def datetimes(draw: st.DrawFn, in_panel: bool) -> Times:
    """Datetimes of every alias, with and without time zones, up to pandas' limits and beyond."""
    alias = draw(
        st.one_of(
            st.sampled_from(FIXED_ALIASES),
            st.sampled_from(CALENDAR_ALIASES),
            st.sampled_from(tuple(NAMED_OFFSETS)),
        )
    )
    multiple = draw(st.sampled_from(MULTIPLES))
    freq = alias if multiple == 1 or alias in NAMED_OFFSETS else f"{multiple}{alias}"
    unit: Unit = draw(st.sampled_from(("ns", "ns", "ns", "ns", "us", "ms", "s")))
    kinds = [ZONE_FREE_STARTS, st.sampled_from(CHANGES_OF_CLOCKS)]
    kinds.append(st.tuples(st.none(), st.sampled_from(NEAR_LIMITS)))
    if unit != "ns":
        kinds.append(st.tuples(st.none(), st.sampled_from(BEYOND_NANOSECONDS)))
    tz, start = draw(st.one_of(kinds))
    # Of larger multiples, pandas infers few.
    has_freq = st.booleans() if multiple < 8 else st.just(True)
    if in_panel and unit != "ns":
        # sktime 1.2 cannot give it to the cutoff of a panel that nanoseconds cannot hold.
        has_freq = st.just(False)
    return Times("datetime", freq, start, tz, unit, draw(has_freq))


@st.composite
def periods(draw: st.DrawFn) -> Times:
    """Periods of every alias, also before 1677 and after 2262."""
    multiple = draw(st.sampled_from(MULTIPLES))
    alias = draw(st.sampled_from(PERIOD_ALIASES))
    starts = st.sampled_from(STARTS + NEAR_LIMITS)
    if alias not in ("ms", "us", "ns"):
        starts |= st.sampled_from(BEYOND_NANOSECONDS)
    return Times("period", alias if multiple == 1 else f"{multiple}{alias}", draw(starts))


def integers() -> st.SearchStrategy[Times]:
    """Integers of several sizes."""
    small = st.builds(
        Times,
        st.just("integer"),
        st.sampled_from(("int8", "uint8", "int16", "int32", "uint64")),
        st.integers(0, 50),
    )
    large = st.builds(
        Times,
        st.just("integer"),
        st.just("int64"),
        st.sampled_from((-7, 0, 1, 10**6, -(10**15), 2**61)),
    )
    ranges = st.builds(Times, st.just("range"), st.just(""), st.sampled_from((0, 1, -3, 10**9)))
    return small | large | ranges


def values() -> st.SearchStrategy[Values]:
    """Values of every kind, dtype and magnitude, with and without missing ones."""
    return st.builds(
        Values,
        kind=st.sampled_from(tuple(KINDS)),
        dtype=st.sampled_from(DTYPES),
        seed=st.integers(0, 2**16),
        missing=st.sampled_from((0.0, 0.0, 0.1, 0.5, 0.95)),
        magnitude=st.sampled_from(MAGNITUDES),
    )


@st.composite
def horizons(draw: st.DrawFn, times: Times, length: int, container: str) -> Horizon:
    """Horizons ahead, in sample, with gaps, far and farther than the times can go."""
    near, past = st.integers(1, 12), st.integers(1 - length, 0)
    steps = draw(
        st.one_of(
            st.lists(near, min_size=1, max_size=5, unique=True),
            st.lists(past, min_size=1, max_size=5, unique=True),
            st.lists(near | past, min_size=2, max_size=6, unique=True),
            st.lists(st.integers(1, 60), min_size=1, max_size=3, unique=True),
            st.integers(1, 8).map(lambda last: list(range(1, last + 1))),
            st.just(list(range(1 - length, 3))),
            st.sampled_from(([10**5], [1, 10**9], [10**12], [2**62], [-length - 2, 1])),
        )
    )
    if max(steps) > 1000 and (container == "array" or times.can_reach(max(steps))):
        steps = [1, 100]
    in_range = (
        min(steps) > -length
        and max(steps) < 1000
        and (container == "array" or _exist(times, length, steps))
    )
    forms = ["list", "relative"]
    if in_range:
        forms += ["array", "absolute"]
        if container != "array" and times.kind in ("datetime", "period"):
            forms.append("index")  # an index of integers counts steps
    form = draw(st.sampled_from(forms))
    return Horizon(tuple(steps), form)


def _exist(times: Times, length: int, steps: list[int]) -> bool:
    """Tell whether there are times so many steps from the last of several."""
    try:
        times.build([length - 1 + step for step in steps])
    except NoSuchTimeError:
        return False
    return True


@st.composite
def parameters(draw: st.DrawFn) -> dict[str, Any]:
    """Parameters of the forecaster, each of them at its default more often than not."""
    choices = {
        "num_samples": st.sampled_from((1, 2, 5, np.int64(3), np.int32(4))),
        "context_length": st.sampled_from((1, 2, 8, 40, np.int64(7))),
        "batch_size": st.sampled_from((1, 3, np.int16(5))),
        "nonnegative": st.sampled_from((True, np.True_)),
        "point_forecast": st.just("mean"),
        "rope_scaling": st.sampled_from(("linear", "dynamic")),
        "dtype": st.just("bfloat16"),
        "random_state": st.sampled_from((7, np.int64(3))),
    }
    names = draw(st.lists(st.sampled_from(sorted(choices)), max_size=3, unique=True))
    return {name: draw(choices[name]) for name in sorted(names)}


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Everything together."""
    container = draw(
        st.sampled_from(("series", "series", "frame", "panel", "panel", "hierarchy", "array"))
    )
    dated = datetimes(in_panel=container in ("panel", "hierarchy"))
    times = draw(st.one_of(dated, dated, periods(), integers()))
    length = draw(st.one_of(st.integers(1, 40), st.integers(1, 6), st.just(70)))
    try:
        times.given(3)
        times.given(length)
    except NoSuchTimeError:
        reject()  # pandas has no such times
    return Case(
        times=times,
        length=length,
        values=draw(values()),
        horizon=draw(horizons(times, length, container)),
        container=container,
        columns=1 if container == "series" else draw(st.integers(1, 3)),
        instances=draw(st.integers(1, 4)) if container in ("panel", "hierarchy") else 1,
        split=draw(st.integers(1, length)),
        network=draw(st.sampled_from(("small", "small", "published-like"))),
        parameters=draw(parameters()),
        checks=tuple(
            draw(st.lists(st.sampled_from(sorted(CHECKS)), min_size=1, max_size=4, unique=True))
        ),
    )
