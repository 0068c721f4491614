"""The statements of `[source] setup`: run before the session is locked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from zdpipe.engine.complaints import clean_message, open_error
from zdpipe.engine.extensions import CODE, missing_extension
from zdpipe.engine.hidden import Hidden
from zdpipe.engine.place import Place
from zdpipe.engine.prepared import named, prepare
from zdpipe.errors import ProjectError

# MotherDuck has no such option; there a token of its kind «read scaling» reads only.
_WRITABLE = """
SELECT database_name FROM duckdb_databases()
WHERE NOT internal AND NOT readonly AND path IS NOT NULL AND type != 'motherduck'
"""


def run_setup(
    con: duckdb.DuckDBPyConnection, statements: Sequence[str], place: Place, hidden: Hidden
) -> None:
    """Run the statements in their order; what they attach must be there, and be attached for reading only.

    The secrets they use are added to `hidden`. Raises ProjectError with the statement's number, with the code
    `extension_missing` where DuckDB lacks an extension, and CredentialError for a secret that is not there.
    """
    for number, statement in enumerate(statements, start=1):
        prepared = prepare(number, statement, place)
        hidden.add(prepared.secrets)
        try:
            con.execute(prepared.text)
        except duckdb.Error as error:
            said = str(error)
            if prepared.secrets:  # DuckDB shortens the SQL it points at, and half a secret is not recognized
                said = said.partition("\n\nLINE ")[0]
            raise _failed(number, hidden.hide(said), prepared.attached) from None
    _refuse_writable(con)


def _refuse_writable(con: duckdb.DuckDBPyConnection) -> None:
    for (name,) in con.execute(_WRITABLE).fetchall():
        raise ProjectError(
            f"[source] setup attaches the database {name} for writing.",
            f"Add READ_ONLY to its options: ATTACH '…' AS {name} (READ_ONLY). Queries only read.",
        )


def _failed(number: int, said: str, attached: Sequence[Path]) -> ProjectError:
    missing = missing_extension(said)
    if missing:
        return ProjectError(
            f"{named(number)} needs what is not here. {missing.message}", missing.hint, code=CODE
        )
    concerned = next((path for path in attached if str(path) in said), None)
    if concerned:
        error = open_error(concerned, said)
        return ProjectError(f"{named(number)} failed: {error.message}", error.hint)
    return ProjectError(f"{named(number)} failed: {clean_message(said)}", "Correct it in zdpipe.toml.")
