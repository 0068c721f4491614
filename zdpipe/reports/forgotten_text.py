"""An erasure in words, and as JSON."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from zdpipe.model.forgotten import Forgotten
from zdpipe.reports.facts import copyable
from zdpipe.reports.mask import mask_identifier
from zdpipe.reports.words import count, printable

_LATER = "If your source still has this customer, the next run sends them again: take them out of it first."
_OWN_FILES = (
    "Files that you had written elsewhere were not touched: sealed plans, --out files, built tables, backups."
)


def forgotten_text(forgotten: Forgotten, key: str, *, show_pii: bool) -> RenderableType:
    """Return what was erased, who they are in Zendesk and what to do there, and what was left alone."""
    shown = printable(key if show_pii else mask_identifier(key))
    lines: list[RenderableType] = []
    if forgotten.completed:
        lines.append(Text("An erasure that was cut off before is complete now."))
    if not forgotten.found:
        lines.append(Text(f"Nothing here is about {shown}."))
        return Group(*lines, Text(_OWN_FILES, "dim"))
    lines += [Text(f"Forgotten: {shown}", "bold"), *_erased(forgotten)]
    users = [
        f"{account}: user {_user_id(number, show_pii=show_pii)}" for account, number in forgotten.zendesk
    ]
    lines += copyable("Zendesk still has them; delete them there, and then for good (Deleted users)", users)
    files = [f"the embedded account {name} in .zdpipe/simulator" for name in forgotten.simulators]
    lines += copyable(
        "A simulator is a Zendesk, so what it holds was not touched; --simulator erases there too", files
    )
    return Group(*lines, Text(), Text(_LATER), Text(_OWN_FILES, "dim"))


def forgotten_json(forgotten: Forgotten, key: str, *, show_pii: bool) -> dict[str, object]:
    """Return the JSON shape; the key and the ids in Zendesk are masked unless asked otherwise."""
    users = [
        {"account": account, "user_id": number if show_pii else _user_id(number, show_pii=False)}
        for account, number in forgotten.zendesk
    ]
    return {
        "key": key if show_pii else mask_identifier(key),
        "found": forgotten.found,
        "completed": forgotten.completed,
        "erased": forgotten.erased.as_json(),
        "runs": list(forgotten.runs),
        "zendesk": users,
        "simulators": list(forgotten.simulators),
        "simulated": forgotten.simulated,
    }


def _erased(forgotten: Forgotten) -> list[Text]:
    erased = forgotten.erased
    told = (
        count(erased.known, "row") + " of the known users",
        count(erased.sent, "user object") + " in outboxes",
        count(erased.sources, "source row") + " of what was sent",
        count(erased.left_out, "other row") + ": rejected ones, remarks, values from before",
        count(erased.mentions, "mention") + " in what Zendesk said, in queries, or in rows of others",
        count(erased.logs, "log of a bug", "logs of bugs"),
        count(forgotten.simulated, "user") + " of embedded simulators",
    )
    return [Text(f"  {words}") for words in told if not words.startswith("0 ")]


def _user_id(number: int, *, show_pii: bool) -> str:
    return str(number) if show_pii else mask_identifier(str(number))
