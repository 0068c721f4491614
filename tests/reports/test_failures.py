from __future__ import annotations

import json

import polars as pl
import pytest
from syrupy.assertion import SnapshotAssertion

from tests.reports.build import render
from tests.reports.failed import PERSONAL, ROWS
from zdpipe.model.run import FailureExample
from zdpipe.reports.failures import (
    failures_frame,
    failures_json,
    failures_ndjson,
    failures_text,
    masked_words,
    shown_failures,
)


@pytest.mark.parametrize("width", [100, 60])
def test_failures_for_people(width: int, snapshot: SnapshotAssertion) -> None:
    assert render(failures_text(shown_failures(ROWS, show_pii=False), 2, 3), width) == snapshot


def test_the_rest_is_said_where_only_some_are_shown() -> None:
    shown = render(failures_text(shown_failures(ROWS.head(2), show_pii=False), 1_000, 1_000), 100)
    assert shown.endswith("1,000 customers failed; the first 2 are shown, --out FILE writes all")


def test_nobody_failed_is_said_in_words() -> None:
    assert render(failures_text([], 0, 0), 50) == "Nobody failed."


def test_no_failures_are_a_document_all_the_same() -> None:
    empty = shown_failures(ROWS.clear(), show_pii=False)
    assert json.loads(failures_json("run", empty, 0)) == {"run_id": "run", "people": 0, "failures": []}
    assert failures_ndjson(empty) == ""


def test_a_terminal_gets_no_commands_from_a_name() -> None:
    row = ROWS.to_dicts()[0] | {"details": "\x1b[2J\u202ebad"}
    shown = render(failures_text([row], 1, 1), 60)
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_a_masked_frame_keeps_columns_rows_and_reasons() -> None:
    masked = failures_frame(ROWS, show_pii=False)
    assert masked.schema == ROWS.schema
    for kept in ("row", "sending", "reason", "job_id", "request_id", "batch", "position"):
        assert masked[kept].equals(ROWS[kept])
    assert not [secret for secret in PERSONAL if secret in str(masked.rows())]
    assert failures_frame(ROWS, show_pii=True).equals(ROWS)
    assert failures_frame(ROWS.clear(), show_pii=False).schema == ROWS.schema


def test_words_about_a_whole_job_name_nobody_who_failed_with_them() -> None:
    first, second = (row | {"batch": 1, "details": "job failed at Joe Bloggs"} for row in ROWS.to_dicts()[:2])
    second["payload"] = '{"name":"Joe Bloggs"}'
    elsewhere = first | {"batch": 2, "details": "job failed at Joe Bloggs"}
    rows = pl.DataFrame([first, second, elsewhere], schema=ROWS.schema)
    words = [record["details"] for record in shown_failures(rows, show_pii=False)]
    assert words == ["job failed at J*** B***"] * 2 + ["job failed at Joe Bloggs"]


def test_words_about_nobody_known_are_not_shown() -> None:
    examples = {
        "email_taken": FailureExample("Email: jane@example.com is taken", '{"email":"jane@example.com"}'),
        "refused": FailureExample("Name: Jane Doe is too short", None),
        "other": FailureExample("", "{}"),
    }
    assert masked_words(examples) == {"email_taken": "Email: j***@e***.com is taken"}
