"""Groups of validation series: a step, its season, and what is forecast of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """Series with one step.

    Parameters
    ----------
    name : str
    frequency : str
        Of the series' periods, as pandas names it.
    season : int
        Steps in a season.
    horizons : tuple of int
        Numbers of steps that are forecast, increasing. Each is scored by itself.
    min_history : int
        Least steps of a history; a series too short for it has histories from two seasons on.
    short_history : int, optional
        Steps of the history that users mostly have. Windows are cut with the whole history and with
        this one; None: with the whole history only.
    max_cutoffs : tuple of int, default=(3, 2, 1)
        Most cutoffs of a series whose data set has one series, up to ten, and more.
    """

    name: str
    frequency: str
    season: int
    horizons: tuple[int, ...]
    min_history: int
    short_history: int | None = None
    max_cutoffs: tuple[int, int, int] = (3, 2, 1)

    @property
    def horizon(self) -> int:
        """Steps of the longest forecast."""
        return self.horizons[-1]


GENERAL_GROUPS: tuple[Group, ...] = (
    Group("monthly", "M", 12, (18,), min_history=24, short_history=60),
    Group("quarterly", "Q", 4, (8,), min_history=10, short_history=24),
    Group("yearly", "Y", 1, (6,), min_history=10, short_history=20),
    Group("weekly", "W-SAT", 52, (13,), min_history=104, short_history=156),
    Group("daily", "D", 7, (14,), min_history=14, short_history=42),
    Group("hourly", "h", 24, (48,), min_history=48, short_history=168),
    Group("hourly_simulated", "h", 24, (48,), min_history=48, short_history=168),
)
"""Groups of the general set; short histories are five years of months, a week of hours."""


def _fast_group(name: str, frequency: str, season: int, min_history: int) -> Group:
    """Return a group that is forecast for one season and for two, with its whole history."""
    return Group(name, frequency, season, (season, 2 * season), min_history, max_cutoffs=(4, 2, 2))


FAST_GROUPS: tuple[Group, ...] = (
    _fast_group("5 minutes", "5min", 288, min_history=14 * 288),
    _fast_group("10 minutes", "10min", 144, min_history=14 * 144),
    _fast_group("15 minutes", "15min", 96, min_history=14 * 96),
    _fast_group("30 minutes", "30min", 48, min_history=14 * 48),
    _fast_group("hours", "h", 24, min_history=14 * 24),
    _fast_group("days", "D", 7, min_history=28),
    _fast_group("weeks", "W-SUN", 52, min_history=104),
)
"""Groups of the fast set: a season is a day of what is faster, a week of days, a year of weeks."""

GROUPS: dict[str, Group] = {group.name: group for group in (*GENERAL_GROUPS, *FAST_GROUPS)}
"""Every group by its name."""
