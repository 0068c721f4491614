from __future__ import annotations

import polars as pl
from syrupy.assertion import SnapshotAssertion

from tests.reports.build import render
from zdpipe.reports.rejects import mask_rejects, rejects_text, shown_rejects

ROWS = pl.DataFrame(
    {
        "row": [7, 19],
        "key": ["0b1c2d3e-aaaa-bbbb", "jane@example.com"],
        "identity": ["0b1c2d3e-aaaa-bbbb", None],
        "reason": ["name_missing", "invalid_email"],
        "column": ["name", "email"],
        "value": [None, "jane@@example"],
        "fits": [None, "an address such as jane@example.com"],
        "source.full_name": [None, "Jane Doe"],
        "source.phone": ["+12065550134", None],
    }
)
PERSONAL = ("0b1c2d3e", "jane@@", "Jane Doe", "2065550134")


def test_rows_are_masked_unless_asked_otherwise() -> None:
    masked = str(shown_rejects(ROWS, show_pii=False))
    assert not [secret for secret in PERSONAL if secret in masked]
    assert shown_rejects(ROWS, show_pii=True) == ROWS.to_dicts()


def test_a_masked_frame_keeps_columns_rows_and_reasons() -> None:
    masked = mask_rejects(ROWS)
    assert masked.columns == ROWS.columns
    assert masked["row"].to_list() == [7, 19]
    assert masked["reason"].to_list() == ["name_missing", "invalid_email"]
    assert not [secret for secret in PERSONAL if secret in masked.write_csv()]


def test_an_empty_frame_stays_empty() -> None:
    assert mask_rejects(ROWS.clear()).columns == ROWS.columns
    assert mask_rejects(pl.DataFrame()).is_empty()


def test_rejects_for_people(snapshot: SnapshotAssertion) -> None:
    assert render(rejects_text(shown_rejects(ROWS, show_pii=False), 1_002), 110) == snapshot


def test_no_rejects_are_said_in_words() -> None:
    assert render(rejects_text([], 0), 50) == "No row was rejected."
