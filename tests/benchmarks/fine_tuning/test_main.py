"""The report on fine-tuning, whose parts are measured one by one."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from benchmarks.fine_tuning.__main__ import PARTS, Part, main, report, section

# The packages of the benchmark need not be there for its tests.
FAST_PARTS = {
    "series": Part("Series", (), True, lambda options: ["new series", ""]),
    "panels": Part("Panels", (), True, lambda options: ["new panels", ""]),
    "simulated": Part("Simulated", (), True, lambda options: ["new simulated", ""]),
    "speed": Part("Speed", (), False, lambda options: ["new speed", ""]),
}


def test_quick_report_says_so() -> None:
    options = argparse.Namespace(quick=True, checkpoint="bundled")
    assert "A QUICK RUN" in section(FAST_PARTS["speed"], options)
    options.quick = False
    text = section(FAST_PARTS["speed"], options)
    assert "A QUICK RUN" not in text and "- commit " in text and "load average" in text


def test_only_the_part_that_measures_a_checkpoint_names_it() -> None:
    options = argparse.Namespace(quick=False, checkpoint="bundled")
    assert '- checkpoint "bundled"' in section(FAST_PARTS["series"], options)
    assert "- checkpoint" not in section(FAST_PARTS["speed"], options)


def test_a_part_that_is_not_measured_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, part in FAST_PARTS.items():
        monkeypatch.setitem(PARTS, name, part)
    output = tmp_path / "report.md"
    output.write_text("# Title\n\n## Series\n\nold series\n\n### Detail\n\n## Speed\n\nold\n")
    main(["--part", "speed", "--output", str(output)])
    text = output.read_text(encoding="utf-8")
    assert "old series\n\n### Detail\n\n## Speed\n\nnew speed" in text
    assert "\nold\n" not in text
    main(["--part", "all", "--output", str(output)])
    text = output.read_text(encoding="utf-8")
    assert text.index("new series") < text.index("new speed") and "old" not in text


def test_parts_are_in_one_order_whichever_is_measured_first() -> None:
    accuracy, *_, speed = (part.heading for part in PARTS.values())
    speed_first = report({speed: f"## {speed}\n\nfast"})
    both = report({accuracy: f"## {accuracy}\n\ngood"}, speed_first)
    assert both.endswith(f"## {accuracy}\n\ngood\n\n## {speed}\n\nfast")


def test_the_committed_report_has_every_part() -> None:
    committed = Path(__file__).parents[3] / "benchmarks" / "fine_tuning" / "report.md"
    text = committed.read_text(encoding="utf-8")
    assert report({}, text) + "\n" == text
    assert text.count("Measured on:") == len(PARTS)
