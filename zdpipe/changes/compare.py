"""Lead rows against the known users: who is new, who changed."""

from __future__ import annotations

from zdpipe.changes.columns import Columns
from zdpipe.changes.session import Session
from zdpipe.changes.unchanged import knows_anybody
from zdpipe.model.known import literal
from zdpipe.model.policy import CLEARED, Nulls, SendOn

_GETS_EXTERNAL_ID = "(leads.external_id IS NOT NULL AND users.external_id IS NULL)"
_PROMOTES = "coalesce(leads.email <> users.primary_email, false)"
_CHANGES = "(leads.{slot} IS NOT NULL AND leads.{slot} IS DISTINCT FROM users.{slot})"
_UNFILLED = f"""(leads.{{slot}} IS NOT NULL AND users.kept_{{slot}} IS NULL
  AND coalesce(users.{{slot}}, {literal(CLEARED)}) = {literal(CLEARED)})"""
_ON = {SendOn.CREATE: " AND users.key IS NULL", SendOn.UPDATE: " AND users.key IS NOT NULL", SendOn.BOTH: ""}
# What zdpipe sent, or whatever may be there.
_CLEARABLE = {
    Nulls.CLEAR_OWN: f"users.own_{{slot}} AND users.{{slot}} <> {literal(CLEARED)}",
    Nulls.CLEAR: f"users.{{slot}} IS DISTINCT FROM {literal(CLEARED)}",
}
_CLEARS = """(leads.{slot} IS NULL AND coalesce({clearable}, false)
  AND (leads.unread IS NULL OR NOT contains(leads.unread, {name})))"""

# A part may be larger than what fits into memory: DuckDB spills what it joins, up to a point.
_SPILLED = 6

# Whether an address differs is first asked of the primary one, which is always among a person's addresses;
# only the few that differ are looked up in the long list.
_DIFFERING = """
SELECT leads.row, leads.person, leads.email, leads.external_id IS NOT NULL AS has_external_id,
  CASE WHEN users.key IS NULL THEN 'create' ELSE 'update' END AS sending,
  {certain} AS is_sent, {gets_external_id} AS gets_external_id, {promotes} AS promotes
  {changes}{clears}{asks}
FROM (SELECT * FROM ({leads}) WHERE {leads_of_part}) AS leads
LEFT JOIN (SELECT * FROM known_users WHERE {users_of_part}) AS users ON users.key = leads.person
WHERE {certain} OR (leads.email IS NOT NULL AND leads.email IS DISTINCT FROM users.primary_email)
"""

# Whose rows are just as known, and stay theirs, need no look.
_LOOKED_AT = """
CREATE OR REPLACE TABLE looked_at AS
SELECT row FROM opened UNION ALL SELECT row FROM moved
UNION ALL SELECT row FROM records SEMI JOIN returners USING (key)
"""

_NEW_ADDRESS = """
UPDATE differing SET is_sent = true WHERE row IN (
  SELECT row FROM (SELECT row, person, email FROM differing WHERE NOT is_sent) AS doubtful
  ANTI JOIN known_emails AS owned ON owned.key = doubtful.person AND owned.email = doubtful.email
  WHERE doubtful.email IS NOT NULL
)
"""


def compare_leads(session: Session, fitting: int) -> None:
    """Create `differing` (row, person, email, has_external_id, sending, is_sent): the lead rows that are new
    or changed, or may be; `is_sent` tells which are sent whatever their address.

    A null makes a difference where the field's policy clears it, the case of an external_id never does; a
    field never acknowledged does, but for one that is filled only where it is empty and was, by whomever.
    `differing` also has `gets_external_id`, `promotes` (the address is to be the primary one), and for each
    field whether its value would change, in a column named like the field's. Those that may be cleared have
    `clear_` and that name, those of which the account decides `ask_` and that name: whether they are.

    So many rows are `fitting` into memory at once, with what they are joined with.
    """
    leads, most = _leads_to_look_at(session)
    comparison = _comparison(session)
    # Ten million wide rows and as many others do not fit at once.
    parts = max(1, -(-most // (fitting * _SPILLED)))
    for part in range(parts):
        leads_of_part, users_of_part = (
            f"hash({key}) % {parts} = {part}" if parts > 1 else "true" for key in ("person", "key")
        )
        differing = _DIFFERING.format(
            leads=leads, leads_of_part=leads_of_part, users_of_part=users_of_part, **comparison
        )
        session.run(f"{'INSERT INTO differing' if part else 'CREATE TABLE differing AS'} {differing}")


def choose_sent_leads(session: Session) -> None:
    """Create the view `sent_leads`, those of `differing` that are sent: addresses are looked up now."""
    session.run(_NEW_ADDRESS)
    session.run("CREATE VIEW sent_leads AS FROM differing WHERE is_sent")


def _leads_to_look_at(session: Session) -> tuple[str, int]:
    """Return the statement of the leads, and how many of them at most are held against known users."""
    if not knows_anybody(session):
        return "FROM leads", 0
    (everybody,) = session.one("SELECT count(*) FROM records")
    if session.full:
        return "FROM leads", everybody
    session.run(_LOOKED_AT)
    (some,) = session.one("SELECT count(*) FROM looked_at")
    if some > everybody // 2:  # telling most of them from the others takes longer than a look at all
        return "FROM leads", everybody
    return "FROM leads SEMI JOIN looked_at USING (row)", some


def _comparison(session: Session) -> dict[str, str]:
    """Return the conditions of `_DIFFERING`."""
    changes = {slot: _change(session.columns, name, slot) for name, slot in session.columns}
    clears = {slot: _clear(session.columns, name, slot) for name, slot in session.columns.clearing}
    differs = [f"({test} OR {clears[slot]})" if slot in clears else test for slot, test in changes.items()]
    promotes = _PROMOTES if session.makes_primary else "false"
    certain = ["users.key IS NULL", _GETS_EXTERNAL_ID, promotes, *differs]
    certain.append(session.sent_anyway("leads.person"))
    asks = (
        f", {_ask(session, name, slot, clears.get(slot))} AS ask_{slot}"
        for name, slot in session.columns.asking
    )
    return {
        "certain": f"({' OR '.join(certain)})",
        "gets_external_id": _GETS_EXTERNAL_ID,
        "promotes": promotes,
        "changes": "".join(f", {test} AS {slot}" for slot, test in zip(changes, differs, strict=True)),
        "clears": "".join(f", {test} AS clear_{slot}" for slot, test in clears.items()),
        "asks": "".join(asks),
    }


def _change(columns: Columns, name: str, slot: str) -> str:
    policy = columns.policy(name)
    differs = _UNFILLED if policy.only_if_empty else _CHANGES
    return f"({differs.format(slot=slot)}{_ON[policy.send_on]})"


def _ask(session: Session, name: str, slot: str, clears: str | None) -> str:
    """With `full` the account is asked anew, whatever is known; a list is emptied of ours alone."""
    policy = session.columns.policy(name)
    sent = _change(session.columns, name, slot)
    if session.full:
        sent = f"(leads.{slot} IS NOT NULL{_ON[policy.send_on]})"
    return f"({sent} OR {clears})" if policy.merges and clears else sent


def _clear(columns: Columns, name: str, slot: str) -> str:
    policy = columns.policy(name)
    clearable = _CLEARABLE[policy.nulls].format(slot=slot)
    test = _CLEARS.format(slot=slot, clearable=clearable, name=literal(f",{name},"))
    return f"({test}{_ON[policy.send_on]})"
