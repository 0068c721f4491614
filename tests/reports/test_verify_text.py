from __future__ import annotations

import json
from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.reports.build import render
from zdpipe.model.run import Outcome
from zdpipe.model.verification import Cause, Difference, Tally, Verification, Whereabouts
from zdpipe.reports.verify_text import verify_json, verify_text

KEY = "0b1c2d3e-aaaa-bbbb-cccc-0123456789ab"
DIFFERENCES = [
    Difference(KEY, Cause.DRIFT, 32149000000017, "phone", "+12065550134", []),
    Difference("jane@example.com", Cause.MISSED, 32149000000018, "user_fields.town", "Oslo", None),
    Difference(KEY, Cause.LATER, 32149000000017, "name", "Jane Doe", "Jane Doe", "20260103-000000-ab12"),
    Difference(KEY, Cause.DRIFT, 32149000000017, "alias", "jd", "", "20260103-000000-ab12"),
    Difference("k1", Cause.GONE, 32149000000019, whereabouts=Whereabouts.DELETED),
    Difference("k2", Cause.GONE, 32149000000020, whereabouts=Whereabouts.MERGED, now_with=32149000000021),
    Difference("k3", Cause.GONE, 32149000000022, whereabouts=Whereabouts.REPLACED, now_with=32149000000023),
    Difference("k4", Cause.GONE, 32149000000024, whereabouts=Whereabouts.UNKNOWN),
]


def found(differences: list[Difference], **more: int) -> Verification:
    tally = Tally(values=120, same=116)
    for difference in differences:
        tally.take(difference)
    rest = {"failed": 0, "pending": 0, "forgotten": 0} | more
    return Verification(
        run_id="20260102-030405-ab12",
        query="queries/zendesk_users.sql",
        destination="production",
        sample=None,
        people=16,
        tally=tally,
        requests=3,
        differences=differences,
        **rest,
    )


@pytest.mark.parametrize("width", [100, 50])
def test_what_is_not_as_it_was_sent(width: int, snapshot: SnapshotAssertion) -> None:
    report = found(DIFFERENCES, failed=2, pending=40, forgotten=1)
    assert render(verify_text(report, show_pii=False), width) == snapshot


def test_a_run_that_is_all_there(snapshot: SnapshotAssertion) -> None:
    assert render(verify_text(found([]), show_pii=False), 100) == snapshot


def test_the_document(snapshot: SnapshotAssertion) -> None:
    masked = json.dumps(verify_json(found(DIFFERENCES), show_pii=False), indent=1, ensure_ascii=False)
    assert masked == snapshot
    assert "jane@example.com" in json.dumps(verify_json(found(DIFFERENCES), show_pii=True))


@pytest.mark.parametrize(
    ("outcome", "next_command"),
    [
        (Outcome.INTERRUPTED, "zdpipe resume 20260102-030405-ab12"),
        (Outcome.RUNNING, "zdpipe runs show 20260102-030405-ab12"),
        (Outcome.SUPERSEDED, None),
    ],
)
def test_only_a_run_that_can_go_on_is_to_be_resumed(outcome: Outcome, next_command: str | None) -> None:
    text = render(verify_text(replace(found([], pending=40), outcome=outcome), show_pii=False), 100)
    assert [line.strip() for line in text.splitlines() if "zdpipe" in line] == [next_command] * bool(
        next_command
    )
    assert ("not sent yet" in text) is (next_command is not None)


def test_of_many_differences_the_first_are_shown() -> None:
    text = render(verify_text(found([DIFFERENCES[0]] * 30), show_pii=False), 100)
    assert "… and 10 more" in text
    assert text.count("phone:") == 20
