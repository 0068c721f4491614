"""Run beside the tests, with PostgreSQL's parser on its path: JSON texts on stdin, JSON verdicts on stdout.

A verdict tells whether a text is one SELECT, VALUES or WITH by PostgreSQL's grammar.
"""

from __future__ import annotations

import json
import sys

import pglast


def is_select(text: str) -> bool:
    """Tell whether PostgreSQL reads a text as one query."""
    try:
        statements = pglast.parse_sql(text)
    except (pglast.Error, UnicodeError):
        return False
    return [type(statement.stmt).__name__ for statement in statements] == ["SelectStmt"]


if __name__ == "__main__":
    json.dump([is_select(text) for text in json.load(sys.stdin)], sys.stdout)
