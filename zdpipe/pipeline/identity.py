"""What the identity of a query's people is made of, to be compared from run to run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from zdpipe.lint import LintContext
from zdpipe.lint.made_of import made_of
from zdpipe.model.query import Query, Role
from zdpipe.model.schema import SourceSchema
from zdpipe.pipeline.prepare import Prepared
from zdpipe.pipeline.workbench import Workbench
from zdpipe.query import read_query
from zdpipe.state.runs import RunRow

_COLUMNS = ("external_id", "email")


def identity_of(ready: Prepared) -> str:
    """Return digests, by column as JSON, of what the query's external_id and email are made of."""
    return _identity(ready.query, ready.attribute_tables, ready.schema)


def changed_identity(bench: Workbench, ready: Prepared, before: RunRow | None) -> frozenset[str]:
    """Return which of external_id and email come from elsewhere than in the last run of all people.

    A run of a version that wrote nothing down is read again, with the attribute tables of now.
    """
    if before is None:
        return frozenset()
    now = json.loads(identity_of(ready))
    then = json.loads(before.identity or _identity_then(bench, ready, before))
    return frozenset(name for name in _COLUMNS if now[name] != then[name])


def _identity_then(bench: Workbench, ready: Prepared, before: RunRow) -> str:
    root = bench.project.root
    query = read_query(root / before.query, root, Role.QUERY, bench.project.source.dialect, before.sql)
    return _identity(query, ready.attribute_tables, ready.schema)


def _identity(query: Query, tables: Sequence[Query], schema: SourceSchema) -> str:
    context = LintContext(schema=schema, attribute_tables={table.name: table for table in tables})
    traced = {name: made_of(name, query, context) for name in _COLUMNS}
    # What cannot be traced is the same only while every text that may have a part in it is.
    texts = json.dumps([query.text, sorted((table.name, table.text) for table in tables)])
    return json.dumps({name: _digest(texts if text is None else text) for name, text in traced.items()})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
