"""Windows of a user's series: those that are trained on, and those that are held out."""

from __future__ import annotations

import numpy as np
import torch

from sktime_lagllama._typing import Float32Array, IntArray
from sktime_lagllama.data.resolutions import OWN, Resolution, resolutions_of
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.fine_tuning.augmentation import Augmentation
from sktime_lagllama.forecasting.context_length import context_length_at
from sktime_lagllama.forecasting.subseries import subseries_windows
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.training.batches import Batch, make_batch

VALIDATION_BATCH_SIZE = 64

MIN_STEPS_OF_RESOLUTION = 4
"""Steps of a resolution in the longest series, for it to be learned at this resolution."""


class TrainingWindows:
    """Windows around the cutoffs of series whose last part is held out.

    Each series is split at its training end. Training windows see nothing after it: the held-out
    values are missing to them. Training cutoffs lie from the first observed value to the step
    before the last value that is trained on; held-out cutoffs from the training end to the step
    before the last observed value.

    Parameters
    ----------
    history : SeriesBatch
        Past values of the series.
    config : LagLlamaConfig
    context_length : int
        Tokens up to and including the cutoff.
    horizon : int
        Steps after the cutoff.
    validation_fraction : float
        Share of each series' values, from its first observed value to its last, that is held out.
        It is rounded up, so that at least one of three values is held out. Shorter series hold out
        none.

    Attributes
    ----------
    history : SeriesBatch
    config : LagLlamaConfig
    context_length : int
        As given, but no longer than the longest series.
    horizon : int
        As given, but shorter than the longest series.
    resolutions : list of Resolution
        At which the series are forecast, the own step first; only those that are known for some
        steps.
    first_observed : int64 array of shape (series,)
        Grid position of each series' first observed value.
    training_ends : int64 array of shape (series,)
        Grid position of the last step before the held-out part of each series.
    num_training_cutoffs, num_held_out_cutoffs : int64 arrays of shape (series,)
    """

    def __init__(
        self,
        history: SeriesBatch,
        config: LagLlamaConfig,
        context_length: int,
        horizon: int,
        validation_fraction: float,
    ) -> None:
        self.history = history
        self.config = config
        self.first_observed, last_observed = _observed_range(history)
        lengths = last_observed - self.first_observed + 1
        self.num_held_out_cutoffs = _held_out_lengths(lengths, validation_fraction)
        self.training_ends = last_observed - self.num_held_out_cutoffs
        # A cutoff with only missing values after it teaches nothing.
        last_targets = history.last_observed(np.arange(history.num_series), self.training_ends)
        self.num_training_cutoffs = np.maximum(last_targets - self.first_observed, 0)
        # In a window longer than the longest series, the additional steps would all be missing.
        max_length = int(lengths.max(initial=1))
        self.context_length = min(context_length, max_length)
        self.horizon = min(horizon, max(max_length - 1, 1))
        self.resolutions = [OWN]
        if config.subseries:
            _, *coarser = resolutions_of(history.grid)
            limit = max_length // MIN_STEPS_OF_RESOLUTION
            self.resolutions += [resolution for resolution in coarser if resolution.stride <= limit]
        self._calendar_start = int(history.starts.min())
        longest_horizon = self._steps_ahead(self.resolutions[-1]) * self.resolutions[-1].stride
        calendar_end = int((history.starts + history.lengths).max()) + longest_horizon
        self._calendar = history.grid.calendar(
            self._calendar_start, calendar_end - self._calendar_start + 1
        )

    @property
    def num_pairs(self) -> int:
        """Number of pairs of a series and a cutoff that can be trained on."""
        return int(self.num_training_cutoffs.sum())

    def sample_pairs(self, rng: np.random.Generator, size: int) -> tuple[IntArray, IntArray]:
        """Sample uniformly from all pairs of a series and a training cutoff, with replacement.

        Parameters
        ----------
        rng : np.random.Generator
        size : int
            Number of pairs.

        Returns
        -------
        series, cutoffs : int64 arrays of shape (size,)
            Number of the series, and grid position.
        """
        pairs = rng.integers(0, self.num_pairs, size)
        series, places = _pairs_of_numbers(pairs, self.num_training_cutoffs)
        return series, self.first_observed[series] + places

    def training_batch(
        self,
        series: IntArray,
        cutoffs: IntArray,
        augmentation: Augmentation | None = None,
        resolution: Resolution = OWN,
    ) -> Batch:
        """Return training windows around cutoffs.

        Parameters
        ----------
        series, cutoffs : int64 arrays of shape (windows,)
            Number of the series, and grid position.
        augmentation : callable, optional
            Changes values of shape (windows, steps), NaN where missing.
        resolution : Resolution, default=OWN
            Of the windows, which are subseries: their steps are this far apart.

        Returns
        -------
        Batch
            All observed targets have the same weight.
        """
        limits = self.training_ends[series]
        return self._batch(series, cutoffs, limits, 1.0, resolution, augmentation)

    def held_out_pairs(self, max_pairs: int) -> tuple[IntArray, IntArray]:
        """Return pairs of a series and a held-out cutoff.

        Parameters
        ----------
        max_pairs : int
            Largest number of pairs; they are spread evenly over all pairs.

        Returns
        -------
        series, cutoffs : int64 arrays of shape (pairs,)
            Number of the series, and grid position.
        """
        total = int(self.num_held_out_cutoffs.sum())
        spread = np.linspace(0, total - 1, min(max_pairs, total))
        pairs = np.unique(spread.round().astype(np.int64))
        series, places = _pairs_of_numbers(pairs, self.num_held_out_cutoffs)
        return series, self.training_ends[series] + places

    def held_out_blocks(self, series: IntArray, cutoffs: IntArray) -> IntArray:
        """Return the number of the horizon, counted from the training end, that cutoffs lie in.

        Forecasts of a series from cutoffs in one block are partly of the same values.

        Parameters
        ----------
        series, cutoffs : int64 arrays of shape (pairs,)
            Number of the series, and grid position of a held-out cutoff.

        Returns
        -------
        int64 array of shape (pairs,)
            From 0.
        """
        return (cutoffs - self.training_ends[series]) // self.horizon

    def held_out_batches(self, series: IntArray, cutoffs: IntArray) -> list[Batch]:
        """Return windows around held-out cutoffs.

        Parameters
        ----------
        series, cutoffs : int64 arrays of shape (pairs,)
            Number of the series, and grid position.

        Returns
        -------
        list of Batch
            In the order of the pairs, once for each resolution. Only targets after the cutoff have
            a weight.
        """
        no_limit = np.full(len(series), np.iinfo(np.int64).max)
        starts = range(0, len(series), VALIDATION_BATCH_SIZE)
        chunks = [slice(start, start + VALIDATION_BATCH_SIZE) for start in starts]
        return [
            self._batch(series[chunk], cutoffs[chunk], no_limit[chunk], 0.0, resolution)
            for resolution in self.resolutions
            for chunk in chunks
        ]

    def _batch(
        self,
        series: IntArray,
        cutoffs: IntArray,
        limits: IntArray,
        context_weight: float,
        resolution: Resolution,
        augmentation: Augmentation | None = None,
    ) -> Batch:
        """Cut windows around cutoffs; values after the limits, of shape (windows,), are missing."""
        stride, steps_ahead = resolution.stride, self._steps_ahead(resolution)
        num_tokens = context_length_at(resolution, self.context_length) + steps_ahead - 1
        num_steps = self.config.max_lag + num_tokens + 1
        ends = cutoffs + steps_ahead * stride
        # The subseries of the step right after a cutoff ends one stride before that step.
        values = subseries_windows(self.history, series, ends + stride - 1, num_steps, stride, 1)
        positions = ends[:, None] + stride * np.arange(1 - num_steps, 1)
        values[positions > limits[:, None]] = np.nan
        tensor = torch.from_numpy(values)
        if augmentation is not None:
            tensor = augmentation(tensor)
        calendar = self._calendar_of(series, positions[:, -num_tokens - 1 : -1], resolution)
        forecast_lengths = torch.full((len(series),), steps_ahead)
        return make_batch(
            tensor, torch.from_numpy(calendar), forecast_lengths, self.config, context_weight
        )

    def _steps_ahead(self, resolution: Resolution) -> int:
        """Return the steps of a resolution that the horizon reaches into."""
        return -(-self.horizon // resolution.stride)

    def _calendar_of(
        self, series: IntArray, positions: IntArray, resolution: Resolution
    ) -> Float32Array:
        """Return the calendar features of grid positions (windows, tokens): another axis of 6.

        They are 0 before a series' first value, as in forecasts.
        """
        rows = np.clip(positions - self._calendar_start, 0, len(self._calendar) - 1)
        started = positions >= self.history.starts[series][:, None]
        features = resolution.calendar(self._calendar[rows])
        return np.where(started[..., None], features, np.float32(0))


def _pairs_of_numbers(numbers: IntArray, counts: IntArray) -> tuple[IntArray, IntArray]:
    """Return the series, and the place among its cutoffs, of each pair of this number.

    Pairs are numbered through all series, of which each has ``counts`` (series,) pairs. All other
    arrays are of shape (pairs,).
    """
    ends = np.cumsum(counts)
    series = np.searchsorted(ends, numbers, side="right")
    return series, numbers - (ends - counts)[series]


def _held_out_lengths(lengths: IntArray, fraction: float) -> IntArray:
    """Return how many values of series of some lengths are held out, shape (series,).

    Two values remain to train on.
    """
    held_out = np.ceil(fraction * lengths).astype(np.int64)
    return np.where(lengths >= 3, np.minimum(held_out, lengths - 2), 0)


def _observed_range(history: SeriesBatch) -> tuple[IntArray, IntArray]:
    """Return the grid positions of each series' first and last observed value, shape (series,).

    A series without any has its start, and the position before it: there is nothing to learn.
    """
    observed = ~np.isnan(history.values)
    num_values = len(history.values)
    series = np.repeat(np.arange(history.num_series), history.lengths)[observed]
    places = np.arange(num_values)[observed]
    first_places = np.full(history.num_series, num_values)
    last_places = np.full(history.num_series, -1)
    np.minimum.at(first_places, series, places)
    np.maximum.at(last_places, series, places)
    empty = last_places < 0
    positions_of_places = history.starts - history.offsets
    first = np.where(empty, history.starts, first_places + positions_of_places)
    last = np.where(empty, history.starts - 1, last_places + positions_of_places)
    return first, last
