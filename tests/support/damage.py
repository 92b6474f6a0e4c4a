"""Checkpoints that are damaged at random, and what comes of reading them.

python -m tests.support.damage --files 260                      # each kind of damage
python -m tests.support.damage --files 2000 --kind "one byte of a ckpt"
"""

from __future__ import annotations

import argparse
import encodings.cp437
import encodings.raw_unicode_escape
import json
import random
import shutil
import sys
import tempfile
import time
import tracemalloc
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from benchmarks.common.published_layout import write_published_layout
from sktime_lagllama.checkpoints.read import read
from sktime_lagllama.network.config import LagLlamaConfig
from tests.support.crafted import SMALL, rewrite_archive
from tests.support.greedy import save_small

# Python imports a codec when it meets the first text of that kind, as in a damaged archive.
CODECS = (encodings.cp437, encodings.raw_unicode_escape)

CKPT = "lag-llama.ckpt"
WEIGHTS = "model.safetensors"
CONFIG = "config.json"

Contents = tuple[LagLlamaConfig, dict[str, Tensor]]
Damage = Callable[[Path, random.Random], None]

FORBIDDEN_EVENTS = {
    "compile",
    "exec",
    "import",
    "os.exec",
    "os.posix_spawn",
    "os.remove",
    "os.system",
    "pickle.find_class",
    "shutil.rmtree",
    "socket.connect",
    "subprocess.Popen",
}
"""What Python reports when code is found, loaded or run; reading numbers needs none of it."""

_watched: list[str] | None = None


def _note_event(event: str, arguments: tuple[object, ...]) -> None:
    if _watched is not None and event in FORBIDDEN_EVENTS:
        _watched.append(f"{event} {arguments!r:.100}")


@contextmanager
def watched_for_code() -> Iterator[list[str]]:
    """Note every forbidden event. Hooks cannot be removed, so one is added and then ignored."""
    global _watched
    if not getattr(_note_event, "added", False):
        sys.addaudithook(_note_event)
        _note_event.added = True  # type: ignore[attr-defined]
    events: list[str] = []
    _watched = events
    try:
        yield events
    finally:
        _watched = None


class Outcome(NamedTuple):
    """What came of reading a file.

    Attributes
    ----------
    kind : str
        "equal", "other" or the name of an exception's type.
    message : str
    seconds : float
        Of processor time.
    peak_bytes : int
        Of memory that Python and NumPy have asked for.
    events : list of str
        Code that was found, loaded or run.
    """

    kind: str
    message: str
    seconds: float
    peak_bytes: int
    events: list[str]


def outcome_of(location: Path, expected: Contents) -> Outcome:
    """Read a checkpoint and compare it."""
    tracemalloc.start()
    started = time.process_time()
    kind, message = "other", ""
    with watched_for_code() as events:
        try:
            config, tensors = read(location)
        except Exception as error:
            kind, message = type(error).__name__, str(error)
        else:
            if config == expected[0] and same(tensors, expected[1]):
                kind = "equal"
    seconds = time.process_time() - started
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return Outcome(kind, message, seconds, peak_bytes, events)


def same(tensors: dict[str, Tensor], expected: dict[str, Tensor]) -> bool:
    return tensors.keys() == expected.keys() and all(
        tensor.equal(expected[name]) for name, tensor in tensors.items()
    )


def change_byte(file: Path, generator: random.Random) -> None:
    content = bytearray(file.read_bytes())
    place = generator.randrange(len(content))
    content[place] ^= generator.randrange(1, 256)
    file.write_bytes(content)


def truncate(file: Path, generator: random.Random) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: generator.randrange(len(content))])


def overwrite(file: Path, generator: random.Random) -> None:
    """Replace up to 600 bytes by zeros, noise, or bytes of another place."""
    content = bytearray(file.read_bytes())
    length = min(generator.randrange(1, 600), len(content))
    start = generator.randrange(len(content) - length + 1)
    other = generator.randrange(len(content) - length + 1)
    content[start : start + length] = generator.choice(
        [bytes(length), generator.randbytes(length), content[other : other + length]]
    )
    file.write_bytes(content)


def insert_or_delete(file: Path, generator: random.Random) -> None:
    content = bytearray(file.read_bytes())
    place, length = generator.randrange(len(content)), generator.randrange(1, 70)
    if generator.random() < 0.5:
        content[place:place] = generator.randbytes(length)
    else:
        del content[place : place + length]
    file.write_bytes(content)


