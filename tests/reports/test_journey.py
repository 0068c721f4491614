"""A customer's journey on terminals of several widths, and masked."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console
from syrupy.assertion import SnapshotAssertion

from zdpipe.model.batch import BatchState, ItemStatus, Sending
from zdpipe.model.finding import Span
from zdpipe.model.gone import Deed
from zdpipe.model.journey import (
    Before,
    Cell,
    Change,
    Delivery,
    Did,
    Effect,
    Farewell,
    Held,
    Journey,
    Line,
    Mention,
    Note,
    Remark,
    Role,
    RunFacts,
    Shared,
    SourceRow,
    Today,
    Trace,
    Treatment,
    Why,
)
from zdpipe.reports.journey_json import journey_json
from zdpipe.reports.journey_mask import mask_journey
from zdpipe.reports.journey_text import journey_text
from zdpipe.reports.journey_words import DEEDS, DID, EFFECTS, ROLES, SENDINGS, STATES, TREATMENTS, WHYS

THEN, NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
FIRST, LAST = "20260102-030405-ab12", "20260304-050607-cd34"
HELD = Held('"+12063428631"', FIRST, "queries/zendesk_users.sql", THEN)
PAYLOAD = '{"email":"zeb@unusual.example","name":"Zebulona Quux","phone":"+12063428632"}'
LEFT = Farewell(FIRST, Deed.SUSPEND, "done", 4711000, "Not zeb@unusual.example")
JOURNEY = Journey(
    keys=("zq-7731",),
    did=Did.FAILED,
    run=RunFacts(
        LAST,
        "queries/zendesk_users.sql",
        "production",
        "acme.zendesk.com",
        "partial",
        NOW,
        NOW,
        2,
        FIRST,
        ("later",),
    ),
    rows=(
        SourceRow(
            41,
            Role.LEAD,
            (
                Cell("amperity_id", "ZQ-7731"),
                Cell(
                    "name",
                    "  Zebulona \x1b[31m Quux",
                    '"Zebulona Quux"',
                    (Treatment.TRIMMED, Treatment.BLANKS_FOLDED),
                ),
                Cell("phone", "206.342.8632 ext. 9", '"+12063428632"', (Treatment.E164,)),
                Cell("user_fields.city", " ", None, (Treatment.BLANK,)),
                Cell("user_fields.tier", None),
            ),
            (
                Remark("extension_dropped", "phone", "206.342.8632 ext. 9"),
                Remark("email_shared", "email", "zeb@unusual.example"),
            ),
            Why.SMALLEST,
        ),
        SourceRow(40, Role.DUPLICATE, (Cell("name", "Zeb", '"Zeb"', (Treatment.AS_IT_IS,)),)),
    ),
    columns={
        "name": Trace(
            (
                Line("queries/zendesk_users.sql", Span(6, 5, 6, 30), "people.name AS name"),
                Line(
                    "attribute_tables/people.sql",
                    Span(3, 5, 3, 30),
                    "CASE WHEN email = 'zeb@unusual.example' THEN 'zebulona quux' ELSE 'IN' END AS name"
                    " " + "x" * 99,
                ),
            ),
            ("Customer_360.email", "Customer_360.full_name"),
        ),
        "phone": Trace(is_whole=False),
    },
    shared=(
        Shared("zeb@unusual.example", "ab-1", ("zq-7731",)),
        Shared("old@unusual.example", None, ("zq-7731",)),
    ),
    before=Before(
        4711000, "zeb@unusual.example", {"phone": HELD, "name": Held('"Zeb"')}, ("user_fields.city",)
    ),
    changes=(
        Change("phone", Effect.CHANGED, HELD.value, '"+12063428632"'),
        Change("user_fields.city", Effect.EMPTIED, '"Oslo"', None),
        Change("user_fields.tier", Effect.KEPT, '"gold"', '"platinum"'),
        Change("name", Effect.SAME, '"Zebulona Quux"', '"Zebulona Quux"'),
    ),
    deliveries=(
        Delivery(
            Sending.UPDATE,
            17,
            42,
            41,
            PAYLOAD,
            BatchState.SETTLED,
            attempts=2,
            was_unsure=True,
            sent_at=NOW,
            settled_at=NOW,
            job_id="V3-0123456789abcdef0123456789abcdef",
            status=ItemStatus.FAILED,
            reason="email_taken",
            words="Email: zeb@unusual.example is already being used by another user",
            request_id="req-1",
        ),
    ),
    deeds=(
        Farewell(
            LAST,
            Deed.LIFT,
            "failed",
            4711000,
            "User 4711000, zeb@unusual.example, cannot be changed: phone +12063428631",
            "req-2",
        ),
        Farewell(LAST, Deed.UNTAG, "in_another_query", 4711000),
    ),
    now=(
        Today(
            "acme.zendesk.com",
            4711000,
            "ZQ-7731",
            "zeb@unusual.example",
            ("zeb@unusual.example", "zq@second.example"),
            ("queries/zendesk_users.sql",),
            {"phone": HELD},
        ),
    ),
    mentions=(
        Mention(FIRST, "queries/q.sql", "production", NOW, Did.GONE, (), (LEFT,)),
        *(
            Mention(f"{LAST}{n}", "queries/q.sql", "production", NOW, Did.NOT_SENT, ("email_shared",))
            for n in range(12)
        ),
    ),
    notes=(
        Note("text_changed", "queries/zendesk_users.sql has changed since."),
        Note("unreadable_now", "The query cannot be run now: no zeb@unusual.example"),
    ),
)


def shown(journey: Journey, width: int) -> str:
    console = Console(width=width, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(journey_text(journey, "Z***"), highlight=False, markup=False, crop=False)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


@pytest.mark.parametrize("width", [60, 80, 120])
def test_it_stays_readable(width: int, snapshot: SnapshotAssertion) -> None:
    text = shown(mask_journey(JOURNEY), width)
    assert text == snapshot
    assert all(len(line) <= width for line in text.splitlines())


def test_nothing_that_commands_a_terminal_is_printed() -> None:
    assert "\x1b" not in shown(JOURNEY, 80)


def test_masked_nothing_of_the_customer_is_left() -> None:
    masked = mask_journey(JOURNEY)
    for text in (shown(masked, 200), json.dumps(journey_json(masked, "Z***"))):
        for value in ("zeb", "quux", "7731", "2063428", "342.86", "oslo", "platinum", "4711000", "ab-1"):
            assert value not in text.lower(), value
        assert "ELSE 'IN' END AS name" in text  # words of SQL stay, although some states are called so


def test_a_customer_without_runs_has_what_is_known() -> None:
    text = shown(Journey(("zq",), now=JOURNEY.now), 80)
    assert "no run kept anything" in text
    assert "Known now of acme.zendesk.com" in text
    nobody = shown(replace(JOURNEY, keys=()), 80)
    assert nobody.startswith("Nothing here is about Z***.")
    assert "--show-pii" in nobody  # masked keys of other reports find nobody


def test_every_code_has_its_words() -> None:
    for words, codes in (
        (DID, Did),
        (ROLES, Role),
        (WHYS, Why),
        (TREATMENTS, Treatment),
        (EFFECTS, Effect),
        (DEEDS, Deed),
        (SENDINGS, Sending),
        (STATES, BatchState),
    ):
        assert set(words) == set(codes)
