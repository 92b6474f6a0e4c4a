"""Which errors are to be expected of which cases: there are few, and each has its reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas.tseries.offsets import Tick

from sktime_lagllama.data.containers import MAX_MAGNITUDE
from tests.fuzz.cases import Case
from tests.fuzz.times import NoSuchTimeError, offset_of

OBJECTS = ("object", "Decimal", "None for missing")


class Refusal(NamedTuple):
    """An error that is right.

    Attributes
    ----------
    pattern : str
        Regular expression for its message.
    applies : callable
        Tells whether it is to be expected of a case.
    """

    pattern: str
    applies: Callable[[Case], bool]


def is_expected(case: Case, message: str) -> bool:
    """Tell whether a case may be refused with a message."""
    return any(
        re.search(refusal.pattern, message) is not None and refusal.applies(case)
        for refusal in REFUSALS
    )


def has_objects(case: Case) -> bool:
    """Tell whether the columns are of objects, which sktime takes for categories."""
    return case.values.dtype in OBJECTS and case.container != "array"


def lacks_a_value(case: Case) -> bool:
    """Tell whether a series may have no value at all, also in the part that ``fit`` gets."""
    return case.values.missing > 0


def has_huge_values(case: Case) -> bool:
    """Tell whether there are values whose squares are not numbers."""
    rows = case.length * case.instances
    return bool((np.abs(case.values.numbers(rows, case.columns)) > MAX_MAGNITUDE).any())


def has_one_time_without_a_step(case: Case) -> bool:
    """Tell whether there is a single datetime, whose step nobody knows."""
    return is_dated(case) and case.length == 1 and loses_freq(case)


def has_no_step_to_infer(case: Case) -> bool:
    """Tell whether pandas cannot infer the step of datetimes, or infers another one."""
    return is_dated(case) and loses_freq(case) and not case.has_the_step()


def ends_before_the_horizon(case: Case) -> bool:
    """Tell whether pandas has no times as late, or as early, as the horizon."""
    if not is_dated(case):
        return case.horizon.steps[0] >= 2**60
    if min(case.horizon.steps) <= -case.length:
        return True
    try:
        last = case.times.build([case.length + max(1, *case.horizon.steps)])
    except NoSuchTimeError:
        return True
    # Some of pandas counts on beyond its last timestamp, which is in 9999.
    return isinstance(last, pd.DatetimeIndex) and bool((last.year > 9999).any())


def is_counted_back(case: Case) -> bool:
    """Tell whether there are steps before the first time, where an odd offset leads nowhere."""
    return is_dated(case) and min(case.horizon.steps) <= -case.length


def has_a_clock_that_is_changed(case: Case) -> bool:
    """Tell whether times of a clock are counted, not durations, so that one may be skipped."""
    return case.times.tz is not None and not (
        isinstance(offset_of(case.times.freq), Tick) and "D" not in case.times.freq
    )


def is_dated(case: Case) -> bool:
    """Tell whether the index has datetimes."""
    return case.times.kind == "datetime" and case.container != "array"


def loses_freq(case: Case) -> bool:
    """Tell whether the index need not know its step, as that of a panel."""
    if not is_dated(case):
        return False
    return case.is_panel or getattr(case.times.given(case.length), "freq", None) is None


REFUSALS = (
    Refusal("do not support categorical features", has_objects),
    Refusal("y must lie between", has_huge_values),
    Refusal("must have at least one observed value", lacks_a_value),
    Refusal("the step of a single time stamp", has_one_time_without_a_step),
    Refusal("time stamps must be equally spaced", has_no_step_to_infer),
    Refusal("does not lie on the series' grid", has_no_step_to_infer),
    Refusal("there is no (datetime|period) .* steps", ends_before_the_horizon),
    Refusal("fh has the step .* no time lies so far", ends_before_the_horizon),
    Refusal("pandas has no datetimes .* steps", is_counted_back),
    Refusal("the clock in .* is changed", has_a_clock_that_is_changed),
)
