"""What a bad hub, a bad network or a bad disk does to a download: recovery, or what to do."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sktime_lagllama.checkpoints.files import weights_file
from tests.support import hub_faults
from tests.support.hub import Fault, Located, StandInHub, locate_in_new_process

MODEL = "someone/model"
WEIGHTS = bytes(range(256)) * 8
FILES = {"config.json": b'{"a": 1}', "model.safetensors": WEIGHTS}
COMMAND = f"`hf download {MODEL}`"
IMPATIENT = {"HF_HUB_ETAG_TIMEOUT": "1", "HF_HUB_DOWNLOAD_TIMEOUT": "1"}
"""Ends are stated in these seconds: six of them, and twenty for each megabyte."""


@pytest.fixture
def hub() -> Iterator[StandInHub]:
    with StandInHub({MODEL: {"main": dict(FILES)}}) as server:
        yield server


def located(hub: StandInHub, cache: Path, before: str = "", **environment: str) -> Located:
    return locate_in_new_process(
        MODEL, endpoint=hub.endpoint, cache=cache, before=before, **environment
    )


def holds_the_weights(result: Located) -> bool:
    assert result.location is not None, result.message
    assert (result.location / "config.json").read_bytes() == b'{"a": 1}'
    return weights_file(result.location).read_bytes() == WEIGHTS


def says(result: Located, error: str, *parts: str) -> bool:
    """Tell if an error of a class has these parts and says what can be done."""
    assert result.error == error, result
    assert all(part in result.message for part in (MODEL, 'checkpoint="bundled"', *parts)), result
    return True


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "code"), [("list", 429), ("list", 503), ("head", 500), ("get", 429), ("get", 503)]
)
def test_a_hub_out_of_order_for_a_moment_is_asked_again(
    hub: StandInHub, tmp_path: Path, step: str, code: int
) -> None:
    hub.faults.append(Fault(step, hub_faults.status(code), times=1))
    assert holds_the_weights(located(hub, tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize(("step", "code"), [("list", 500), ("head", 504), ("get", 502)])
def test_a_hub_out_of_order_says_to_try_later(
    hub: StandInHub, tmp_path: Path, step: str, code: int
) -> None:
    hub.faults.append(Fault(step, hub_faults.status(code)))
    result = located(hub, tmp_path)
    assert says(result, "ConnectionError", "at the moment", "try again", COMMAND)
    hub.faults.clear()
    assert holds_the_weights(located(hub, tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("step", ["list", "head", "get"])
@pytest.mark.parametrize(
    ("code", "error", "advice"),
    [
        (401, "PermissionError", "`hf auth login`"),
        (403, "PermissionError", "`hf auth login`"),
        (404, "ConnectionError", COMMAND),
    ],
)
def test_a_refusal_says_what_to_do(
    hub: StandInHub, tmp_path: Path, step: str, code: int, error: str, advice: str
) -> None:
    hub.faults.append(Fault(step, hub_faults.status(code)))
    result = located(hub, tmp_path)
    if code == 401 and result.error == "FileNotFoundError":
        # Which of the two a 401 without a reason means, versions of huggingface_hub differ in.
        error, advice = "FileNotFoundError", "or private, for which `hf auth login` is needed"
    assert says(result, error, advice)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "code"), [("list", 401), ("list", 404), ("list", 429), ("head", 403), ("head", 500)]
)
def test_a_refusing_hub_after_a_download_uses_the_cache(
    hub: StandInHub, tmp_path: Path, step: str, code: int
) -> None:
    assert holds_the_weights(located(hub, tmp_path))
    hub.faults.append(Fault(step, hub_faults.status(code)))
    assert holds_the_weights(located(hub, tmp_path))


STANDSTILLS = [
    ("list", hub_faults.silence),
    ("list", hub_faults.byte_by_byte_header),
    ("head", hub_faults.silence),
    ("head", hub_faults.byte_by_byte_header),
    ("get", hub_faults.silence),
    ("get", hub_faults.byte_by_byte_header),
    ("get", hub_faults.stalled_body),
    ("get", hub_faults.byte_by_byte_body),
    ("token", hub_faults.silence),
    ("xet", hub_faults.silence),
    ("xet", hub_faults.byte_by_byte_header),
]


@pytest.mark.slow
def test_a_hub_that_stands_still_is_given_up_in_the_stated_time(tmp_path: Path) -> None:
    def is_given_up(number: int) -> bool:
        step, behave = STANDSTILLS[number]
        cache = tmp_path / str(number)
        with StandInHub({MODEL: {"main": FILES}}, faults=[Fault(step, behave)]) as hub:
            if step in ("token", "xet"):
                hub.faults.append(Fault("head", hub_faults.stored_in_xet, name="model"))
            start = time.monotonic()
            result = located(hub, cache, **IMPATIENT)
            seconds = time.monotonic() - start
            assert says(result, "ConnectionError", COMMAND), (step, behave)
            # Six seconds, and what it takes a busy machine to start a process and to end it.
            assert seconds < 6 + 30, (step, behave)
            hub.faults.clear()
            return holds_the_weights(located(hub, cache, **IMPATIENT))

    # At once, as nearly all of it is waiting.
    with ThreadPoolExecutor(len(STANDSTILLS)) as pool:
        assert all(pool.map(is_given_up, range(len(STANDSTILLS))))


def test_a_fault_of_xets_storage_says_how_to_do_without(hub: StandInHub, tmp_path: Path) -> None:
    pytest.importorskip("hf_xet")
    hub.faults.append(Fault("head", hub_faults.stored_in_xet, name="model"))
    assert says(located(hub, tmp_path), "ConnectionError", "HF_HUB_DISABLE_XET=1", COMMAND)
    assert holds_the_weights(located(hub, tmp_path, HF_HUB_DISABLE_XET="1"))


@pytest.mark.slow
def test_a_hub_that_stands_still_after_a_download_leaves_the_cache(
    hub: StandInHub, tmp_path: Path
) -> None:
    located(hub, tmp_path)
    hub.faults.append(Fault("list", hub_faults.byte_by_byte_header))
    assert holds_the_weights(located(hub, tmp_path, **IMPATIENT))


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
@pytest.mark.parametrize("behave", [hub_faults.cut_in_half, hub_faults.flipped_bit])
def test_a_damaged_download_is_repaired_at_once(
    hub: StandInHub, tmp_path: Path, name: str, behave: hub_faults.Behaviour
) -> None:
    hub.faults.append(Fault("get", behave, times=1, name=name))
    if behave is hub_faults.cut_in_half:
        # Asked for by us and by huggingface_hub.
        hub.faults.append(Fault("head", behave, times=2, name=name))
    assert holds_the_weights(located(hub, tmp_path))
    assert hub.downloads() == sorted(["config.json", "model.safetensors", name])


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
@pytest.mark.parametrize("behave", [hub_faults.cut_in_half, hub_faults.flipped_bit])
def test_a_download_that_stays_damaged_is_not_kept(
    hub: StandInHub, tmp_path: Path, name: str, behave: hub_faults.Behaviour
) -> None:
    hub.faults += [Fault(step, behave, name=name) for step in ("get", "head")]
    if behave is hub_faults.flipped_bit:
        hub.faults.pop()
    result = located(hub, tmp_path)
    assert says(
        result, "ConnectionError", name, "digest", f"`hf download {MODEL} --force-download`"
    )
    assert list(tmp_path.rglob(name)) == []
    hub.faults.clear()
    assert holds_the_weights(located(hub, tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("behave", [hub_faults.half_body, hub_faults.stalled_body])
def test_a_download_that_breaks_off_once_is_resumed(
    hub: StandInHub, tmp_path: Path, behave: hub_faults.Behaviour
) -> None:
    hub.faults.append(Fault("get", behave, times=1, name="model"))
    assert holds_the_weights(located(hub, tmp_path, HF_HUB_DOWNLOAD_TIMEOUT="2"))


@pytest.mark.slow
def test_a_download_that_always_breaks_off_leaves_nothing_behind(
    hub: StandInHub, tmp_path: Path
) -> None:
    hub.faults.append(Fault("get", hub_faults.half_body, name="model"))
    assert says(located(hub, tmp_path), "ConnectionError", COMMAND)
    hub.faults.clear()
    assert holds_the_weights(located(hub, tmp_path))


def damage(file: Path) -> None:
    """Flip a bit of a file without a change of its size."""
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_cache_that_was_damaged_later_is_repaired(
    hub: StandInHub, tmp_path: Path, name: str
) -> None:
    folder = located(hub, tmp_path).location
    assert folder is not None
    damage(folder / name)
    assert holds_the_weights(located(hub, tmp_path))


def test_a_cache_that_is_damaged_while_a_process_runs_is_repaired(
    hub: StandInHub, tmp_path: Path
) -> None:
    before = """
