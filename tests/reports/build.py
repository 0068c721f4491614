"""Reports to render."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from rich.console import Console, RenderableType

from zdpipe.model.guard import Guard, Ruling, Verdict
from zdpipe.model.identities import Claim, Claims, Identities
from zdpipe.model.plan import Example, Forecast, PlanReport, Reading, Unapproved
from zdpipe.model.run import Counts, Outcome, RunReport, Stop

COUNTS = Counts(
    read=2_000, rejected=96, duplicate=61, unchanged=3, created=1_700, updated=98, failed=2, pending=40
)
STOPPED = RunReport(
    run_id="20260102-030405-ab12",
    query="queries/zendesk_users.sql",
    destination="production",
    outcome=Outcome.FAILED,
    counts=COUNTS,
    started_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    gone=3,
    rejections={"name_missing": 64, "identity_missing": 32},
    warnings={"invalid_phone": 251, "email_shared": 30},
    failures={"UserUpdateError": 2},
    requests=31,
    jobs=18,
    seconds=83.4,
    users_per_second=97.31,
    rejects_files=("/home/ada/crm/.zdpipe/runs/20260102-030405-ab12/rejects.csv",),
    stop=Stop(
        "unreachable",
        "acme.zendesk.com cannot be used now: HTTP 503",
        "Check the network. Then continue with: zdpipe resume 20260102-030405-ab12",
        4,
    ),
    again="zdpipe run queries/zendesk_users.sql --to production",
)
DONE = replace(
    STOPPED,
    outcome=Outcome.SUCCEEDED,
    counts=Counts(read=2_000, rejected=96, duplicate=61, created=1_843),
    gone=0,
    warnings={},
    failures={},
    finished_at=datetime(2026, 1, 2, 3, 4, 25, tzinfo=UTC),
    stop=None,
)
REFUSED = replace(
    DONE,
    outcome=Outcome.FAILED,
    counts=Counts(read=2_000, rejected=400, pending=1_600),
    rejections={"name_missing": 400},
    requests=1,
    jobs=0,
    users_per_second=0.0,
    stop=Stop(
        "guard",
        "Nothing was sent: 400 of 2,000 rows are rejected (20%, the limit is 10%).",
        "If that is right, let it pass this once with: zdpipe run queries/zendesk_users.sql --allow rejected",
        1,
    ),
    guards=(Verdict(Guard.REJECTED, Ruling.REFUSE, 400, 2_000, 20, 10),),
)
UNAPPROVED = Unapproved(
    "queries/zendesk_users.sql is not approved for production (acme.zendesk.com): since jane approved it on"
    " 2026-01-02, the query's text changed",
    "zdpipe promote queries/zendesk_users.sql --from sandbox --to production",
)
PLAN = PlanReport(
    query="queries/zendesk_users.sql",
    destination="simulator",
    counts=Counts(read=10, rejected=1, unchanged=2, created=6, updated=1),
    gone=1,
    rejections={"name_missing": 1},
    warnings={"not_finite": 1},
    columns={"name": 7, "phone": 0, "user_fields.lifetime_value": 1},
    identities=Identities(
        shared=Claims(2, 3, (Claim("jane@example.com", "0b1c2d3e-aaaa-bbbb-cccc-0123456789ab", "k-4711"),)),
        elsewhere=Claims(1, 1, (Claim("joe@example.com", "k-4712", "k-4713"),)),
        secondary=Claims(7, 4, (Claim("jd@example.org", "k-4714"),)),
        crowded=1,
        promoted=2,
        cases=1,
        spellings=(("0B1C2D3E-AAAA", "0b1c2d3e-aaaa"),),
        new_addresses=1_204,
        asked=200,
        taken=Claims(1, 1, (Claim("ann@example.com", "k-4715", "zendesk-4716-xyz"),)),
    ),
    reading=Reading(customers=1_204, requests=13),
    forecast=Forecast(requests=1, jobs=1, seconds=0.07),
    guards=(
        Verdict(Guard.REJECTED, Ruling.OK, 1, 10, 10, 10),
        Verdict(Guard.GONE, Ruling.REFUSE, 1, 4, 25, 1),
        Verdict(Guard.ROWS, Ruling.REFUSE, 10, 4, 150, 50),
        Verdict(Guard.EMPTY, Ruling.OK, 10, 10, 10, 1),
    ),
    examples=(
        Example("0b1c2d3e-aaaa-bbbb-cccc-0123456789ab", "create", None, {"name": '"Jane Doe"'}),
        Example(
            "jane@example.com",
            "update",
            {"phone": '"+12065550100"', "user_fields.lifetime_value": "12.50", "name": '"Jane Doe"'},
            {"phone": '"+12065550134"', "user_fields.lifetime_value": "99.00", "name": '"Jane Doe"'},
        ),
        Example(
            "jane@example.com",
            "email",
            {"email": '"jane@example.com"', "name": '"Jane Doe"'},
            {"email": '"jd@example.org"', "name": '"Jane Doe"'},
        ),
    ),
)


def render(renderable: RenderableType, width: int) -> str:
    """Return what a plain terminal of that width shows."""
    console = Console(width=width, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(renderable, highlight=False, markup=False, crop=False)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())
