"""Damaged files are refused or hold the same weights; forged ones run nothing.

``python -m tests.support.damage --files 2000`` does the same with more files.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from benchmarks.common.published_layout import published_checkpoint, save_published
from sktime_lagllama.checkpoints.read import read
from sktime_lagllama.network.weights_file import WEIGHTS_DIGEST, weights_digest
from tests.support.crafted import SMALL, rewrite_archive
from tests.support.damage import KINDS, RANDOM_DAMAGE, is_bug, outcomes

NUM_FILES = 20
MAX_BYTES = 10 * 2**20
MAX_SECONDS = 2.0
"""Of processor time."""


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_and_forged_files_run_nothing_and_take_little(tmp_path: Path, kind: str) -> None:
    found = outcomes(kind, NUM_FILES, tmp_path / "files")
    for outcome in found:
        assert not is_bug(outcome), outcome
        assert outcome.seconds < MAX_SECONDS
        assert outcome.peak_bytes < MAX_BYTES
    if kind in RANDOM_DAMAGE:
        assert {outcome.kind for outcome in found} <= {"equal", "ValueError"}


def test_forged_files_get_past_checksums(tmp_path: Path) -> None:
    kinds = {outcome.kind for outcome in outcomes("changed fields", 160, tmp_path / "files")}
    assert kinds == {"equal", "other", "ValueError"}


@pytest.mark.parametrize("record", ["data.pkl", "data/0", "data/7"])
def test_a_wrong_checksum_of_a_record_is_an_error_that_says_so(
    published: Path, record: str
) -> None:
    with zipfile.ZipFile(published) as archive:
        numbers = archive.read(f"lag-llama/{record}")
    content = bytearray(published.read_bytes())
    content[content.index(numbers)] ^= 1
    published.write_bytes(content)
    with pytest.raises(
        ValueError, match=f"lag-llama.ckpt.*Bad CRC-32.*{record}.*Download it again"
    ):
        read(published)


def test_a_ckpt_saved_without_checksums_is_an_error_that_says_so(tmp_path: Path) -> None:
    from torch.serialization import get_crc32_options, set_crc32_options

    before = get_crc32_options()
    set_crc32_options(False)
    try:
        save_published(published_checkpoint(SMALL, seed=0), tmp_path / "model.ckpt")
    finally:
        set_crc32_options(before)
    with pytest.raises(ValueError, match=r"no checksum.*set_crc32_options\(False\)"):
        read(tmp_path / "model.ckpt")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda records: {"other/data.pkl": b"", **records}, "2 records data.pkl"),
        (lambda records: dict(list(records.items())[1:]), "0 records data.pkl"),
        (lambda records: without(records, "data/3"), "data/3"),
        (lambda records: {**records, "lag-llama/data/3": b""}, "storage 3 has 0 bytes"),
        (lambda records: {**records, "lag-llama/byteorder": b"big"}, "byte order is b'big'"),
    ],
)
def test_missing_and_wrong_records_are_named(published: Path, edit, message: str) -> None:
    changed = published.with_name("changed.ckpt")
    rewrite_archive(published, changed, edit)
    with pytest.raises(ValueError, match=message) as raised:
        read(changed)
    assert str(changed) in str(raised.value)


def without(records: dict[str, bytes], end: str) -> dict[str, bytes]:
    return {name: content for name, content in records.items() if not name.endswith(end)}


def test_weights_that_changed_after_they_were_saved_are_refused(saved: Path) -> None:
    weights = saved / "model.safetensors"
    with safe_open(weights, "pt") as file:
        metadata = file.metadata()
    tensors = load_file(weights)
    assert metadata[WEIGHTS_DIGEST] == weights_digest(tensors)
    tensors["head.bias"] = tensors["head.bias"] + 1e-6
    save_file(tensors, weights, metadata)
    with pytest.raises(ValueError, match=r"model\.safetensors.*not those that were saved"):
        read(saved)


def test_a_configuration_that_changed_after_it_was_saved_is_refused(saved: Path) -> None:
    config = saved / "config.json"
    config.write_text(config.read_text().replace('"dispersion": 1.0', '"dispersion": 1.5'))
    with pytest.raises(ValueError, match=r"config\.json is not the configuration.*save_pretrained"):
        read(saved)


def test_files_of_earlier_versions_have_no_digest_and_are_read(saved: Path) -> None:
    weights = saved / "model.safetensors"
    config, tensors = read(saved)
    save_file(load_file(weights), weights)
    again, others = read(saved)
    assert again == config
    assert all(tensor.equal(others[name]) for name, tensor in tensors.items())
