"""Lead rows against the known users: who is new, who changed."""

from __future__ import annotations

from zdpipe.changes.session import Session

_GETS_EXTERNAL_ID = "(leads.external_id IS NOT NULL AND users.external_id IS NULL)"
_CHANGES = "(leads.{slot} IS NOT NULL AND leads.{slot} IS DISTINCT FROM users.{slot})"

# Whether an address differs is first asked of the primary one, which is always among a person's addresses;
# only the few that differ are looked up in the long list.
_DIFFERING = """
CREATE TABLE differing AS
SELECT leads.row, leads.person, leads.email,
  CASE WHEN users.key IS NULL THEN 'create' ELSE 'update' END AS sending,
  {certain} AS is_certain, {gets_external_id} AS gets_external_id{changes}
FROM leads LEFT JOIN known_users AS users ON users.key = leads.person
WHERE {certain} OR (leads.email IS NOT NULL AND leads.email IS DISTINCT FROM users.primary_email)
"""

_SENT_LEADS = """
CREATE TABLE sent_leads AS
SELECT row, person, sending FROM differing WHERE is_certain
UNION ALL
SELECT row, person, sending FROM (SELECT * FROM differing WHERE NOT is_certain) AS doubtful
ANTI JOIN known.emails AS owned ON owned.key = doubtful.person AND owned.email = doubtful.email
"""


def compare_leads(session: Session) -> None:
    """Create `sent_leads` (row, person, sending): the lead rows of people that are new or changed.

    A null never makes a difference, nor does the case of an external_id; a field never acknowledged does.
    `differing` keeps for each of them `gets_external_id`, and for each field whether its value would change,
    in a column named like the field's.
    """
    changes = [_CHANGES.format(slot=slot) for _, slot in session.columns]
    certain = ["users.key IS NULL", _GETS_EXTERNAL_ID, *changes, *(["true"] if session.full else [])]
    session.run(
        _DIFFERING.format(
            certain=f"({' OR '.join(certain)})",
            gets_external_id=_GETS_EXTERNAL_ID,
            changes=session.columns.listed(_CHANGES + " AS {slot}"),
        )
    )
    session.run(_SENT_LEADS)
