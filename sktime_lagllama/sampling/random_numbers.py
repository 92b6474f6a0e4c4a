"""Random numbers of sample paths, which depend on the seed and their place only.

The paths of a series share their numbers out so that they cover every step's distribution, and what
the steps add up to, more evenly than independent paths would. Few paths then tell as much as many
independent ones. Each path alone has the distribution of an independent path.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from sktime_lagllama._typing import Float64Array, IntArray

_WEIGHT_OF_PAST = 0.9
"""Of a path's normal scores one step ago, relative to the present ones, in its state."""

_NUMBERS_PER_COUNTER = 4
"""64-bit numbers that Philox makes of each value of its counter."""

_NUM_COUNTERS = 2**256
"""Values of Philox's counter."""

_COUNTERS_OF_STEP = 2**128
"""Of these, from the numbers of one step to those of the next."""

_SMALLEST_PROBABILITY = 2.0**-53
"""Of a normal score; 1 less this is the largest float64 below 1."""

_MAX_VALUES_CHUNK = 2**18
"""Numbers of a chunk of series, whose computation takes some 80 bytes each."""


def stratified_normal_scores(
    seed: int, horizon: int, streams: IntArray, num_samples: int
) -> Tensor:
    """Draw standard normal numbers that the paths of a series spread evenly.

    Each step divides [0, 1) into as many equal strata as the series has paths, and gives every path
    one of them and a random place in it (Latin hypercube sampling: McKay, Beckman and Conover,
    1979, Technometrics 21, 239-245). Paths that were alike so far get strata that are far apart
    (array-RQMC: L'Ecuyer, Lecot and Tuffin, 2008, Operations Research 56, 958-975), so that values
    to which several steps contribute are spread evenly too.

    The numbers of a path alone are independent, because each step is rotated at random. The numbers
    of a series depend on the seed, its stream, ``num_samples`` and the step only.

    Parameters
    ----------
    seed : int
    horizon : int
        Steps ahead.
    streams : int64 array of shape (series,)
        Number, at least 0, of each series' stream of random numbers.
    num_samples : int
        Paths per series.

    Returns
    -------
    float32 Tensor of shape (horizon, series, num_samples)
        Finite, on the CPU.
    """
    unique, places = np.unique(streams, return_inverse=True)
    if len(unique) < len(streams):
        return stratified_normal_scores(seed, horizon, unique, num_samples)[:, places]
    scores = torch.empty(horizon, len(streams), num_samples)
    size = max(1, _MAX_VALUES_CHUNK // (horizon * num_samples))
    for start in range(0, len(streams), size):
        chunk = slice(start, start + size)
        scores[:, chunk] = _scores_of_chunk(seed, horizon, streams[chunk], num_samples)
    return scores


def _scores_of_chunk(seed: int, horizon: int, streams: IntArray, num_samples: int) -> Tensor:
    """Return what ``stratified_normal_scores`` does, in float64."""
    num_coins = _num_halvings(num_samples)
    numbers = uniforms(seed, horizon, streams, num_samples + num_coins + 1)
    place, coins, rotation = np.split(numbers, [num_samples, num_samples + num_coins], axis=-1)
    probabilities = (np.arange(num_samples) + place) / num_samples
    # 0 and, by rounding, 1 are possible, where the quantile is infinite.
    probabilities.clip(_SMALLEST_PROBABILITY, 1 - _SMALLEST_PROBABILITY, out=probabilities)
    by_stratum = torch.special.ndtri(torch.from_numpy(probabilities)).numpy()
    rank = _spread_out(num_samples, coins) + (rotation * num_samples).astype(np.int64)
    by_rank = np.empty_like(by_stratum)
    np.put_along_axis(by_rank, rank % num_samples, by_stratum, axis=-1)
    return torch.from_numpy(_assign_to_paths(by_rank, place[0]))


def uniforms(seed: int, horizon: int, streams: IntArray, count: int) -> Float64Array:
    """Return independent uniform numbers.

    Philox (Salmon et al., 2011) is counter-based: any part of its stream can be computed without
    the parts before. Each step has a part of its own, long enough for any number of streams.

    Parameters
    ----------
    seed, horizon, streams
        As in ``stratified_normal_scores``.
    count : int
        Numbers of a series at one step.

    Returns
    -------
    float64 array of shape (horizon, series, count)
        In [0, 1).
    """
    counters_of_stream = -(-count // _NUMBERS_PER_COUNTER)
    bits = np.random.Philox(np.random.SeedSequence(seed))
    generator = np.random.Generator(bits)
    numbers = np.empty((horizon, len(streams), counters_of_stream * _NUMBERS_PER_COUNTER))
    # Streams whose numbers are consecutive lie side by side: they are drawn at once.
    is_first = np.diff(streams, prepend=streams[:1]) != 1
    # Python's integers do not overflow.
    starts = np.flatnonzero(is_first).tolist()
    runs = list(zip(starts, [*starts[1:], len(streams)], streams[starts].tolist(), strict=True))
    counter = 0
    for step, of_step in enumerate(numbers):
        for start, stop, stream in runs:
            first_counter = step * _COUNTERS_OF_STEP + stream * counters_of_stream
            bits.advance((first_counter - counter) % _NUM_COUNTERS)
            generator.random(out=of_step[start:stop])
            counter = first_counter + (stop - start) * counters_of_stream
    return numbers[..., :count]


def _spread_out(count: int, coins: Float64Array) -> IntArray:
    """Return random permutations in which neighbours are far apart.

    They are van der Corput's, 0 4 2 6 1 5 3 7 and the like, where a coin decides which half comes
    first, and so on in each half (nested uniform scrambling: Owen, 1995).

    Parameters
    ----------
    count : int
    coins : float64 array of shape (..., _num_halvings(count))
        Uniform numbers.

    Returns
    -------
    int64 array of shape (..., count)
        Permutations of ``range(count)``.
    """
    order = np.zeros((*coins.shape[:-1], 1), dtype=np.int64)
    while (size := order.shape[-1]) < count:
        second_first = coins[..., size - 1 : 2 * size - 1] < 0.5
        order = np.concatenate((2 * order + second_first, 2 * order + ~second_first), axis=-1)
    # Of a size that is no power of two, the first are kept, and numbered without gaps.
    return order[..., :count].argsort(axis=-1)


def _num_halvings(count: int) -> int:
    """Return how many coins ``_spread_out`` needs."""
    return 2 ** (count - 1).bit_length() - 1


def _assign_to_paths(by_rank: Float64Array, start: Float64Array) -> Float64Array:
    """Give each path the number of its rank among the paths.

    Paths are ranked by a state that stands in for the values that they reached: the sum of their
    numbers so far, recent ones weighted most. The values themselves are known up to rounding only,
    which must not decide on ranks.

    Parameters
    ----------
    by_rank : float64 array of shape (horizon, series, num_samples)
    start : float64 array of shape (series, num_samples)
        Random numbers that rank the paths at the first step. Without them, paths of the same number
        would be alike in all series.

    Returns
    -------
    float64 array of shape (horizon, series, num_samples)
    """
    by_path = np.empty_like(by_rank)
    state = start
    for step, (of_path, of_rank) in enumerate(zip(by_path, by_rank, strict=True)):
        np.put_along_axis(of_path, state.argsort(axis=-1), of_rank, axis=-1)
        state = of_path if step == 0 else _WEIGHT_OF_PAST * state + of_path
    return by_path
