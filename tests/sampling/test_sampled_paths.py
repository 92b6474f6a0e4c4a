"""Values and distributions are taken apart and put together at the same places."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from sktime_lagllama.sampling.sampled_paths import SampledPaths


@pytest.fixture
def paths() -> SampledPaths:
    """Return paths of 3 series, 4 samples and 5 steps."""
    random = np.random.default_rng(0)
    return SampledPaths(*random.random((len(SampledPaths._fields), 3, 4, 5)))


def test_parts_that_are_assigned_to_their_places_make_the_whole(paths: SampledPaths) -> None:
    whole = SampledPaths.empty(3, 4, 5)
    for series in (slice(0, 2), slice(2, 3)):
        for samples in (slice(0, 3), slice(3, 4)):
            whole.assign((series, samples), paths.select((series, samples)))
    np.testing.assert_array_equal(whole, paths)


def test_steps_are_selected_from_every_field(paths: SampledPaths) -> None:
    some = paths.select(np.s_[:, :, np.array([4, 0])])
    np.testing.assert_array_equal(some, np.asarray(paths)[:, :, :, [4, 0]])


@pytest.mark.parametrize("sizes", [(3,), (1, 2)])
def test_series_are_concatenated_in_their_order(paths: SampledPaths, sizes: tuple[int]) -> None:
    edges = [0, *np.cumsum(sizes)]
    parts = [paths.select(slice(*pair)) for pair in pairwise(edges)]
    np.testing.assert_array_equal(SampledPaths.concatenate(parts), paths)


def test_the_size_is_that_of_all_fields(paths: SampledPaths) -> None:
    assert paths.num_bytes == 4 * 3 * 4 * 5 * 8


def test_frozen_paths_cannot_be_written_to(paths: SampledPaths) -> None:
    paths.freeze()
    for field in paths:
        with pytest.raises(ValueError, match="read-only"):
            field[0, 0, 0] = 1.0
