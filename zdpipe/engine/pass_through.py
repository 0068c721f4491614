"""Functions that hand a text on to be run as SQL, which no check of the query can look into."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from zdpipe.engine.statement_words import Word, statements_of
from zdpipe.errors import QueryError

# postgres_query, mysql_execute, quack_query_by_name, json_execute_serialized_sql, query: whether they write
# is up to the other database, and a COMMIT in such a text ends the transaction that only reads.
_RUNNING = re.compile(r"query|\w+_(?:query|execute|attach)(?:_\w+)?", re.IGNORECASE)
_NAMES = re.compile(r'[\w"]+|,')


def refuse_pass_through(text: str) -> None:
    """Raise QueryError where a query calls a function that runs SQL held in a text."""
    for statement in statements_of(text):
        words = [word for word in statement if not word.is_comment]
        for index, word in enumerate(words):
            name = word.text.strip('"')
            if _RUNNING.fullmatch(name) and not word.is_literal and _is_called(words[index + 1 :]):
                raise QueryError(
                    f"{name} runs SQL that stands in a text, and a query may only read.",
                    "Read the tables of an attached database by their names: SELECT … FROM crm.schema.table.",
                )


def _is_called(after: Sequence[Word]) -> bool:
    """Tell a call from the columns that WITH and AS give to a name: `my_query(id, email)`."""
    if not after or after[0].text != "(":
        return False
    inside = takewhile(lambda word: word.text != ")", after[1:])
    return any(word.is_literal or not _NAMES.fullmatch(word.text) for word in inside)
