"""Checkpoints crafted to run code when they are unpickled: each creates a file if it is live."""

from __future__ import annotations

import io
import os
import pickle
import runpy
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from benchmarks.common.published_layout import (
    published_checkpoint,
    save_published,
)
from sktime_lagllama.network.config import LagLlamaConfig

SMALL = LagLlamaConfig(num_layers=1, num_heads=2, head_dim=4, lags=(0, 1, 2))


class Call:
    """Pickles as the call of a function."""

    def __init__(self, function: Callable[..., Any], *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[object, ...]]:
        return self.call


class StateByCall:
    """Pickles as an object whose state is the result of a call."""

    def __init__(self, call: Call) -> None:
        self.state = call

    def __reduce__(self) -> tuple[type, tuple[()], Call]:
        return (Exception, (), self.state)


def creating_calls(marker: Path, script: Path) -> dict[str, object]:
    """Return objects of which each, unpickled, creates the file ``marker``."""
    create = f"open({str(marker)!r}, 'w').close()"
    script.write_text(create)
    nested = io.BytesIO()
    torch.save({"nested": Call(eval, create)}, nested)
    return {
        "os.system": Call(os.system, f'"{sys.executable}" -c "{create}"'),
        "builtins.eval": Call(eval, create),
        "builtins.exec": Call(exec, create),
        "pathlib.Path.touch": Call(Path.touch, marker),
        "runpy.run_path": Call(runpy.run_path, str(script)),
        "torch.hub": Call(torch.hub._load_local, str(hub_folder(script, create)), "entry"),
        "a pickle in a pickle": Call(torch.storage._load_from_bytes, nested.getvalue()),
        "a call through a rebuild function of torch": Call(
            torch._tensor._rebuild_from_type_v2, eval, torch.Tensor, (create,), {}
        ),
        "the state of an object": StateByCall(Call(eval, create)),
    }


def hub_folder(script: Path, create: str) -> Path:
    folder = script.parent / "hub"
    folder.mkdir(exist_ok=True)
    (folder / "hubconf.py").write_text(create)
    return folder


def write_crafted(file: Path, payload: object, place: str = "hyper_parameters") -> None:
    """Write a checkpoint that is complete but for an object that runs code."""
    checkpoint = published_checkpoint(SMALL, seed=0)
    # First, so that it runs whatever comes after.
    checkpoint[place] = {"payload": payload, **checkpoint[place]}
    save_published(checkpoint, file)


def write_legacy(file: Path, payload: object) -> None:
    """Write the same in the format that torch used before 1.6: pickles without a zip archive."""
    torch.save({"payload": payload}, file, _use_new_zipfile_serialization=False)


def write_bare_pickle(file: Path, payload: object) -> None:
    file.write_bytes(pickle.dumps(payload, protocol=2))


def write_pickle_before_zip(file: Path, payload: object) -> None:
    """Write a pickle with a zip archive behind it, which zip readers accept."""
    archive = io.BytesIO()
    torch.save({}, archive)
    file.write_bytes(pickle.dumps(payload, protocol=2) + archive.getvalue())
    assert zipfile.is_zipfile(file)


def write_tar(file: Path, payload: object) -> None:
    """Write the tar format of torch's first releases."""
    with tarfile.open(file, "w") as archive:
        for name in ("pickle", "storages", "tensors"):
            content = pickle.dumps(payload, protocol=2)
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def write_archive(
    file: Path,
    program: bytes,
    records: dict[str, bytes] | None = None,
    compression: int = zipfile.ZIP_STORED,
) -> None:
    """Write an archive around a pickle, with correct checksums."""
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("archive/data.pkl", program)
        for name, content in (records or {}).items():
            archive.writestr(f"archive/{name}", content)


def rewrite_archive(
    source: Path, file: Path, edit: Callable[[dict[str, bytes]], dict[str, bytes]]
) -> None:
    """Copy an archive with other records, with correct checksums."""
    with zipfile.ZipFile(source) as archive:
        records = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in edit(records).items():
            archive.writestr(name, content)
