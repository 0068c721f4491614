"""A list that is made while it is written is written like any other."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdpipe.cli.output import write_json
from zdpipe.reports.json_stream import Streamed

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.lists(VALUES))
def test_the_text_is_that_of_a_list(entries: list[object]) -> None:
    streamed = {"before": 1, "entries": Streamed(lambda: entries), "after": [Streamed(lambda: entries)]}
    plain = {"before": 1, "entries": entries, "after": [entries]}
    assert json.dumps(streamed, indent=2) == json.dumps(plain, indent=2)
    assert Streamed(lambda: entries) == entries
    assert len(Streamed(lambda: entries)) == len(entries)


def test_entries_are_written_while_they_are_made(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zdpipe.cli.output._PIECES_AT_ONCE", 3)
    written: list[int] = []

    def entries() -> Iterator[object]:
        for number in range(4):
            written.append(len(capfdbinary.readouterr().out))
            yield {"number": number}

    write_json({"entries": Streamed(entries)})
    assert any(written)
