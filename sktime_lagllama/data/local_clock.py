"""Series with a time zone, read by the clock in the zone where it is changed among their times.

Steps below a day are durations, of which a day has an hour more or less when the clock is changed.
What people do follows the clock: read by it, a day before is the same hour of the day before.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TypeGuard

import numpy as np
import pandas as pd

from sktime_lagllama._typing import Float64Array, IntArray
from sktime_lagllama.data.grids import FixedStepGrid
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.data.time_grid import TimeGrid
from sktime_lagllama.data.time_zones import local_times, utc_times

_SHORTEST_STEP = pd.Timedelta(minutes=1)
"""Below it, the hour that a clock skips has too many steps to forecast across."""


@dataclass(frozen=True)
class _Clock:
    """Grid positions <-> positions by the clock: steps that it shows since the grid's position 0.

    Where the clock is put back, two positions of the grid have the same one by the clock; where it
    is put forward, some by the clock have none.

    Attributes
    ----------
    first : int
        The first grid position that is known.
    by_clock : int64 array of shape (positions,)
        From the first one on.
    """

    first: int
    by_clock: IntArray

    def to_clock(self, positions: IntArray) -> IntArray:
        """Return positions by the clock, of the shape of the grid positions."""
        return self.by_clock[positions - self.first]

    def earliest(self, by_clock: IntArray) -> IntArray:
        """Return the earlier of the grid positions at which the clock shows these.

        A window that ends there has seen nothing after either.
        """
        reached = np.maximum.accumulate(self.by_clock)
        return self.first + np.searchsorted(reached, by_clock)

    def latest(self, by_clock: IntArray) -> IntArray:
        """Return the later of the grid positions, or before the first one if there is none."""
        origin = int(self.by_clock.min())
        places = np.full(int(self.by_clock.max()) - origin + 1, -1)
        places[self.by_clock - origin] = np.arange(len(self.by_clock))
        inside = (by_clock >= origin) & (by_clock < origin + len(places))
        return self.first + np.where(inside, places[np.where(inside, by_clock - origin, 0)], -1)


@dataclass(frozen=True, kw_only=True)
class SeriesByClock(SeriesBatch):
    """Series whose positions are those by the clock.

    The hour that the clock skips is missing. Of the hour that it shows twice, the later values
    count, up to cutoffs after it. Starts, cutoffs and the grid are by the clock; values and lengths
    are the base's, out of which ``windows`` are cut.

    Attributes
    ----------
    base : SeriesBatch
        The series by their own grid.
    clock : _Clock
    """

    base: SeriesBatch
    clock: _Clock

    def cutoffs_by_clock(self, cutoffs: IntArray) -> IntArray:
        """Return cutoffs of the base by the clock, int64 of shape (rows,)."""
        return self.clock.to_clock(cutoffs)

    def steps_by_clock(self, cutoffs: IntArray, horizon: int) -> IntArray:
        """Return how many steps by the clock the steps after cutoffs are ahead.

        Parameters
        ----------
        cutoffs : int64 array of shape (rows,)
            Of the base.
        horizon : int
            Steps ahead.

        Returns
        -------
        int64 array of shape (rows, horizon)
            At least 1, also in an hour that the clock shows again.
        """
        ahead = self.clock.to_clock(cutoffs[:, None] + np.arange(1, horizon + 1))
        return np.maximum(ahead - self.clock.to_clock(cutoffs)[:, None], 1)

    def windows(self, series: IntArray, cutoffs: IntArray, length: int) -> Float64Array:
        """Cut windows of history, as ``SeriesBatch.windows`` does, by the clock."""
        ends = self.clock.earliest(cutoffs)
        by_clock = cutoffs[:, None] + np.arange(1 - length, 1)  # (rows, length)
        places = np.minimum(self.clock.latest(by_clock), ends[:, None])
        shows = places >= self.clock.first
        shows &= self.clock.to_clock(np.maximum(places, self.clock.first)) == by_clock
        own_length = int(np.where(shows, ends[:, None] - places, 0).max(initial=0)) + 1
        own = self.base.windows(series, ends, own_length)
        columns = np.where(shows, places - ends[:, None] + own_length - 1, 0)
        return np.where(shows, np.take_along_axis(own, columns, axis=1), np.nan)

    def last_observed(self, series: IntArray, cutoffs: IntArray) -> IntArray:
        """Return when each series was last observed, up to a cutoff, by the clock."""
        return self.clock.to_clock(self.base.last_observed(series, self.clock.earliest(cutoffs)))


def by_local_clock(history: SeriesBatch, cutoffs: IntArray, horizon: int) -> SeriesByClock | None:
    """Return series by the clock in their time zone, if it is changed among their times.

    Parameters
    ----------
    history : SeriesBatch
    cutoffs : int64 array of shape (rows,)
        Grid positions.
    horizon : int
        Steps ahead.

    Returns
    -------
    SeriesByClock, optional
        None if the clock goes as the grid does up to the horizon, or is changed by less than a
        step, as for steps of two hours, or if steps are shorter than a minute.
    """
    grid = history.grid
    if not follows_local_clock(grid):
        return None
    first = min(int(history.starts.min()), int(cutoffs.min()))
    positions = np.arange(first, int(cutoffs.max()) + horizon + 1)
    differences = _clock_differences(grid, positions)
    if (differences == differences[0]).all():
        return None
    origin = _clock_differences(grid, np.zeros(1, dtype=np.int64))
    assert grid.duration is not None  # follows_local_clock has seen to it
    shifts, rest = np.divmod(differences - origin, grid.duration.value)
    if rest.any():
        return None
    clock = _Clock(first, positions + shifts)
    own_fields = {field.name: getattr(history, field.name) for field in fields(SeriesBatch)}
    by_clock = {
        "starts": clock.to_clock(history.starts),
        "grid": replace(grid, anchor=_local_anchor(grid), tz=None),
    }
    return SeriesByClock(**(own_fields | by_clock), base=history, clock=clock)


def follows_local_clock(grid: TimeGrid) -> TypeGuard[FixedStepGrid]:
    """Return whether steps are durations, in a zone with more than one difference to UTC."""
    if not isinstance(grid, FixedStepGrid) or grid.tz is None or grid.duration is None:
        return False
    return grid.duration >= _SHORTEST_STEP and grid.tz.utcoffset(None) is None


def _clock_differences(grid: FixedStepGrid, positions: IntArray) -> IntArray:
    """Return how far the clock is ahead of UTC, int64 in nanoseconds of shape (positions,)."""
    times = grid.times(positions)
    difference = local_times(times).as_unit("ns") - utc_times(times).as_unit("ns")
    return np.asarray(difference.to_numpy().astype(np.int64))


def _local_anchor(grid: FixedStepGrid) -> pd.Timestamp:
    """Return what the clock shows at position 0."""
    return local_times(grid.times(np.zeros(1, dtype=np.int64)))[0]
