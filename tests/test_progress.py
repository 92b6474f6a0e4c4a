"""A progress bar is shown by a terminal only, and only after a while."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from tqdm.auto import tqdm

from sktime_lagllama import _progress
from sktime_lagllama._progress import progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "visible", "shown"),
    [(Terminal, True, True), (Terminal, False, False), (io.StringIO, True, False)],
)
def test_only_a_terminal_shows_a_bar_and_only_if_it_is_visible(
    stream: type[io.StringIO], visible: bool, shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_progress, "SECONDS_BEFORE_BAR", 0)
    stderr = stream()
    monkeypatch.setattr(sys, "stderr", stderr)
    assert list(progress_bar("working", iterable=range(3), visible=visible)) == [0, 1, 2]
    assert ("working" in stderr.getvalue()) == shown


def test_a_quick_computation_shows_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress_bar("working", total=10) as bar:
        bar.update(10)
    assert "working" not in terminal.getvalue()


def test_the_caller_may_count_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_progress, "SECONDS_BEFORE_BAR", 0)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress_bar("working", total=2_000_000) as bar:
        bar.update(1_000_000)
        bar.refresh()
    assert "1.00M/2.00M" in terminal.getvalue()


def test_a_lock_that_a_killed_process_held_stops_no_computation() -> None:
    found: list[object] = []
    thread = threading.Thread(
        target=lambda: found.extend(progress_bar("working", iterable=range(3))), daemon=True
    )
    with tqdm.get_lock():  # as a forked process would have, that was killed before it released it
        thread.start()
        thread.join(timeout=30)
        assert found == [0, 1, 2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_process_needs_no_lock_of_its_parent() -> None:
    with type(progress_bar("working", total=1)).get_lock(), ThreadPoolExecutor(1) as pool:
        # In a thread that does not hold the lock.
        assert pool.submit(_forked_progress).result(timeout=60) == 0


def _forked_progress() -> int:
    """Return the exit status of a forked process that makes a progress bar."""
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        list(progress_bar("working", iterable=range(3)))
        os._exit(0)
    return os.waitpid(child, 0)[1]
