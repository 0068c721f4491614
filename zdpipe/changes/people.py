"""Rows of one person find their lead row; most people have a single row and are spared all of this."""

from __future__ import annotations

from zdpipe.changes.payload import payload_sql
from zdpipe.changes.session import Session

# Told by the hash of the key; somebody with one row who shares it with others is simply looked at with them.
_CROWD = """
CREATE TABLE crowd AS
SELECT hash(person) AS print FROM mapped GROUP BY print HAVING count(*) > 1
"""
_MEMBERS = "CREATE TABLE members AS FROM mapped SEMI JOIN crowd ON crowd.print = hash(mapped.person)"

# A row without external_id that joined its person by an address is there for the person's data, not to add
# the address: the person has it. Only where an external_id reads like the address of such a row, and nobody
# else has that address, does the row add it.
_STANDING = """
CREATE TABLE standing AS
WITH member AS (
  SELECT row, person, members.external_id, email, {payload} AS payload,
    coalesce(members.email = users.primary_email, false) AS is_primary
  FROM members LEFT JOIN (
    SELECT key, primary_email FROM known_users SEMI JOIN members ON members.person = known_users.key
  ) AS users ON users.key = members.person
), ordered AS (
  SELECT row, person, email, external_id IS NULL AS is_bare, is_primary,
    first_value(row) OVER by_lead AS lead_row,
    first_value(email) OVER by_lead AS lead_email,
    first_value(external_id) OVER by_lead AS lead_external_id,
    row_number() OVER (PARTITION BY person, email ORDER BY external_id IS NULL, payload, row) AS turn
  FROM member
  WINDOW by_lead AS (PARTITION BY person ORDER BY external_id IS NULL, is_primary DESC, payload, row)
)
SELECT ordered.row, ordered.person, ordered.email, lead_row, is_primary,
  owned.email IS NOT NULL AS email_is_known,
  CASE
    WHEN ordered.row = lead_row THEN 'lead'
    WHEN ordered.email IS NULL OR ordered.email IS NOT DISTINCT FROM lead_email OR turn > 1 THEN 'duplicate'
    WHEN NOT is_bare THEN 'further'
    WHEN lead_external_id IS NOT NULL AND owned.email IS NULL THEN 'further'
    ELSE 'duplicate'
  END AS role
FROM ordered
LEFT JOIN (FROM known_emails SEMI JOIN members ON members.person = known_emails.key) AS owned
  ON owned.key = ordered.person AND owned.email = ordered.email
"""


def choose_leads(session: Session) -> None:
    """Create the view `leads` and `standing`: row, person, email, lead_row, is_primary, email_is_known, role.

    `members` has the mapped rows of people with several rows, `standing` what each of them is to its person:
    role is `lead`, `further` for the row that stands for a further address, or `duplicate`; `is_primary`
    tells whether the row has the address known as primary.
    `leads` has the lead rows of all people.
    """
    session.run(_CROWD)
    session.run(_MEMBERS)
    session.run(_STANDING.format(payload=payload_sql(session.columns)))
    session.run(
        "CREATE VIEW leads AS FROM mapped"
        " ANTI JOIN (SELECT row FROM standing WHERE role <> 'lead') AS others USING (row)"
    )
