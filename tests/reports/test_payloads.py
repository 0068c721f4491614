from __future__ import annotations

import csv
import io
import json

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.reports.build import render
from zdpipe.reports.payloads import (
    payloads_csv,
    payloads_json,
    payloads_ndjson,
    payloads_text,
    shown_payloads,
)

PAYLOADS = [
    (
        '{"email":"jane@example.com","external_id":"a-1","name":"Jane \\"J\\" Doe","skip_verify_email":true,'
        '"user_fields":{"city":"São Paulo","lifetime_value":12.50}}'
    ),
    '{"external_id":"a-2","name":"Smith, John","user_fields":{"order_count":3}}',
]


def test_ndjson_is_byte_for_byte_what_is_sent() -> None:
    assert payloads_ndjson(shown_payloads(PAYLOADS, show_pii=True)).splitlines() == PAYLOADS


def test_json_is_one_array_with_the_bytes_of_each_payload() -> None:
    text = payloads_json(PAYLOADS)
    assert json.loads(text) == [json.loads(payload) for payload in PAYLOADS]
    assert all(payload in text for payload in PAYLOADS)
    assert json.loads(payloads_json([])) == []


def test_csv_has_a_column_for_every_field_that_occurs() -> None:
    rows = list(csv.DictReader(io.StringIO(payloads_csv(PAYLOADS))))
    assert rows[0]["user_fields.lifetime_value"] == "12.50"
    assert rows[0]["name"] == 'Jane "J" Doe'
    assert rows[1]["name"] == "Smith, John"
    assert rows[1]["email"] == ""


@pytest.mark.parametrize("width", [100, 50])
def test_a_preview_for_people_is_masked(width: int, snapshot: SnapshotAssertion) -> None:
    assert render(payloads_text(shown_payloads(PAYLOADS, show_pii=False)), width) == snapshot


def test_no_customers_are_said_in_words() -> None:
    assert render(payloads_text([]), 50) == "The query maps no customers."