def edit_records(file: Path, edit: Callable[[dict[str, bytes]], dict[str, bytes]]) -> None:
    other = file.with_name("edited.zip")
    rewrite_archive(file, other, edit)
    other.replace(file)


def swap_records(file: Path, generator: random.Random) -> None:
    def edit(records: dict[str, bytes]) -> dict[str, bytes]:
        first, second = generator.sample(sorted(records), 2)
        return records | {first: records[second], second: records[first]}

    edit_records(file, edit)


def rename_records(file: Path, generator: random.Random) -> None:
    """Give a record a name that leads elsewhere, or none that is known."""
    names = ["../data.pkl", "/etc/passwd", "a/b/data.pkl", "b/data.pkl", "archive/data/", "é"]

    def edit(records: dict[str, bytes]) -> dict[str, bytes]:
        renamed = generator.choice(sorted(records))
        return {
            generator.choice(names) if name == renamed else name: content
            for name, content in records.items()
        }

    edit_records(file, edit)


def duplicate_record(file: Path, generator: random.Random) -> None:
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "a") as archive:
        warnings.simplefilter("ignore", UserWarning)
        name = generator.choice(names)
        archive.writestr(name, generator.randbytes(generator.randrange(200)))


def compress_records(file: Path, generator: random.Random) -> None:
    with zipfile.ZipFile(file) as archive:
        records = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in records.items():
            methods = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA)
            archive.writestr(name, content, generator.choice(methods))


def edit_pickle(file: Path, edit: Callable[[bytearray], bytes]) -> None:
    """Change the pickle as its author could, with a correct checksum."""

    def edit_all(records: dict[str, bytes]) -> dict[str, bytes]:
        (name,) = (name for name in records if name.endswith("data.pkl"))
        return records | {name: edit(bytearray(records[name]))}

    edit_records(file, edit_all)


def change_pickle(file: Path, generator: random.Random) -> None:
    def edit(pickle: bytearray) -> bytes:
        for _ in range(generator.randrange(1, 6)):
            pickle[generator.randrange(len(pickle))] = generator.randrange(256)
        return bytes(pickle)

    edit_pickle(file, edit)


FRAGMENTS = [
    *(bytes([code]) for code in b"()]}lt0123NR\x81\x85\x86\x87abesudoi2Q\x88\x89.P"),
    b"cos\nsystem\n",
    b"cbuiltins\neval\n",
    b"cbuiltins\ngetattr\n",
    b"cfunctools\npartial\n",
    b"ctorch._utils\n_rebuild_tensor_v2\n",
    b"ccollections\nOrderedDict\n",
    b"ctorch\nFloatStorage\n",
    b"X\x04\x00\x00\x00exit",
    b"X\x07\x00\x00\x00storage",
    b"K\x07",
    b"J\xff\xff\xff\x7f",
    b"\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\x00",
    b"\x8b\xff\xff\xff\x7f",
    b"G\x7f\xf8\x00\x00\x00\x00\x00\x00",
    b"q\x01",
    b"h\x01",
    b"r\xff\xff\xff\xff",
    b"j\xff\xff\xff\xff",
    b"\x82\x01",
    b"\x8c\x02os",
    b"\x8c\x06system\x93",
    b"\x94",
    b"\x95\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x96\xff\xff\xff\xff\xff\xff\xff\x7f",
]
"""Instructions of pickles, known to the reader and unknown."""


def insert_instructions(file: Path, generator: random.Random) -> None:
    def edit(pickle: bytearray) -> bytes:
        for _ in range(generator.randrange(1, 10)):
            place = generator.randrange(2, len(pickle))
            pickle[place:place] = generator.choice(FRAGMENTS)
        return bytes(pickle)

    edit_pickle(file, edit)


def random_program(file: Path, generator: random.Random) -> None:
    fragments = generator.choices(FRAGMENTS, k=generator.randrange(1, 3000))
    edit_pickle(file, lambda _: b"\x80\x02" + b"".join(fragments) + b".")


def change_header(file: Path, generator: random.Random) -> None:
    """Change the header of a ``.safetensors`` file, without digests and with a correct length."""
    content = file.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    del header["__metadata__"]
    entry = header[generator.choice(sorted(header))]
    values = [0, -1, 2**63, [2**40], [0, 0], "F16", "F64", "I32", "F8_E4M3", None, {}, "x" * 10]
    entry[generator.choice([*entry])] = generator.choice(values)
    text = json.dumps(header).encode()
    file.write_bytes(len(text).to_bytes(8, "little") + text + content[8 + length :])


