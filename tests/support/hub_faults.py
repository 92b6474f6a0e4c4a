"""Ways in which a hub, or what stands between, answers badly: for ``Fault.behave``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from tests.support.hub import Handler

Behaviour = Callable[[Handler, int, bytes, dict[str, str]], None]


def status(code: int) -> Behaviour:
    """Answer with an HTTP status and nothing else."""
    return lambda handler, _, body, headers: handler.write(code, b"{}", {})


def silence(handler: Handler, _: int, body: bytes, headers: dict[str, str]) -> None:
    """Take the request and never answer."""
    handler.standin.closing.wait()


def byte_by_byte_header(handler: Handler, _: int, body: bytes, headers: dict[str, str]) -> None:
    """Send a header that does not end, four bytes a second."""
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Header: ")
        while not handler.standin.closing.wait(0.25):
            handler.wfile.write(b"x")


def stalled_body(handler: Handler, code: int, body: bytes, headers: dict[str, str]) -> None:
    """Send half of the content, then nothing more."""
    with suppress(OSError):
        handler.write(code, body[: len(body) // 2], headers, length=len(body))
        handler.wfile.flush()
    handler.standin.closing.wait()


def byte_by_byte_body(handler: Handler, code: int, body: bytes, headers: dict[str, str]) -> None:
    """Send the content, four bytes a second."""
    with suppress(OSError):
        handler.write(code, b"", headers, length=len(body))
        for byte in body:
            if handler.standin.closing.wait(0.25):
                return
            handler.wfile.write(bytes([byte]))


def half_body(handler: Handler, code: int, body: bytes, headers: dict[str, str]) -> None:
    """Announce the whole content, send half, and hang up."""
    handler.write(code, body[: len(body) // 2], headers, length=len(body))


def cut_in_half(handler: Handler, code: int, body: bytes, headers: dict[str, str]) -> None:
    """Announce half of the content and send it, as something that cuts it and mends the header."""
    if "X-Linked-Size" in headers:
        headers = {**headers, "X-Linked-Size": str(int(headers["X-Linked-Size"]) // 2)}
    handler.write(code, body[: len(body) // 2], headers)


def flipped_bit(handler: Handler, code: int, body: bytes, headers: dict[str, str]) -> None:
    """Send content of the right length that differs in a bit."""
    handler.write(code, bytes([body[0] ^ 1]) + body[1:], headers)


def log_in_page(handler: Handler, _: int, body: bytes, headers: dict[str, str]) -> None:
    """Answer as the log-in page of a network does, whatever was asked."""
    handler.write(200, b"<html>Please log in</html>", {"Content-Type": "text/html"})


def stored_in_xet(handler: Handler, code: int, body: bytes, headers: dict[str, str]) -> None:
    """Say that a file is in Xet's storage, too, as the hub does for large ones."""
    route = f"{handler.standin.endpoint}/api/models/someone/model/xet-read-token/main"
    handler.write(code, body, {**headers, "X-Xet-Hash": "5" * 64, "X-Xet-Refresh-Route": route})
