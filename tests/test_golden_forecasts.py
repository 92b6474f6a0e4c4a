"""Forecasts equal those that were recorded before the code was rearranged."""

from __future__ import annotations

import json

import numpy as np

from tests.support.golden import GOLDEN_FILE, all_forecasts, environment


def test_forecasts_equal_the_recorded_ones_to_the_last_bit() -> None:
    with np.load(GOLDEN_FILE) as file:
        recorded = {name: file[name] for name in file.files}
    same_machine = json.loads(str(recorded.pop("environment"))) == environment()
    found = all_forecasts()
    assert found.keys() == recorded.keys()
    for name, numbers in recorded.items():
        if same_machine:
            np.testing.assert_array_equal(found[name], numbers, err_msg=name)
        else:
            # Another processor or torch adds up in another order.
            spread = np.nanstd(numbers)
            np.testing.assert_allclose(
                found[name], numbers, rtol=1e-3, atol=1e-3 * spread, err_msg=name
            )
