"""What the account said of fields that others may have changed, and what it changes about a plan."""

from __future__ import annotations

import polars as pl

from zdpipe.changes.session import Session, text
from zdpipe.model.answer import Said

# By row of the workspace and column (the field): `key` is the person's, `value` a JSON text, that of the
# account for what was changed, else the query's.
ANSWERS = pl.Schema(
    {"row": pl.Int64, "key": pl.String, "column": pl.String, "said": pl.String, "value": pl.String}
)

_ANSWERS = 'CREATE TABLE answers (row BIGINT, key VARCHAR, "column" VARCHAR, said VARCHAR, value VARCHAR)'
_NOT_CLEARED = """
UPDATE differing SET {slot} = false, clear_{slot} = false
WHERE row IN (SELECT row FROM answers WHERE "column" = {name} AND said = '{said}')
"""
_NOT_FILLED = """
UPDATE differing SET {slot} = false, ask_{slot} = false
WHERE row IN (SELECT row FROM answers WHERE "column" = {name} AND said <> '{said}')
"""
# What was filled before is asked about with `full` alone, and changes only where it is not there any more.
_FILLED = "UPDATE differing SET {slot} = true WHERE ask_{slot}"
_STILL_CERTAIN = """
UPDATE differing SET is_certain = sending = 'create' OR gets_external_id OR {full}{changes}
WHERE row IN (SELECT row FROM answers)
"""
_OTHERS = f"'{Said.FILLED}', '{Said.SAME}'"
_FOUND = "CREATE TABLE found AS SELECT row{kept} FROM answers GROUP BY row"


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
        session.run(_NOT_CLEARED.format(slot=slot, name=text(name), said=Said.CHANGED))
    for name, slot in session.columns.filling:
        session.run(_NOT_FILLED.format(slot=slot, name=text(name), said=Said.CHANGED))
        session.run(_FILLED.format(slot=slot))
    changes = "".join(f" OR {slot}" for _, slot in session.columns)
    session.run(_STILL_CERTAIN.format(full=str(session.full).lower(), changes=changes))


def settle_answers(session: Session) -> None:
    """Create `found` (row, and `kept_` with the column of each field to fill): what is others' there."""
    session.run(
        _FOUND.format(
            kept="".join(
                f', bool_or("column" = {text(name)} AND said IN ({_OTHERS})) AS kept_{slot}'
                for name, slot in session.columns.filling
            )
        )
    )
