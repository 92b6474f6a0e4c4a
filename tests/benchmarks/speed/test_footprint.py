"""Memory and time of a panel."""

from __future__ import annotations

import pytest

from benchmarks.speed import footprint


@pytest.mark.slow
@pytest.mark.parametrize(("with_network", "drawn_by"), [(True, "network"), (False, "random")])
def test_a_panel_is_measured_in_a_process_of_its_own(with_network: bool, drawn_by: str) -> None:
    row = footprint.panel(3, 2, 2, with_network).split("|")
    assert [part.strip() for part in row[1:5]] == ["3", "2", "2", drawn_by]
    assert 0.05 < float(row[8]) <= float(row[9]) < 20  # GiB before and at the peak
