"""Fields of a row that are sent under conditions: emptied by a null, or as the account lets them."""

from __future__ import annotations

from zdpipe.changes.session import Session
from zdpipe.model.known import literal
from zdpipe.model.policy import CLEARED

_SPECIAL = "CREATE TABLE special AS SELECT row{flags} FROM differing WHERE {any}"


def settle_special(session: Session) -> None:
    """Create `special`: the rows with a field to empty or asked about, and whether each goes.

    `clear_` and `ask_` stand before the field's column; `promotes` says that the address is to be primary.
    """
    flags = [f"clear_{slot}" for _, slot in session.columns.clearing]
    flags += [f"ask_{slot}" for _, slot in session.columns.asking]
    flags.append("promotes")
    listed = "".join(f", {flag}" for flag in flags)
    session.run(_SPECIAL.format(flags=listed, any=" OR ".join(flags)))


def count_cleared(session: Session) -> int:
    """Return how many known people would have a field emptied; without those kept, once that is known."""
    flags = [f"clear_{slot}" for _, slot in session.columns.clearing]
    empties = " OR ".join(flags) or "false"
    (people,) = session.one(f"SELECT count(*) FROM differing WHERE sending = 'update' AND ({empties})")
    return int(people)


def special_value(session: Session, name: str, slot: str) -> str:
    """Return the value of a field to send, over `mapped` and `special`: CLEARED where it is to be emptied."""
    policy = session.columns.policy(name)
    value = (
        f"CASE WHEN special.ask_{slot} THEN mapped.{slot} END" if policy.is_asked_about else f"mapped.{slot}"
    )
    if not policy.clears:
        return value
    return f"coalesce({value}, CASE WHEN special.clear_{slot} THEN {literal(CLEARED)} END)"
