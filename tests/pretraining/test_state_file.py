"""The state of a training: two generations, damage that is found, disks that are full."""

from __future__ import annotations

import errno
import os
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sktime_lagllama.pretraining import state_file
from sktime_lagllama.pretraining.state_file import StateFile

CPU = torch.device("cpu")


def state_of(step: int) -> dict[str, Any]:
    return {"weights": torch.full((50,), float(step)), "step": step}


def step_of(file: StateFile) -> int:
    """Return the step of the state that is read, whose weights must be of that step."""
    state = file.read(CPU)
    assert torch.equal(state["weights"], state_of(state["step"])["weights"])
    return state["step"]


@pytest.fixture
def file(tmp_path: Path) -> StateFile:
    """A file with the states of steps 1 and 2."""
    file = StateFile(tmp_path / "folder" / "state.pt")
    file.write(state_of(1))
    file.write(state_of(2))
    return file


def names(file: StateFile) -> set[str]:
    return {path.name for path in file.path.parent.iterdir()}


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip_a_bit_of_a_weight(path: Path) -> None:
    content = bytearray(path.read_bytes())
    place = content.index(np.float32(2.0).tobytes() * 50)
    content[place + 3] ^= 1
    path.write_bytes(content)


DAMAGES: list[Callable[[Path], object]] = [
    truncate,
    flip_a_bit_of_a_weight,
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(bytes(1000)),
]


def test_a_state_and_the_one_before_it_are_kept(file: StateFile) -> None:
    assert names(file) == {"state.pt", "state.previous.pt"}
    assert step_of(file) == 2
    file.path.unlink()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert step_of(file) == 1


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_state_is_named_and_the_one_before_it_taken(
    damage: Callable[[Path], object], file: StateFile
) -> None:
    damage(file.path)
    with pytest.warns(UserWarning, match=r"state\.pt is damaged .*state\.previous\.pt"):
        assert step_of(file) == 1
    # What comes next does not push out the state that can be read.
    file.write(state_of(3))
    assert step_of(file) == 3
    file.path.unlink()
    assert step_of(file) == 1


@pytest.mark.parametrize("damage", DAMAGES)
def test_two_damaged_states_are_named(damage: Callable[[Path], object], file: StateFile) -> None:
    damage(file.path)
    file.previous.write_bytes(b"")
    with pytest.raises(ValueError, match=r"neither .*state\.pt .* nor .*previous\.pt .* remove"):
        file.read(CPU)


def test_a_flipped_bit_anywhere_is_found_or_changes_nothing(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "state.pt")
    file.write(state_of(1))
    file.write(state_of(2))
    intact = file.path.read_bytes()
    random = np.random.default_rng(0)
    found = 0
    for place in random.choice(len(intact), 300, replace=False):
        content = bytearray(intact)
        content[place] ^= 1 << int(random.integers(8))
        file.path.write_bytes(content)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            step = step_of(file)
        found += bool(warned)
        assert step == (1 if warned else 2)
    assert found > 50


@pytest.mark.parametrize("killed_call", ["open", "write", "first replace", "last replace"])
def test_whatever_interrupts_writing_leaves_a_state_to_read(
    killed_call: str, file: StateFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill leaves what the calls before it did, and nothing cleans up."""

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    def killed_half_way(descriptor: int) -> None:
        os.ftruncate(descriptor, 100)
        raise Killed

    replace, calls = os.replace, []

    def replace_until_killed(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) == (1 if killed_call == "first replace" else 2):
            raise Killed
        replace(source, target)

    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    if killed_call == "open":
        monkeypatch.setattr(Path, "open", killed)
    elif killed_call == "write":
        monkeypatch.setattr(os, "fsync", killed_half_way)
    else:
        monkeypatch.setattr(os, "replace", replace_until_killed)
    with pytest.raises(Killed):
        file.write(state_of(3))
    monkeypatch.undo()
    assert step_of(file) == 2
    file.write(state_of(4))
    assert step_of(file) == 4
    assert names(file) == {"state.pt", "state.previous.pt"}


def test_a_full_disk_leaves_the_old_states_and_nothing_else(
    file: StateFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path.name: path.read_bytes() for path in file.path.parent.iterdir()}

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        file.write(state_of(3))
    assert {path.name: path.read_bytes() for path in file.path.parent.iterdir()} == before


def test_a_state_without_its_own_checksums_is_no_state(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "state.pt")
    with zipfile.ZipFile(file.path, "w") as archive:
        archive.writestr("something", "else")
    with pytest.raises(ValueError, match="neither"):
        file.read(CPU)


def test_a_state_that_may_not_be_read_is_not_taken_for_damaged(
    file: StateFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(state_file.zipfile, "ZipFile", forbidden)
    with pytest.raises(PermissionError):
        file.read(CPU)
