from __future__ import annotations

from io import BufferedReader, BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdpipe.simulator.bodies import BadBody, read_body

CHUNKED = {"transfer-encoding": "chunked"}


def stream(content: bytes) -> BufferedReader:
    return BufferedReader(BytesIO(content))


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=5), st.binary(max_size=5))
def test_chunks_are_joined_and_what_follows_is_left_alone(parts, following):
    sent = b"".join(b"%X;note\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\nSum: 1\r\n\r\n"
    source = stream(sent + following)
    assert read_body(CHUNKED, source) == b"".join(parts)
    assert source.read() == following


def test_a_length_bounds_the_body_and_none_means_none():
    assert read_body({"content-length": "2"}, stream(b"abc")) == b"ab"
    assert read_body({}, stream(b"abc")) == b""


@pytest.mark.parametrize("length", ["-1", "two", "", "1,1", "\N{SUPERSCRIPT TWO}"])
def test_a_length_must_be_a_number(length):
    with pytest.raises(BadBody):
        read_body({"content-length": length}, stream(b"abc"))


@pytest.mark.parametrize("sent", [b"-1\r\n", b"\r\n", b"0x2\r\nab\r\n", b"1_0\r\n"])
def test_a_chunk_must_have_a_size(sent):
    with pytest.raises(BadBody):
        read_body(CHUNKED, stream(sent))


def test_other_encodings_are_refused():
    with pytest.raises(BadBody):
        read_body({"transfer-encoding": "gzip"}, stream(b""))


@pytest.mark.parametrize("sent", [b"5\r\nab", b"2\r\nab\r\n", b"2", b""])
def test_a_sender_who_hangs_up_in_the_middle_has_sent_nothing(sent):
    with pytest.raises(ConnectionAbortedError):
        read_body(CHUNKED, stream(sent))
    with pytest.raises(ConnectionAbortedError):
        read_body({"content-length": "100"}, stream(sent))
