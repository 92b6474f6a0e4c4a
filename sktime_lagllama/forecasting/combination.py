"""Sample paths of the same series at several resolutions -> their combination.

The forecast at the own step knows the last values best, but a day of it may be hundreds of steps
away, further than the network reaches. Daily subseries repeat the last days' courses, and know
little of the last hour. Forecasts are combined by how sure they are, and how far ahead they look.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sktime_lagllama._typing import BoolArray, Float64Array, IntArray
from sktime_lagllama.sampling.sampled_paths import SampledPaths

REACH = 24
"""Steps of a resolution after which a coarser one forecasts alone."""

_FADING = 2
"""How fast a resolution loses its weight on the way there: as this power of what is left of it."""

_SMALLEST_SPREAD = 1e-12
"""Of a forecast, relative to the widest one: a smaller one counts as this one."""


class Part(NamedTuple):
    """Sample paths at one resolution.

    Attributes
    ----------
    stride : int
        Own steps in a step of the resolution.
    paths : SampledPaths of shape (rows, num_samples, steps)
        Finite, also where they have no meaning.
    is_known : bool array of shape (rows, steps)
        Whether enough is known of the subseries that a step belongs to.
    """

    stride: int
    paths: SampledPaths
    is_known: BoolArray

    @classmethod
    def empty(cls, stride: int, num_rows: int, num_samples: int, num_steps: int) -> Part:
        """Return a part of which nothing is known yet, to be filled."""
        shape = (num_rows, num_samples, num_steps)
        paths = SampledPaths(*(np.ones(shape) for _ in SampledPaths._fields))
        return cls(stride, paths, np.zeros((num_rows, num_steps), dtype=bool))


def combine(parts: list[Part]) -> SampledPaths:
    """Average quantiles of several resolutions, weighted by the inverse of their variances.

    Averages of quantiles are sharper than averages of probabilities (Lichtendahl, Grushka-Cockayne
    and Winkler, 2013, Management Science 59, 1594-1611). Here the components of the mixtures are
    averaged in the order of their locations, and the values in their order. Which path gets which
    is told by the finest resolution that has a weight.

    Parameters
    ----------
    parts : list of Part
        Finest resolution first; all steps of the first are known.

    Returns
    -------
    SampledPaths of shape (rows, num_samples, steps)
    """
    weights = _weights(parts)  # (resolutions, rows, steps)
    finest = (weights > 0).argmax(axis=0)  # (rows, steps)
    inverse_df, loc, scale, values = (np.zeros_like(parts[0].paths.values) for _ in range(4))
    place_of_value, place_of_loc = (np.zeros(values.shape, dtype=np.int64) for _ in range(2))
    for number, (part, weight) in enumerate(zip(parts, weights, strict=True)):
        of_paths = weight[:, None]  # (rows, 1, steps)
        paths, is_finest = part.paths, (finest == number)[:, None]
        by_value, by_loc = paths.values.argsort(axis=1), paths.loc.argsort(axis=1)
        values += of_paths * np.take_along_axis(paths.values, by_value, axis=1)
        loc += of_paths * np.take_along_axis(paths.loc, by_loc, axis=1)
        scale += of_paths * np.take_along_axis(paths.scale, by_loc, axis=1)
        inverse_df += of_paths / np.take_along_axis(paths.df, by_loc, axis=1)
        np.copyto(place_of_value, _places(by_value), where=is_finest)
        np.copyto(place_of_loc, _places(by_loc), where=is_finest)
    with np.errstate(divide="ignore"):
        df = 1 / inverse_df
    return SampledPaths(
        values=np.take_along_axis(values, place_of_value, axis=1),
        df=np.take_along_axis(df, place_of_loc, axis=1),
        loc=np.take_along_axis(loc, place_of_loc, axis=1),
        scale=np.take_along_axis(scale, place_of_loc, axis=1),
    )


def _places(order: IntArray) -> IntArray:
    """Return the place of each path in an order of the paths, both (rows, num_samples, steps)."""
    places = np.empty_like(order)
    numbers = np.arange(order.shape[1])[None, :, None]
    np.put_along_axis(places, order, np.broadcast_to(numbers, order.shape), axis=1)
    return places


def _weights(parts: list[Part]) -> Float64Array:
    """Return the weight of each resolution, shape (resolutions, rows, steps), of sum 1."""
    spreads = np.stack([_spread(part.paths) for part in parts])
    # A spread may underflow to zero. Relative to the widest, squares of any magnitude are finite.
    smallest = np.maximum(_SMALLEST_SPREAD * spreads.max(axis=0), np.finfo(np.float64).tiny)
    spreads = np.maximum(spreads, smallest)
    precisions = (spreads.max(axis=0) / spreads) ** 2
    weights = np.empty_like(precisions)
    has_coarser = np.zeros(precisions.shape[1:], dtype=bool)
    for number, part in reversed(list(enumerate(parts))):
        faded = np.where(has_coarser, _fading(part), 1.0)
        weights[number] = np.where(part.is_known, faded * precisions[number], 0.0)
        has_coarser |= part.is_known
    return weights / weights.sum(axis=0)


def _spread(paths: SampledPaths) -> Float64Array:
    """Return how wide forecasts are, shape (rows, steps), in data units."""
    between = paths.loc.std(axis=1)
    within = paths.scale.mean(axis=1)
    return np.hypot(between, within)


def _fading(part: Part) -> Float64Array:
    """Return the factor on weights by how far ahead a resolution looks, shape (steps,)."""
    ahead = (np.arange(part.is_known.shape[1]) + 0.5) / part.stride
    return np.maximum(1 - ahead / REACH, 0.0) ** _FADING
