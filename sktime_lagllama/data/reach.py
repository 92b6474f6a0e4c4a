"""How far pandas' datetimes go, and the error for those that would lie farther."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import numpy as np
import pandas as pd
from pandas.tseries.offsets import BaseOffset

TimeUnit = Literal["s", "ms", "us", "ns"]
"""Resolution of datetimes."""

_NANOSECOND_LIMITS = (pd.Timestamp.min.to_datetime64(), pd.Timestamp.max.to_datetime64())

_PYTHON_LIMITS = (np.datetime64("0001-01-01", "us"), np.datetime64("9999-12-31T23:59:59", "us"))
"""Beyond them pandas still counts in some resolutions, but most of its methods fail."""

_PROBED_STEPS = 24


def limits_of(unit: TimeUnit) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and the last datetime that pandas can work with.

    Parameters
    ----------
    unit : {"s", "ms", "us", "ns"}
        Resolution of the datetimes.

    Returns
    -------
    first, last : np.datetime64
    """
    return _NANOSECOND_LIMITS if unit == "ns" else _PYTHON_LIMITS


def out_of_reach_error(
    position: int, freq: BaseOffset, anchor: pd.Timestamp, unit: TimeUnit
) -> ValueError:
    """Return the error for a position whose datetime pandas cannot represent.

    Parameters
    ----------
    position : int
        Steps from the anchor.
    freq : BaseOffset
    anchor : pd.Timestamp
    unit : {"s", "ms", "us", "ns"}
        Resolution of the datetimes.

    Returns
    -------
    ValueError
    """
    first, last = limits_of(unit)
    side, limit = ("after", last) if position > 0 else ("before", first)
    advice = "ask for fewer steps"
    if unit == "ns":
        advice += ", or give y datetimes of a coarser resolution, by y.index.as_unit('s')"
    return ValueError(
        f"there is no datetime {abs(position)} steps of {freq.freqstr!r} {side} {anchor}: in the "
        f"resolution {unit!r} of y's index, pandas ends at {limit}; {advice}"
    )


@contextmanager
def within_reach(
    first: int, last: int, freq: BaseOffset, anchor: pd.Timestamp, unit: TimeUnit
) -> Iterator[None]:
    """Turn what pandas raises where datetimes end into an error that names the step and the limit.

    Parameters
    ----------
    first, last : int
        Positions, in steps from the anchor, that are computed inside.
    freq : BaseOffset
    anchor : pd.Timestamp
        Position 0.
    unit : {"s", "ms", "us", "ns"}
        Resolution of the datetimes.

    Raises
    ------
    ValueError
        If pandas cannot represent the datetime of the first or the last position.
    """
    farthest = max(first, last, key=abs)
    error = out_of_reach_error(farthest, freq, anchor, unit)
    try:
        # pandas would count all steps up to the limit before it raises, for minutes.
        if abs(farthest) > 10 * _PROBED_STEPS and _is_far_out(farthest, freq, anchor, unit):
            raise error
        yield
    except (pd.errors.OutOfBoundsDatetime, pd.errors.OutOfBoundsTimedelta, OverflowError) as cause:
        raise error from cause
    except ValueError as cause:
        # As offsets say it that compute with Python's datetimes, such as Easter.
        if any(words in str(cause) for words in ("did not increment", "is out of range")):
            raise error from cause
        raise


def _is_far_out(position: int, freq: BaseOffset, anchor: pd.Timestamp, unit: TimeUnit) -> bool:
    """Tell whether steps of their usual length would lead beyond the limit twice over."""
    probe = pd.date_range(anchor, periods=_PROBED_STEPS, freq=freq, unit=unit)
    years_of_step = (probe[-1] - probe[0]) / pd.Timedelta(days=365) / (_PROBED_STEPS - 1)
    limit = pd.Timestamp(limits_of(unit)[int(position > 0)])
    years_left = abs(limit.year - anchor.year) + 1
    return bool(abs(position) * years_of_step > 2 * years_left)
