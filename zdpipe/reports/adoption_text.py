"""What was adopted, in words."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from zdpipe.model.adoption import Adoption
from zdpipe.model.match import Found, Unclear
from zdpipe.reports.facts import copyable, facts_table
from zdpipe.reports.words import count, duration

_INDENT = (0, 0, 0, 2)
_UNCLEAR = {
    Unclear.SEVERAL_USERS: "their addresses lead to different users",
    Unclear.SEVERAL_CUSTOMERS: "their user is another customer's, or may be",
    Unclear.OTHER_EXTERNAL_ID: "the user with their address has another external_id",
    Unclear.STAFF: "their user is an agent or admin",
}


def adoption_text(adoption: Adoption) -> RenderableType:
    """Return whose users were found, who stays new, and which fields a run would change."""
    found = [
        ("found by external_id", count(adoption.found.get(Found.EXTERNAL_ID, 0), "customer")),
        ("found by email", count(adoption.found.get(Found.EMAIL, 0), "customer")),
        ("not found", count(adoption.not_found, "customer")),
        *((_UNCLEAR[reason], count(people, "customer")) for reason, people in adoption.unclear.items()),
    ]
    how = " (all end users were read)" if adoption.listed else ""
    effort = [
        ("rows", f"{count(adoption.read)} read, {count(adoption.rejected)} rejected"),
        ("requests", f"{count(adoption.requests)}{how}"),
        ("time", duration(adoption.seconds)),
    ]
    adopted = count(adoption.adopted, "customer")
    return Group(
        Text.assemble(
            (f"{adoption.query} ← {adoption.destination} ", "bold"),
            (f"{adopted} adopted", "bold green" if adoption.adopted else "bold yellow"),
        ),
        Text(),
        facts_table(found),
        *_fields(adoption),
        Text(),
        facts_table(effort),
        Text("\nNothing was sent.", "bold"),
        *copyable("Next", [f"zdpipe plan {adoption.query} --to {adoption.destination}"]),
    )


def _fields(adoption: Adoption) -> list[RenderableType]:
    if not adoption.fields:
        return []
    rows = [(name, count(people, "customer")) for name, people in adoption.fields.items()]
    return [Text("\nFields of which the account holds something else"), Padding(facts_table(rows), _INDENT)]
