"""A ``.ckpt`` file runs nothing when it is read, whatever its pickle names, and damage is named."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.common.published_layout import (
    published_checkpoint,
    save_published,
    stand_in_for_gluonts,
)
from sktime_lagllama.checkpoints.read import read
from sktime_lagllama.checkpoints.tensor_checks import parameter_shapes
from tests.support import crafted
from tests.support.crafted import SMALL

PAYLOADS = (
    "os.system",
    "builtins.eval",
    "builtins.exec",
    "pathlib.Path.touch",
    "runpy.run_path",
    "torch.hub",
    "a pickle in a pickle",
    "a call through a rebuild function of torch",
    "the state of an object",
)


def unpickle(file: Path) -> None:
    """Do what must not be done."""
    with stand_in_for_gluonts():
        try:
            torch.load(file, weights_only=False)
        except Exception:
            if file.read_bytes().startswith(b"\x80"):
                pickle.loads(file.read_bytes())


@pytest.mark.parametrize("place", ["hyper_parameters", "state_dict"])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_crafted_checkpoint_runs_nothing(tmp_path: Path, payload: str, place: str) -> None:
    marker, file = tmp_path / "created", tmp_path / "crafted.ckpt"
    calls = crafted.creating_calls(marker, tmp_path / "script.py")
    assert tuple(calls) == PAYLOADS
    crafted.write_crafted(file, calls[payload], place)
    unpickle(file)
    assert marker.exists(), "the file is not live, so this test would prove nothing"
    marker.unlink()
    try:
        config, _ = read(file)
    except ValueError as refusal:
        assert str(file) in str(refusal)
    else:
        assert config == SMALL
    assert not marker.exists()


@pytest.mark.parametrize(
    "write",
    [
        crafted.write_legacy,
        crafted.write_bare_pickle,
        crafted.write_pickle_before_zip,
        crafted.write_tar,
    ],
)
def test_a_pickle_outside_a_zip_archive_is_refused(
    tmp_path: Path, write: Callable[[Path, object], None]
) -> None:
    marker, file = tmp_path / "created", tmp_path / "crafted.ckpt"
    write(file, crafted.creating_calls(marker, tmp_path / "script.py")["builtins.eval"])
    unpickle(file)
    assert marker.exists(), "the file is not live, so this test would prove nothing"
    marker.unlink()
    with pytest.raises(ValueError, match=r"crafted\.ckpt is not a zip archive.*refused as unsafe"):
        read(file)
    assert not marker.exists()


def test_a_torch_load_that_the_program_made_unsafe_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = torch.load

    def unrestricted_load(*args: Any, **kwargs: Any) -> Any:
        return original(*args, **{**kwargs, "weights_only": False})

    monkeypatch.setattr(torch, "load", unrestricted_load)
    marker, file = tmp_path / "created", tmp_path / "crafted.ckpt"
    calls = crafted.creating_calls(marker, tmp_path / "script.py")
    crafted.write_crafted(file, calls["builtins.eval"])
    read(file)
    assert not marker.exists()


def test_a_placeholder_in_place_of_a_number_is_an_error(tmp_path: Path) -> None:
    checkpoint = published_checkpoint(SMALL, seed=0)
    checkpoint["hyper_parameters"]["model_kwargs"]["n_layer"] = Path("1")
    save_published(checkpoint, tmp_path / "model.ckpt")
    with pytest.raises(ValueError, match="num_layers must be a positive integer"):
        read(tmp_path / "model.ckpt")


def test_unknown_classes_anywhere_are_inert(tmp_path: Path) -> None:
    checkpoint = published_checkpoint(SMALL, seed=0)
    checkpoint["callbacks"] = {"best": Path("model.ckpt"), "seen": frozenset({1}), "kind": Path}
    save_published(checkpoint, tmp_path / "model.ckpt")
    _, tensors = read(tmp_path / "model.ckpt")
    assert tensors.keys() == parameter_shapes(SMALL).keys()


@given(st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_damaged_checkpoint_is_an_error_that_names_it(
    published: Path, data: st.DataObject
) -> None:
    content = bytearray(published.read_bytes())
    if data.draw(st.booleans(), label="truncate"):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        # The pickle, which comes first: noise in a weight is just another weight.
        for _ in range(data.draw(st.integers(1, 5))):
            content[data.draw(st.integers(0, 3000))] = data.draw(st.integers(0, 255))
    damaged = published.with_name("damaged.ckpt")
    damaged.write_bytes(content)
    try:
        read(damaged)
    except ValueError as error:
        assert str(damaged) in str(error)
