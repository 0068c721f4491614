"""Runs to make pages of: a small one, a failed one, one of a million people, one without anybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.reports.build import DONE, REFUSED, STOPPED
from zdpipe.model.dossier import Dossier, SqlText
from zdpipe.model.finding import Finding, Severity, Span
from zdpipe.model.gone import Farewells, GoneAction
from zdpipe.model.guard import Guard, Ruling, Verdict
from zdpipe.model.pace import Limit, Pace, Sent
from zdpipe.model.run import Counts, FailureExample, Outcome, Stop
from zdpipe.pipeline.pacing import pace_of

BEGUN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SQL = """-- Customers as Zendesk sees them.
SELECT *
\t, 'jane@example.com' AS email, '2065550134' AS phone
FROM Customer_360
WHERE country = 'US'
"""
FINDINGS = (
    Finding(
        "ZD104",
        "select-star",
        Severity.ERROR,
        "The star takes whatever columns the source has tomorrow.",
        "queries/zendesk_users.sql",
        Span(2, 8, 2, 9),
        "Name the columns.",
    ),
    Finding(
        "ZD601",
        "data-in-query",
        Severity.WARNING,
        "The address jane@example.com is in the query.",
        "queries/zendesk_users.sql",
        Span(3, 4, 3, 22),
    ),
)
QUERY = SqlText("queries/zendesk_users.sql", SQL, FINDINGS)
TABLE = SqlText("attribute_tables/tiers.sql", "SELECT amperity_id, tier FROM loyalty\n")


def sent(batches: int, *, after: float = 0.0, takes: float = 8.0, known: bool = True) -> Iterator[Sent]:
    """Yield batches of a hundred that leave each second from so many seconds on."""
    for number in range(batches):
        at = BEGUN + timedelta(seconds=after + number)
        yield Sent(100, at, at + timedelta(seconds=takes + number % 7) if known else None)


def paced(*batches: Sent, limit: int | None = 100) -> Pace:
    return pace_of(batches, [Limit(BEGUN - timedelta(seconds=1), limit)] if limit else [])


SMALL = Dossier(
    replace(DONE, counts=Counts(read=2_000, rejected=96, duplicate=61, created=1_700, updated=143)),
    paced(*sent(19)),
    (QUERY, TABLE),
    BEGUN + timedelta(minutes=3),
)
FAILED = Dossier(
    replace(
        STOPPED,
        resumes=1,
        failures={"email_taken": 1, "other": 1},
        failure_examples={
            "email_taken": FailureExample(
                "Email: jane@example.com is already being used by another user",
                '{"email":"jane@example.com","name":"Jane Doe"}',
            ),
            "other": FailureExample("Birthdate: 'at Easter' is not a date", '{"name":"Joe Roe"}'),
        },
        guards=(
            Verdict(Guard.REJECTED, Ruling.ALLOWED, 96, 2_000, 4.8, 3),
            Verdict(Guard.EMPTY, Ruling.OK, 2_000, 2_000, 2_000, 1),
        ),
        farewells=Farewells(GoneAction.SUSPEND, {"done": 2, "failed": 1}, {}),
    ),
    paced(*sent(9), *sent(6, after=33_000, known=False)),
    (QUERY,),
    BEGUN + timedelta(days=1),
    failures=(
        {
            "row": 17,
            "key": "0b1c2d3e-aaaa-bbbb-cccc-0123456789ab",
            "sending": "create",
            "reason": "email_taken",
            "details": "Email: jane@example.com is already being used by another user",
            "job_id": "V3-8b726e606741012ffc2d782bcb7848fe",
            "request_id": None,
            "batch": 1,
            "position": 16,
            "payload": '{"email":"jane@example.com","name":"Jane Doe"}',
        },
        {
            "row": None,
            "key": "joe.roe@example.org",
            "sending": "suspend",
            "reason": "failed",
            "details": "User: Joe Roe cannot be suspended",
            "job_id": None,
            "request_id": "a1b2-c3",
            "batch": 1,
            "position": 0,
            "payload": '{"id":4711}',
        },
    ),
    failed=412,
)
HUGE = Dossier(
    replace(
        DONE,
        counts=Counts(read=1_250_000, rejected=12_004, duplicate=237_996, created=999_000, failed=1_000),
        outcome=Outcome.PARTIAL,
        seconds=10_321.0,
        requests=12_113,
        jobs=10_000,
        finished_at=BEGUN + timedelta(seconds=10_321),
        failures={"other": 1_000},
    ),
    paced(*sent(4_000), *sent(6_000, after=4_300)),
    (QUERY,),
    BEGUN + timedelta(days=1),
    no_failures="The files of run 20260102-030405-ab12 are gone, so nobody can tell who failed.",
)
EMPTY = Dossier(
    replace(
        REFUSED,
        counts=Counts(),
        rejections={},
        seconds=0.4,
        rejects_files=(),
        guards=(Verdict(Guard.EMPTY, Ruling.REFUSE, 0, 0, 0, 1),),
        stop=Stop(
            "guard",
            "Nothing was sent: the query has no rows.",
            "If that is right, let it pass with: zdpipe run queries/zendesk_users.sql --allow empty",
            1,
        ),
    ),
    Pace(),
    (
        SqlText(
            "queries/zendesk_users.sql", "SELECT amperity_id AS external_id FROM Customer_360 WHERE false"
        ),
    ),
    BEGUN,
)
EVERY = {"small": SMALL, "failed": FAILED, "huge": HUGE, "empty": EMPTY}
