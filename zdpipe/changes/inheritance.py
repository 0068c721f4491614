"""Whoever was known by an address alone and has an external_id now: one person, whose past goes along."""

from __future__ import annotations

from zdpipe.changes.session import Session, known_emails_sql, known_marks_sql, known_users_sql

# Zendesk takes an external_id with such an address for an update of that user (Users API, Create Or Update
# User). Of several such users only one can become the person.
_HEIRS = """
CREATE TABLE inherited AS
SELECT decided.key, alone.key AS was
FROM decided JOIN known.users AS alone ON alone.key = decided.email
WHERE alone.external_id IS NULL AND decided.key <> alone.key
  AND decided.key NOT IN (SELECT key FROM known.users SEMI JOIN decided ON decided.key = users.key)
"""
_LIVING = "DELETE FROM inherited WHERE was IN (SELECT person FROM mapped)"
_OTHERS = "DELETE FROM inherited WHERE was NOT IN (SELECT min(was) FROM inherited GROUP BY key)"


def settle_inheritance(session: Session) -> None:
    """Create `inherited` (key, was), and let `known_users` and `known_emails` tell of these people by key."""
    session.run(_HEIRS)
    (heirs,) = session.one("SELECT count(*) FROM inherited")
    if not heirs:
        return
    session.run(_LIVING)
    session.run(_OTHERS)
    key, join = "coalesce(inherited.key, there.key)", "LEFT JOIN inherited ON inherited.was = there.key"
    session.run(known_users_sql(session, key, join))
    session.run(known_emails_sql(key, join))
    session.run(known_marks_sql(key, join))