from pathlib import Path
from sktime_lagllama.checkpoints.files import weights_file
from sktime_lagllama.checkpoints.locate import locate
weights_file(locate("someone/model")).write_bytes(b"something else")
"""
    assert holds_the_weights(located(hub, tmp_path, before=before))


def test_a_file_deleted_from_the_cache_while_a_process_runs_is_downloaded_again(
    hub: StandInHub, tmp_path: Path
) -> None:
    before = """
from sktime_lagllama.checkpoints.files import weights_file
from sktime_lagllama.checkpoints.locate import locate
weights_file(locate("someone/model")).resolve().unlink()
"""
    assert holds_the_weights(located(hub, tmp_path, before=before))


@pytest.mark.parametrize(
    "environment", [{"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}]
)
def test_a_damaged_cache_without_a_hub_says_which_file_and_how_to_replace_it(
    hub: StandInHub, tmp_path: Path, environment: dict[str, str]
) -> None:
    folder = located(hub, tmp_path).location
    assert folder is not None
    damage(folder / "model.safetensors")
    result = located(hub, tmp_path, **environment)
    replace = f"`hf download {MODEL} --force-download`"
    assert says(result, "ConnectionError", str(folder / "model.safetensors"), replace)
    assert holds_the_weights(located(hub, tmp_path))


def test_a_cache_that_cannot_link_is_checked_when_it_is_filled(
    hub: StandInHub, tmp_path: Path
) -> None:
    no_links = """