def change_numbers(file: Path, generator: random.Random) -> None:
    """Change bytes of a ``.safetensors`` file without digests."""
    save_file(load_file(file), file)
    overwrite(file, generator)


def change_field(file: Path, generator: random.Random) -> None:
    """Change a field of a ``config.json`` beside weights without digests."""
    weights = file.with_name(WEIGHTS)
    save_file(load_file(weights), weights)
    values = json.loads(file.read_text())
    values[generator.choice(sorted(values))] = generator.choice(
        [0, -1, 1, 3, 2**31, 10**12, 1e300, float("nan"), True, None, "x", [], [1, 2], {"a": 1}]
    )
    file.write_text(json.dumps(values))


RANDOM_DAMAGE: dict[str, tuple[str, Damage]] = {
    **{
        f"{damage} of a {file.rpartition('.')[2]}": (file, function)
        for file in (CKPT, WEIGHTS, CONFIG)
        for damage, function in (
            ("one byte", change_byte),
            ("the end", truncate),
            ("some bytes", overwrite),
            ("the length", insert_or_delete),
        )
    },
    "duplicate records": (CKPT, duplicate_record),
    "compressed records": (CKPT, compress_records),
}
"""Kinds of damage: which file it is done to, and by what. Weights must be equal or refused."""

FORGED: dict[str, tuple[str, Damage]] = {
    "swapped records": (CKPT, swap_records),
    "renamed records": (CKPT, rename_records),
    "changed pickles": (CKPT, change_pickle),
    "inserted instructions": (CKPT, insert_instructions),
    "random programs": (CKPT, random_program),
    "changed headers": (WEIGHTS, change_header),
    "changed numbers": (WEIGHTS, change_numbers),
    "changed fields": (CONFIG, change_field),
}
"""Changes by someone who corrects checksums: what is read may be another network."""

KINDS = RANDOM_DAMAGE | FORGED


def make_originals(folder: Path) -> dict[str, Contents]:
    """Write a checkpoint of each format, and return what they hold by the file to damage."""
    folder.mkdir(parents=True)
    save_small(folder)
    write_published_layout(folder / CKPT, SMALL, seed=1)
    saved = read(folder)
    return {CKPT: read(folder / CKPT), WEIGHTS: saved, CONFIG: saved}


def outcomes(kind: str, num_files: int, folder: Path, seed: int = 0) -> list[Outcome]:
    """Damage files in one way, and read each.

    Parameters
    ----------
    kind : str
        Of ``KINDS``.
    num_files : int
    folder : Path
        Empty or absent; it is filled.
    seed : int, default=0

    Returns
    -------
    list of Outcome
    """
    name, damage = KINDS[kind]
    originals = folder / "originals"
    expected = make_originals(originals)[name]
    generator = random.Random(f"{kind} {seed}")
    found = []
    for _ in range(num_files):
        damaged = folder / "damaged"
        shutil.copytree(originals, damaged)
        damage(damaged / name, generator)
        found.append(outcome_of(damaged / (CKPT if name == CKPT else WEIGHTS), expected))
        shutil.rmtree(damaged)
    return found


def main() -> None:
    """Print, for each kind of damage, how many files were read, refused, or read wrongly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=260, help="of each kind of damage")
    parser.add_argument("--kind", choices=KINDS, help="only this kind")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{'kind':28} {'equal':>6} {'other':>6} {'refused':>8} {'bugs':>5} {'s':>6} {'MiB':>6}")
    for kind in [options.kind] if options.kind else KINDS:
        with tempfile.TemporaryDirectory() as folder:
            found = outcomes(kind, options.files, Path(folder) / "files", options.seed)
        counts = Counter(outcome.kind for outcome in found)
        bugs = [outcome for outcome in found if is_bug(outcome)]
        seconds = max(outcome.seconds for outcome in found)
        peak = max(outcome.peak_bytes for outcome in found) / 2**20
        print(
            f"{kind:28} {counts['equal']:6} {counts['other']:6} {counts['ValueError']:8} "
            f"{len(bugs):5} {seconds:6.2f} {peak:6.1f}"
        )
        for outcome in bugs[:5]:
            print("   ", outcome)


def is_bug(outcome: Outcome) -> bool:
    """Tell whether a reading ran code, or ended in an error that does not name the file."""
    is_refusal = outcome.kind == "ValueError" and "/files/damaged/" in outcome.message
    return bool(outcome.events) or not (is_refusal or outcome.kind in ("equal", "other"))


if __name__ == "__main__":
    main()
