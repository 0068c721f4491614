"""Spark's errors → one clear message each, with a cure and the line of the query."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zdpipe.engine.spark.places import place_of
from zdpipe.errors import QueryError

if TYPE_CHECKING:
    from pyspark.errors import PySparkException

_SCHEMA = "`zdpipe schema` writes what the source offers to schema.json."
_CURES = (
    ("TABLE_OR_VIEW_NOT_FOUND", f"{_SCHEMA} Name its database in front, or under [source] databases."),
    ("UNRESOLVED_COLUMN", _SCHEMA),
    ("UNRESOLVED_ROUTINE", "Write it with functions that Spark has, or install this one there."),
    ("PARSE_SYNTAX_ERROR", "`zdpipe lint` shows the place in the file."),
    ("USER_RAISED_EXCEPTION", "NaN and infinity are no DECIMAL; TRY_CAST makes null of them, as in DuckDB."),
    ("CAST_", "Use TRY_CAST where a value may not fit; it gives null instead."),
    ("PATH_NOT_FOUND", "Spark itself looks for the path: name one that the whole cluster sees."),
    (
        "maxResultSize",
        "Results pass through Spark's driver: raise spark.driver.maxResultSize and memory (docs/scaling.md).",
    ),
    (
        "OutOfMemoryError",
        "Give Spark's executors more memory, or its partitions fewer rows; docs/scaling.md has more.",
    ),
    ("UNAVAILABLE", "Look at the server's log, then run again: nothing was sent."),
)
# What the parameters of these names hold comes from the query or from Spark, and from no row.
_HARMLESS = frozenset({"ansiConfig", "config", "functionName", "sourceType", "suggestion", "targetType"})
_DETAILS = re.compile(r'status = StatusCode\.(\w+)\s+details = "(.*?)"\s+debug_error_string', re.DOTALL)
_CONDITION = re.compile(r"^\[[A-Z0-9_.]+\] ")
_STATE = re.compile(r"\s*SQLSTATE: \w+.*$")
_ADVICE = re.compile(r"\s*(?:Please, refer to|If necessary set|To tolerate|Use `try_\w+`) .*$")
_THROWN = re.compile(r"((?:\w+\.)+\w*(?:Error|Exception)): .*")
_QUOTED_VALUE = re.compile(r"""(['"]).*\1""")


@contextmanager
def spark_errors(texts: Mapping[str, str] | None = None, lines_above: int = 0) -> Iterator[None]:
    """Turn what Spark and its client raise inside into QueryError.

    `texts` are the SQL of attribute tables by name, and what runs by no name, `QUERY`; of that one
    `lines_above` lines are not the user's own.
    """
    import grpc
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        raise query_error(error, texts or {}, lines_above) from None
    except grpc.RpcError as error:
        raise QueryError(f"Spark cannot be asked: {error.code().name}.", _cure(error.code().name)) from None


def query_error(error: PySparkException, texts: Mapping[str, str], lines_above: int = 0) -> QueryError:
    """Keep the first line of what Spark says, without values, and the place in the query."""
    said = str(error.getMessage()).split("\n\nJVM stacktrace")[0]
    said = _DETAILS.sub(r"\1: \2", said.partition("\n>")[0]).partition("RPC that terminated with:")[2] or said
    message = clean_message(error, said)
    place = place_of(said, error.getQueryContext() or (), texts, lines_above)
    return QueryError("\n".join([message, *place]), _cure(f"{error.getCondition()} {said}"))


def clean_message(error: PySparkException, said: str) -> str:
    """Return Spark's own words without its codes and advice, and without what stands in rows."""
    line = next((line for line in said.strip().split("\n") if line.strip()), "")
    line = _ADVICE.sub("", _STATE.sub("", _CONDITION.sub("", line))).strip()
    if not _is_about_words(error):
        for name, value in (error.getMessageParameters() or {}).items():
            if name not in _HARMLESS and value:
                line = line.replace(value, "***")
        if error.getCondition() is None:  # whatever was thrown, in whatever words
            line = _QUOTED_VALUE.sub(r"\1***\1", _THROWN.sub(r"\1", line))
    return line or "Spark refused the query without saying why."


def _is_about_words(error: PySparkException) -> bool:
    """Tell whether an error was found in the query's words, before any row was read."""
    from pyspark.errors import AnalysisException, ParseException

    return isinstance(error, AnalysisException | ParseException)


def _cure(said: str) -> str:
    return next((cure for marker, cure in _CURES if marker in said), "")
