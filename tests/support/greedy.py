"""Small files that ask for much memory or time."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from benchmarks.common.published_layout import (
    published_checkpoint,
    random_state_dict,
    save_published,
)
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.lag_llama import LagLlama
from tests.support.crafted import SMALL, Call, write_archive, write_crafted

HUGE = 10**9
UNHASHABLE_DEPTH = 60


def repeated_pairs(depth: int = UNHASHABLE_DEPTH) -> object:
    """Return a pair of two pairs of two ..., all the same: printing it takes 2**depth steps."""
    nested: object = 0
    for _ in range(depth):
        nested = (nested, nested)
    return nested


def program(instructions: bytes, compression: int = zipfile.ZIP_STORED) -> Callable[[Path], None]:
    """Return a function that writes an archive around a pickle of protocol 2."""
    return lambda file: write_archive(file, b"\x80\x02" + instructions, compression=compression)


def model_kwargs(**changes: object) -> Callable[[Path], None]:
    """Return a function that writes a checkpoint with changes of its configuration."""

    def write(file: Path) -> None:
        checkpoint = published_checkpoint(SMALL, seed=0)
        checkpoint["hyper_parameters"]["model_kwargs"].update(changes)
        save_published(checkpoint, file)

    return write


def call(function: Callable[..., object], *arguments: object) -> Callable[[Path], None]:
    """Return a function that writes a checkpoint in which a function is called."""
    return lambda file: write_crafted(file, Call(function, *arguments))


def tensors_of_a_single_number(file: Path) -> None:
    config = LagLlamaConfig(num_layers=1, num_heads=64, head_dim=16, lags=(0, 1, 2))
    checkpoint: dict[str, Any] = published_checkpoint(SMALL, seed=0)
    checkpoint["hyper_parameters"]["model_kwargs"].update(n_head=64, n_embd_per_head=16)
    number = torch.zeros(1)
    checkpoint["state_dict"] = {
        f"model.{name}": number.expand(tensor.shape)
        for name, tensor in random_state_dict(config, seed=0).items()
    }
    save_published(checkpoint, file)


def view_of_a_large_storage(file: Path) -> None:
    checkpoint = published_checkpoint(SMALL, seed=0)
    checkpoint["state_dict"]["model.transformer.wte.bias"] = torch.zeros(10**7)[: SMALL.width]
    save_published(checkpoint, file)


def many_records(file: Path) -> None:
    write_archive(file, b"\x80\x02N.", {f"data/{index}": b"" for index in range(50_000)})


def list_of_records_that_is_not_there(file: Path) -> None:
    torch.save({}, file)
    content = bytearray(file.read_bytes())
    # The size of the list of records, in the zip64 record and in the older one.
    content[-98 + 40 : -98 + 48] = (2**40).to_bytes(8, "little")
    content[-22 + 12 : -22 + 16] = b"\xff\xff\xff\xff"
    file.write_bytes(content)


def sparse_archive(file: Path) -> None:
    torch.save({}, file)
    with file.open("r+b") as opened:
        opened.truncate(2**40)


def colliding_keys() -> bytes:
    keys = (index * sys.hash_info.modulus for index in range(80_000))
    items = b"".join(b"\x8a\x0a" + key.to_bytes(10, "little") + b"N" for key in keys)
    return b"}(" + items + b"u."


ARCHIVES: dict[str, Callable[[Path], None]] = {
    "a compressed record of zeros": program(b"\0" * 2**27, zipfile.ZIP_DEFLATED),
    "a compressed pickle of marks": program(b"(" * 2**25, zipfile.ZIP_DEFLATED),
    "a pickle of many marks": program(b"(" * 2**25),
    "a pickle of as many marks as are read": program(b"(" * (2**20 - 2)),
    "a pickle of as many dictionaries as are read": program(b"}" * (2**20 - 2)),
    "tuples in tuples": program(b"N" + b"\x85" * (2**20 - 4) + b"."),
    "names in place of calls": program(b"ca\nb\n" + b")R" * (2**19 - 8) + b"."),
    "a text that is not there": program(b"X\xff\xff\xff\xff"),
    "a high index of the memo": program(b"Nr\xff\xff\xff\xff."),
    "a key whose hash takes for ever": program(b"}K\0" + b"q\0h\0\x86" * UNHASHABLE_DEPTH + b"Ns."),
    "keys whose hashes collide": program(colliding_keys()),
    "a choice that nobody can print": model_kwargs(scaling=repeated_pairs()),
    "an input size that nobody can print": model_kwargs(input_size=repeated_pairs()),
    "an output that nobody can print": model_kwargs(distr_output=repeated_pairs()),
    "lags that nobody can print": model_kwargs(lags_seq=[repeated_pairs()]),
    "a far lag": model_kwargs(lags_seq=[0, HUGE]),
    "many lags": model_kwargs(lags_seq=list(range(50_000))),
    "a long context": model_kwargs(context_length=HUGE, max_context_length=HUGE),
    "a context without a limit": model_kwargs(max_context_length=10**12),
    "many layers": model_kwargs(n_layer=HUGE),
    "as many layers as are allowed": model_kwargs(n_layer=256),
    "many heads": model_kwargs(n_head=HUGE),
    "wide heads": model_kwargs(n_embd_per_head=HUGE),
    "many and wide heads": model_kwargs(n_head=1000, n_embd_per_head=1000),
    "tensors of a single number": tensors_of_a_single_number,
    "a view of a large storage": view_of_a_large_storage,
    "many records": many_records,
    "a list of records that is not there": list_of_records_that_is_not_there,
    "a sparse archive": sparse_archive,
}
"""Functions that write a ``.ckpt`` file which is refused."""

INERT_CALLS: dict[str, Callable[[Path], None]] = {
    "bytearray": call(bytearray, 10**11),
    "torch.FloatTensor": call(torch.FloatTensor, 10**11),
    "torch.Tensor": call(torch.Tensor, 10**6, 10**6),
}
"""Functions that write a ``.ckpt`` file with a call that would take much memory."""


def config_text(text: str) -> Callable[[Path], None]:
    """Return a function that writes a ``config.json``."""
    return lambda folder: write_text(folder / "config.json", text)


def config(**changes: object) -> Callable[[Path], None]:
    """Return a function that writes a ``config.json`` with changes."""
    return config_text(json.dumps(SMALL.to_dict() | changes))


def write_text(file: Path, text: str) -> None:
    file.write_text(text)


def header(length: int, text: bytes) -> Callable[[Path], None]:
    """Return a function that writes the start of a ``.safetensors`` file."""
    content = length.to_bytes(8, "little") + text

    def write(folder: Path) -> None:
        (folder / "model.safetensors").write_bytes(content)

    return write


def sparse_weights(folder: Path) -> None:
    with (folder / "model.safetensors").open("r+b") as opened:
        opened.truncate(2**40)


def many_tensors(folder: Path) -> None:
    weights = folder / "model.safetensors"
    empty = torch.zeros(0)
    save_file(load_file(weights) | {f"{index}": empty.clone() for index in range(5_000)}, weights)


FOLDERS: dict[str, Callable[[Path], None]] = {
    "a far lag": config(lags=[0, HUGE]),
    "many lags": config(lags=list(range(50_000))),
    "a long context": config(context_length=HUGE, max_context_length=HUGE),
    "a context without a limit": config(max_context_length=10**12),
    "many layers": config(num_layers=10**6),
    "many and wide heads": config(num_heads=1000, head_dim=1000),
    "a wide layer": config(hidden_dim=10**12),
    "a number of many digits": config_text('{"num_layers": ' + "9" * 900_000 + "}"),
    "a long name": config_text(json.dumps({"a" * 900_000: 1})),
    "many names": config_text(json.dumps({f"{index}": 1 for index in range(70_000)})),
    "nested JSON": config_text("[" * 500_000),
    "a large configuration": config_text("[" + "0," * 10**7 + "0]"),
    "a header without an end": header(2**62, b"{"),
    "a header that is not there": header(2**20, b"{"),
    "a nested header": header(2**20, b'{"a":' * (2**20 // 5) + b" "),
    "a large header": header(2**24, b" " * 2**24),
    "sparse weights": sparse_weights,
    "many tensors": many_tensors,
}
"""Functions that change a folder of ``save_pretrained`` into one that is refused."""


def save_small(folder: Path) -> None:
    """Write the folder that the functions above change."""
    LagLlama(SMALL).save_pretrained(folder)
