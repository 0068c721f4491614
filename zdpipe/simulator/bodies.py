"""The body of a request as it comes over a connection: of a stated length, or in chunks (RFC 9112)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BufferedIOBase

LONGEST_LINE = 65_536


class BadBody(ValueError):
    """Raised when nobody can tell where the body ends."""


def read_body(headers: Mapping[str, str], stream: BufferedIOBase) -> bytes:
    """Return the whole body; header names are in lower case, no header about the body means an empty one.

    Raises BadBody, and ConnectionAbortedError when the sender hangs up in the middle.
    """
    if "transfer-encoding" in headers:
        if headers["transfer-encoding"].strip().lower() != "chunked":
            raise BadBody("The only transfer encoding is chunked")
        return b"".join(_chunks(stream))
    length = headers.get("content-length", "0").strip()
    if not (length.isascii() and length.isdigit()):
        raise BadBody("Content-Length is not a number")
    return _exactly(stream, int(length))


def _chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    while size := _size(_line(stream)):
        yield _exactly(stream, size)
        _line(stream)
    while _line(stream):  # trailers, which mean nothing here
        pass


def _size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    if not digits or digits.strip(b"0123456789abcdefABCDEF"):
        raise BadBody("A chunk has no size")
    return int(digits, 16)


def _line(stream: BufferedIOBase) -> bytes:
    line = stream.readline(LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise ConnectionAbortedError
    return line.rstrip(b"\r\n")


def _exactly(stream: BufferedIOBase, size: int) -> bytes:
    body = stream.read(size)
    if len(body) < size:
        raise ConnectionAbortedError
    return body