import sys
def refuse(event, arguments):
    if event == "os.symlink":
        raise OSError("no symbolic links here")
sys.addaudithook(refuse)
"""
    hub.faults.append(Fault("get", hub_faults.flipped_bit, times=1, name="model"))
    result = located(hub, tmp_path, before=no_links)
    assert holds_the_weights(result)
    assert result.location is not None and not weights_file(result.location).is_symlink()
    hub.requests.clear()
    assert holds_the_weights(located(hub, tmp_path, before=no_links))
    assert hub.downloads() == []


def test_a_digest_of_another_kind_is_not_compared(hub: StandInHub, tmp_path: Path) -> None:
    def other_etag(
        handler: hub_faults.Handler, code: int, body: bytes, headers: dict[str, str]
    ) -> None:
        handler.write(code, body, {**headers, "X-Linked-Etag": '"a-version-of-the-mirror"'})

    hub.faults.append(Fault("head", other_etag, name="model"))
    assert holds_the_weights(located(hub, tmp_path))


def test_a_log_in_page_in_the_hubs_place_is_recognised(hub: StandInHub, tmp_path: Path) -> None:
    faults = [Fault(step, hub_faults.log_in_page) for step in ("list", "head", "get")]
    hub.faults += faults
    assert says(located(hub, tmp_path), "ConnectionError", "log-in page", COMMAND)
    hub.faults[:] = faults[1:]
    assert says(located(hub, tmp_path), "ConnectionError", "log-in page", COMMAND)
    hub.faults.clear()
    assert holds_the_weights(located(hub, tmp_path))
    hub.faults += faults
    assert holds_the_weights(located(hub, tmp_path))


def test_a_log_in_page_in_the_files_place_is_no_checkpoint(hub: StandInHub, tmp_path: Path) -> None:
    hub.faults.append(Fault("get", hub_faults.log_in_page))
    assert says(located(hub, tmp_path), "ConnectionError", COMMAND)
    hub.faults.clear()
    assert holds_the_weights(located(hub, tmp_path))


def test_a_refused_connection_says_how_to_download(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"
        result = locate_in_new_process(MODEL, endpoint=endpoint, cache=tmp_path)
    assert says(result, "ConnectionError", endpoint, COMMAND)


def test_a_hub_without_an_address_says_how_to_download(tmp_path: Path) -> None:
    result = locate_in_new_process(MODEL, endpoint="http://hub.invalid", cache=tmp_path)
    assert says(result, "ConnectionError", "http://hub.invalid", COMMAND)


FAILING_DISK = """
import os, sys
def fail(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".incomplete"):
        raise OSError({number}, os.strerror({number}), arguments[0])
