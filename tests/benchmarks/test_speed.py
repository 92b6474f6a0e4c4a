"""The speed benchmark: what its figures are made of."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.speed import PARTS, main
from benchmarks.speed_parts import backtest, footprint, growth, matrix_bound
from sktime_lagllama.network.lag_llama import LagLlama
from tests.support.models import PUBLISHED_LIKE


def test_operations_are_those_that_torch_counts_on_whole_sequences() -> None:
    model = LagLlama(PUBLISHED_LIKE)
    context, horizon = PUBLISHED_LIKE.context_length, 5
    with (
        patch.multiple(matrix_bound, HORIZON=horizon, NUM_SAMPLES=1),
        FlopCounterMode(display=False) as counter,
        sdpa_kernel(SDPBackend.MATH),  # which it counts on every device
    ):
        model.encode(torch.zeros(3, context + horizon - 1, PUBLISHED_LIKE.num_features))
        found = matrix_bound.operations(PUBLISHED_LIKE, num_series=3)
    tokens = context + horizon - 1
    embedding = 2 * 3 * tokens * PUBLISHED_LIKE.num_features * PUBLISHED_LIKE.width
    # Torch counts attention to all tokens, we to no later ones.
    attention = 4 * PUBLISHED_LIKE.num_layers * PUBLISHED_LIKE.width * 3
    later = attention * (tokens * tokens - tokens * (tokens + 1) // 2)
    assert found == counter.get_total_flops() - embedding - later


def test_the_speed_of_products_counts_all_threads() -> None:
    seconds = iter([8.0, 2.0])
    with patch.object(matrix_bound, "seconds", lambda call: next(seconds)):
        found = matrix_bound.products_per_second(PUBLISHED_LIKE, 10, torch.float32)
    work = 20.0 * sum(rows * inner for rows, inner in matrix_bound.shapes(PUBLISHED_LIKE))
    work *= matrix_bound.PRODUCTS_AT_ONCE
    # Two seconds in which every thread does all of it.
    assert found == pytest.approx(max(work / 8, work * torch.get_num_threads() / 2))


def test_growth_is_relative_to_the_smallest_case() -> None:
    rows = list(growth.rows({"horizon": {24: 0.5, 48: 1.5}}))
    assert rows == [
        "| horizon | 24 | 0.500 | 20.833 | 1.0 | 1.0 |",
        "| horizon | 48 | 1.500 | 31.250 | 2.0 | 3.0 |",
    ]


def test_growth_is_drawn(tmp_path: Path) -> None:
    growth.draw({"horizon": {24: 0.5, 48: 1.5}, "num_samples": {10: 1.0, 30: 2.0}}, tmp_path / "a")
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_the_backtest_forecasts_the_same_from_the_same_cutoffs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backtest, "NUM_CUTOFFS", 8)
    monkeypatch.setattr(backtest, "HORIZONS", (1, 3))
    found: list[float] = []
    likeness = backtest.likeness
    monkeypatch.setattr(
        backtest, "likeness", lambda *both: found.append(likeness(*both)) or found[-1]
    )
    assert any("8 cutoffs" in line for line in backtest.report())
    assert len(found) == 2
    assert min(found) > 0.9


def test_a_panel_is_measured_in_a_process_of_its_own() -> None:
    row = footprint.panel(3, 2, 2, with_network=True).split("|")
    assert [part.strip() for part in row[1:5]] == ["3", "2", "2", "network"]
    assert 0.05 < float(row[8]) <= float(row[9]) < 20  # GiB before and at the peak


def test_parts_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = {name: (lambda options, name=name: [f"lines of {name}"]) for name in PARTS}
    with patch.dict(PARTS, chosen):
        main(["--part", "growth", "bound"])
    printed = capsys.readouterr().out
    assert "lines of growth\nlines of bound" in printed
    assert "lines of adapter" not in printed
