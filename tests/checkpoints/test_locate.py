"""Where a checkpoint is found, and what is said when it is not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sktime_lagllama.checkpoints.files import BUNDLED_FOLDER, weights_file
from sktime_lagllama.checkpoints.locate import locate
from tests.support.hub import StandInHub, locate_in_new_process

PUBLISHED = "time-series-foundation-models/Lag-Llama"
SAVED = "someone/saved-model"
EMPTY = "someone/only-a-readme"
GATED = "someone/gated-model"


@pytest.fixture
def hub() -> Iterator[StandInHub]:
    models = {
        PUBLISHED: {"main": {"lag-llama.ckpt": b"published", "README.md": b"", "runs/1.ckpt": b""}},
        SAVED: {
            "main": {"config.json": b"{}", "model.safetensors": b"new", "optimizer.bin": b"large"},
            "v1": {"config.json": b"{}", "model.safetensors": b"old"},
        },
        EMPTY: {"main": {"README.md": b"nothing yet"}},
        GATED: {"main": {"config.json": b"{}", "model.safetensors": b"secret"}},
    }
    with StandInHub(models, gated={GATED}) as server:
        yield server


def test_bundled_is_the_folder_in_the_package() -> None:
    assert locate("bundled") == BUNDLED_FOLDER
    assert BUNDLED_FOLDER.parent.name == "checkpoints"


def test_bundled_wins_over_a_folder_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bundled").mkdir()
    monkeypatch.chdir(tmp_path)
    assert locate("bundled") == BUNDLED_FOLDER
    assert locate("./bundled").resolve() == tmp_path / "bundled"


@pytest.mark.parametrize("name", ["model.ckpt", "model.safetensors"])
def test_a_file_is_taken_as_a_string_a_path_object_or_from_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / name).touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert locate(str(tmp_path / name)) == locate(tmp_path / name) == locate(f"~/{name}")


def test_an_existing_folder_wins_over_a_hub_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "owner" / "name").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert locate("owner/name") == Path("owner/name")


@pytest.mark.parametrize(
    "checkpoint",
    [
        "absent.ckpt",
        "folder/absent.safetensors",
        "./owner/name",
        "../name",
        "~/name",
        "/name/absent",
        "folder/in/folder",
        "budled",
        "",
        Path("owner/name"),
    ],
)
def test_what_does_not_exist_is_named_and_never_sought_on_the_hub(
    checkpoint: str | Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=r'"bundled".*\.ckpt.*hub id') as raised:
        locate(checkpoint)
    assert str(checkpoint) in str(raised.value)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.bin").touch()
    with pytest.raises(ValueError, match=r"model\.bin is no checkpoint.*\.safetensors"):
        locate(tmp_path / "model.bin")


@pytest.mark.parametrize("checkpoint", [None, 3, b"bundled"])
def test_a_checkpoint_of_another_type_is_refused(checkpoint: object) -> None:
    with pytest.raises(TypeError, match="checkpoint must be"):
        locate(checkpoint)  # type: ignore[arg-type]


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).touch()
    return folder


def test_a_folder_prefers_what_save_pretrained_wrote(tmp_path: Path) -> None:
    folder = touch(tmp_path, "model.safetensors", "config.json", "lag-llama.ckpt")
    assert weights_file(folder) == folder / "model.safetensors"


def test_a_folder_with_one_ckpt_is_that_file(tmp_path: Path) -> None:
    folder = touch(tmp_path, "lag-llama.ckpt", "README.md", "model.safetensors")
    assert weights_file(folder) == folder / "lag-llama.ckpt"


def test_a_folder_with_several_ckpt_files_asks_which(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"give one of a\.ckpt, b\.ckpt"):
        weights_file(touch(tmp_path, "a.ckpt", "b.ckpt"))


def test_a_folder_without_a_checkpoint_is_listed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="it holds nothing"):
        weights_file(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"it holds README\.md, weights\.bin"):
        weights_file(touch(tmp_path, "weights.bin", "README.md"))


def test_finding_a_checkpoint_imports_neither_torch_nor_huggingface_hub() -> None:
    code = (
        "import sys; from sktime_lagllama.checkpoints.locate import locate; locate('bundled');"
        "assert not {'torch', 'huggingface_hub'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_a_hub_id_downloads_its_weights_and_configuration_once(
    hub: StandInHub, tmp_path: Path
) -> None:
    first = locate_in_new_process(SAVED, endpoint=hub.endpoint, cache=tmp_path)
    assert first.location is not None, first.message
    assert weights_file(first.location).read_bytes() == b"new"
    assert hub.downloads() == ["config.json", "model.safetensors"]
    second = locate_in_new_process(SAVED, endpoint=hub.endpoint, cache=tmp_path)
    assert second.location == first.location
    assert hub.downloads() == ["config.json", "model.safetensors"]


def test_a_process_asks_the_hub_about_an_id_once(hub: StandInHub, tmp_path: Path) -> None:
    locate_in_new_process(SAVED, endpoint=hub.endpoint, cache=tmp_path)
    hub.requests.clear()
    locate_in_new_process(SAVED, endpoint=hub.endpoint, cache=tmp_path)
    requests_of_one_call = len(hub.requests)
    hub.requests.clear()
    locate_in_new_process(SAVED, SAVED, SAVED, endpoint=hub.endpoint, cache=tmp_path)
    assert len(hub.requests) == requests_of_one_call


def test_the_published_repository_downloads_only_its_ckpt(hub: StandInHub, tmp_path: Path) -> None:
    located = locate_in_new_process(PUBLISHED, endpoint=hub.endpoint, cache=tmp_path)
    assert located.location is not None, located.message
    assert weights_file(located.location).read_bytes() == b"published"
    assert hub.downloads() == ["lag-llama.ckpt"]


def test_a_revision_is_a_checkpoint_of_its_own(hub: StandInHub, tmp_path: Path) -> None:
    newest = locate_in_new_process(SAVED, endpoint=hub.endpoint, cache=tmp_path)
    tagged = locate_in_new_process(f"{SAVED}@v1", endpoint=hub.endpoint, cache=tmp_path)
    assert newest.location is not None and tagged.location is not None, tagged.message
    assert weights_file(newest.location).read_bytes() == b"new"
    assert weights_file(tagged.location).read_bytes() == b"old"


def test_a_cached_commit_works_without_the_hub(hub: StandInHub, tmp_path: Path) -> None:
    pinned = f"{SAVED}@{hub.commit(SAVED, 'v1')}"
    first = locate_in_new_process(pinned, endpoint=hub.endpoint, cache=tmp_path)
    hub.requests.clear()
    assert first.location is not None, first.message
    offline = {"HF_HUB_OFFLINE": "1"}
    again = locate_in_new_process(pinned, endpoint=hub.endpoint, cache=tmp_path, **offline)
    assert again.location == first.location
    assert hub.requests == []


def test_the_token_is_sent(hub: StandInHub, tmp_path: Path) -> None:
    locate_in_new_process(SAVED, endpoint=hub.endpoint, cache=tmp_path, HF_TOKEN="hf_secret")
    assert hub.requests
    downloads = [request for request in hub.requests if "/resolve/" in request.url_path]
    assert {request.authorization for request in downloads} == {"Bearer hf_secret"}


def test_offline_after_a_download_uses_the_cache(hub: StandInHub, tmp_path: Path) -> None:
    online = locate_in_new_process(PUBLISHED, endpoint=hub.endpoint, cache=tmp_path)
    hub.requests.clear()
    offline = locate_in_new_process(
        PUBLISHED, endpoint=hub.endpoint, cache=tmp_path, HF_HUB_OFFLINE="1"
    )
    assert offline.location == online.location is not None
    assert hub.requests == []


def test_an_unreachable_hub_after_a_download_uses_the_cache(
    hub: StandInHub, tmp_path: Path
) -> None:
    online = locate_in_new_process(PUBLISHED, endpoint=hub.endpoint, cache=tmp_path)
    unreachable = locate_in_new_process(PUBLISHED, endpoint="http://127.0.0.1:9", cache=tmp_path)
    assert unreachable.location == online.location is not None


def test_offline_before_a_download_says_how_to_download(tmp_path: Path) -> None:
    located = locate_in_new_process(
        PUBLISHED, endpoint="http://127.0.0.1:9", cache=tmp_path, HF_HUB_OFFLINE="1"
    )
    assert located.error == "FileNotFoundError"
    assert f"{PUBLISHED} is not in the cache, and HF_HUB_OFFLINE is set" in located.message
    assert f"`hf download {PUBLISHED}`" in located.message
    assert 'checkpoint="bundled"' in located.message


def test_an_unreachable_hub_says_how_to_download(tmp_path: Path) -> None:
    located = locate_in_new_process(
        f"{PUBLISHED}@v1", endpoint="http://127.0.0.1:9", cache=tmp_path
    )
    assert located.error == "ConnectionError"
    assert f"{PUBLISHED} could not be fetched from http://127.0.0.1:9" in located.message
    assert f"`hf download {PUBLISHED} --revision v1`" in located.message
    assert 'checkpoint="bundled"' in located.message


@pytest.mark.parametrize(
    ("checkpoint", "error", "reason"),
    [
        ("someone/absent", "FileNotFoundError", "someone/absent is not on http://127.0.0.1"),
        (f"{SAVED}@v2", "FileNotFoundError", f"{SAVED} has no revision 'v2'"),
        (GATED, "PermissionError", f"{GATED} is gated: accept its terms"),
        (EMPTY, "FileNotFoundError", f"{EMPTY} cannot be used"),
        ("some..one/absent", "FileNotFoundError", "some..one/absent cannot be used"),
    ],
)
def test_what_the_hub_cannot_give_is_named_with_the_reason(
    hub: StandInHub, tmp_path: Path, checkpoint: str, error: str, reason: str
) -> None:
    located = locate_in_new_process(checkpoint, endpoint=hub.endpoint, cache=tmp_path)
    assert located.error == error, located
    assert reason in located.message
    assert 'checkpoint="bundled"' in located.message