sys.addaudithook(fail)
"""


@pytest.mark.parametrize("number", ["28", "122"])
def test_a_full_disk_says_where_room_is_needed(
    hub: StandInHub, tmp_path: Path, number: str
) -> None:
    result = located(hub, tmp_path, before=FAILING_DISK.format(number=number))
    assert says(result, "OSError", str(tmp_path), "make room", "HF_HOME")
    assert holds_the_weights(located(hub, tmp_path))


def test_a_disk_that_is_full_in_the_middle_of_a_file_leaves_nothing_behind(
    hub: StandInHub, tmp_path: Path
) -> None:
    resource = pytest.importorskip("resource")
    limits = (1000, resource.RLIM_INFINITY)
    before = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, {limits})\n"
    result = located(hub, tmp_path, before=before)
    assert says(result, "OSError", str(tmp_path), "make room", "HF_HOME")
    assert holds_the_weights(located(hub, tmp_path))


READ_ONLY = """
import errno, os, sys
def refuse(event, arguments):
    writes = event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if writes or event in ("os.mkdir", "os.rename", "os.symlink", "os.remove"):
        if "hub" in str(arguments[0]):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), arguments[0])
sys.addaudithook(refuse)
"""


def test_a_cache_that_cannot_be_written_says_so(hub: StandInHub, tmp_path: Path) -> None:
    result = located(hub, tmp_path, before=READ_ONLY)
    assert says(result, "PermissionError", str(tmp_path), "HF_HOME")


def test_a_full_cache_that_cannot_be_written_is_enough(hub: StandInHub, tmp_path: Path) -> None:
    located(hub, tmp_path)
    assert holds_the_weights(located(hub, tmp_path, before=READ_ONLY))


@pytest.mark.slow
def test_processes_that_download_at_once_all_get_it(hub: StandInHub, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: located(hub, tmp_path), range(4)))
    assert all(holds_the_weights(result) for result in results)


def test_a_lock_file_left_behind_is_in_nobodys_way(hub: StandInHub, tmp_path: Path) -> None:
    located(hub, tmp_path)
    for blob in (tmp_path / "hub").rglob("blobs/*"):
        lock = tmp_path / "hub" / ".locks" / blob.parents[1].name / f"{blob.name}.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.touch()
        blob.unlink()
    assert holds_the_weights(located(hub, tmp_path))


def test_half_a_snapshot_is_completed(hub: StandInHub, tmp_path: Path) -> None:
    hub.faults.append(Fault("get", hub_faults.status(404), name="model"))
    assert located(hub, tmp_path).error is not None
    result = located(hub, tmp_path, HF_HUB_OFFLINE="1")
    assert says(result, "FileNotFoundError", COMMAND)
    hub.faults.clear()
    assert holds_the_weights(located(hub, tmp_path))
