from __future__ import annotations

from dataclasses import replace

import polars as pl

from zdpipe.model.staff import Member, Staff
from zdpipe.records.normalize import normalize
from zdpipe.records.rules import rules_for

STAFF = Staff((Member("Boss-1"), Member("İ-2", frozenset({"boss@example.com"}))))


def reasons(frame: pl.DataFrame) -> list[tuple[int, str, str]]:
    done = normalize(frame, 1, replace(rules_for(frame.schema), staff=STAFF))
    assert len(done.records) + len(done.rejections) == len(frame)
    return done.rejections.select("row", "reason", "column").rows()


def test_staff_are_known_by_id_in_any_case_and_by_address() -> None:
    frame = pl.DataFrame(
        {
            "external_id": ["BOSS-1", " boss-1 ", "İ-2", "c-4", None, "c-6", None],
            "email": [
                None,
                "x@example.com",
                None,
                " Boss@EXAMPLE.com",
                "boss@example.com",
                None,
                "y@example.com",
            ],
            "name": ["N"] * 7,
        }
    )
    assert reasons(frame) == [
        (1, "staff_account", "external_id"),
        (2, "staff_account", "external_id"),
        (3, "staff_account", "external_id"),
        (4, "staff_account", "email"),
        (5, "staff_account", "email"),
    ]


def test_a_missing_name_counts_first_and_a_query_without_addresses_is_read_too() -> None:
    frame = pl.DataFrame({"external_id": ["boss-1", "boss-1", "c-3"], "name": [None, "N", "N"]})
    assert reasons(frame) == [(1, "name_missing", "name"), (2, "staff_account", "external_id")]
