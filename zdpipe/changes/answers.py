"""What the account said of fields that others may have changed, and what it changes about a plan."""

from __future__ import annotations

import polars as pl

from zdpipe.changes.session import Session
from zdpipe.model.answer import Said
from zdpipe.model.known import literal

# By row of the workspace and column (the field): `key` is the person's, `value` a JSON text: what the account
# holds of what was changed, the list to send of what was merged, else the query's. `others` says what of the
# field is others' and stays, as a column `kept:` does.
ANSWERS = pl.Schema(
    {
        "row": pl.Int64,
        "key": pl.String,
        "column": pl.String,
        "said": pl.String,
        "value": pl.String,
        "others": pl.String,
    }
)

_ANSWERS = """
CREATE TABLE answers
(row BIGINT, key VARCHAR, "column" VARCHAR, said VARCHAR, value VARCHAR, others VARCHAR)
"""
_NOT_CLEARED = """
UPDATE differing SET {slot} = false, clear_{slot} = false
WHERE row IN (SELECT row FROM answers WHERE "column" = {name} AND said = '{said}')
"""
_NOT_SENT = """
UPDATE differing SET {slot} = false, ask_{slot} = false{clear}
WHERE row IN (SELECT row FROM answers WHERE "column" = {name} AND said IN ({said}))
"""
# What was filled before is asked about with `full` alone, and changes only where it is not there any more.
_FILLED = "UPDATE differing SET {slot} = true WHERE ask_{slot}"
_STILL_CERTAIN = """
UPDATE differing SET is_sent = sending = 'create' OR gets_external_id OR promotes OR {anyway}{changes}
WHERE row IN (SELECT row FROM answers)
"""
_LEFT_OUT = ", ".join(f"'{said}'" for said in (Said.FILLED, Said.SAME, Said.LATER))
_FOUND = "CREATE TABLE found AS SELECT row{columns} FROM answers GROUP BY row"
_MAX = ", max({what}) FILTER (\"column\" = {name} AND said <> '{changed}') AS {kind}_{slot}"


def take_answers(session: Session, answers: pl.DataFrame | None) -> None:
    """Take back what the account does not let us send: a table of `ANSWERS`, None where nobody was asked.

    Whose row has nothing else to send counts as unchanged.
    """
    session.run(_ANSWERS)
    if answers is None:
        return
    session.connection.register("said", answers.select(ANSWERS.names()).to_arrow())
    session.run("INSERT INTO answers SELECT * FROM said")
    session.connection.unregister("said")
    for name, slot in session.columns.clearing:
        session.run(_NOT_CLEARED.format(slot=slot, name=literal(name), said=Said.CHANGED))
    for name, slot in session.columns.asking:
        clear = f", clear_{slot} = false" if session.columns.policy(name).clears else ""
        session.run(_NOT_SENT.format(slot=slot, name=literal(name), said=_LEFT_OUT, clear=clear))
    for _, slot in session.columns.filling:
        session.run(_FILLED.format(slot=slot))
    changes = "".join(f" OR {slot}" for _, slot in session.columns)
    session.run(_STILL_CERTAIN.format(anyway=session.sent_anyway("person"), changes=changes))


def settle_answers(session: Session) -> None:
    """Create `found` (row): what of a field is others', in `kept_` and its column, and the list to send.

    The list, of fields that are merged, is in `merged_` and the column.
    """
    columns = [("others", "kept", name, slot) for name, slot in session.columns.asking]
    columns += [("value", "merged", name, slot) for name, slot in session.columns.merging]
    listed = "".join(
        _MAX.format(what=what, kind=kind, name=literal(name), slot=slot, changed=Said.CHANGED)
        for what, kind, name, slot in columns
    )
    session.run(_FOUND.format(columns=listed))
