"""The benchmark of forecasts at scale runs on few series, and reports what it should."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow


def test_a_small_run_reports_the_rates_and_that_all_files_are_equal(tmp_path: Path) -> None:
    from benchmarks.scale.__main__ import main

    output = tmp_path / "report.md"
    main(
        [
            "--series",
            "40",
            "--workers",
            "1",
            "2",
            "--folder",
            str(tmp_path),
            "--output",
            str(output),
        ]
    )
    report = output.read_text(encoding="utf-8")
    rows = [line for line in report.splitlines() if line.startswith("| ")]
    for who in ("1 worker", "2 workers", "one process", "2 workers, one of them killed"):
        # The largest number of workers computes everything, and then a part of it again.
        of_who = [row for row in rows if row.startswith(f"| {who} |")]
        assert len(of_who) == (2 if who == "2 workers" else 1)
        assert all(row.endswith("| 8 of 8 |") for row in of_who)
    assert "partitions were missing" in report and "killed with SIGKILL when None" not in report
    assert "100,000,000 such series" in report
    assert str(tmp_path) not in report
    assert [file.name for file in tmp_path.iterdir()] == ["report.md"]
