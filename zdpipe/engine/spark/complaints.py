"""Spark's errors → one clear message each, with a cure and the line of the query."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zdpipe.errors import QueryError

if TYPE_CHECKING:
    from pyspark.errors import PySparkException, QueryContext

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
_QUOTED_VALUE = re.compile(r"""(['"]).*\1""")
_MARK = re.compile(r"/\* @(\d+):(\d+) \*/")
_POSITION = re.compile(r"line (\d+),? pos (\d+)")


@contextmanager
def spark_errors(texts: Sequence[str] = (), lines_above: int = 0) -> Iterator[None]:
    """Turn what Spark and its client raise inside into QueryError.

    `texts` are the SQL that runs, the one it is about first; of that one `lines_above` lines are not the
    user's own.
    """
    import grpc
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        raise query_error(error, texts, lines_above) from None
    except grpc.RpcError as error:
        raise QueryError(f"Spark cannot be asked: {error.code().name}.", _cure(error.code().name)) from None


def query_error(error: PySparkException, texts: Sequence[str], lines_above: int = 0) -> QueryError:
    """Keep the first line of what Spark says, without values, and the place in the query."""
    said = str(error.getMessage()).split("\n\nJVM stacktrace")[0]
    said = _DETAILS.sub(r"\1: \2", said.partition("\n>")[0]).partition("RPC that terminated with:")[2] or said
    message = clean_message(error, said)
    place = _place(said, error.getQueryContext(), texts, lines_above)
    return QueryError("\n".join([message, *place]), _cure(f"{error.getCondition()} {said}"))


def clean_message(error: PySparkException, said: str) -> str:
    """Return Spark's own words without its codes and advice, and without what stands in rows."""
    line = next((line for line in said.strip().split("\n") if line.strip()), "")
    line = _ADVICE.sub("", _STATE.sub("", _CONDITION.sub("", line))).strip()
    if not _is_about_words(error):
        for name, value in (error.getMessageParameters() or {}).items():
            if name not in _HARMLESS and value:
                line = line.replace(value, "***")
        if error.getCondition() is None:
            line = _QUOTED_VALUE.sub(r"\1***\1", line)
    return line or "Spark refused the query without saying why."


def _is_about_words(error: PySparkException) -> bool:
    """Tell whether an error was found in the query's words, before any row was read."""
    from pyspark.errors import AnalysisException, ParseException

    return isinstance(error, AnalysisException | ParseException)


def _cure(said: str) -> str:
    return next((cure for marker, cure in _CURES if marker in said), "")


def _place(
    said: str, contexts: Sequence[QueryContext] | None, texts: Sequence[str], lines_above: int
) -> list[str]:
    """Return the line of the query as DuckDB shows it, a caret below; nothing where Spark names none."""
    for context in contexts or ():
        start, stop = context.startIndex(), context.stopIndex() + 1
        for number, text in enumerate(texts):
            if 0 <= start < stop and text[start:stop] == context.fragment():
                return _shown(text, start, stop, 0 if number else lines_above)
    position = _POSITION.search(said)
    if position is None or not texts:
        return []
    lines = texts[0].split("\n")
    start = sum(len(line) + 1 for line in lines[: int(position[1]) - 1]) + int(position[2])
    return _shown(texts[0], start, start, lines_above)


def _shown(text: str, start: int, stop: int, lines_above: int) -> list[str]:
    mark = _MARK.match(text, stop + 1) or _MARK.search(text, start)
    if mark:  # a translated text is one long line, and says itself where its parts come from
        return [f"LINE {mark[1]}, column {mark[2]}"]
    if "/* @" in text:
        return []
    before = text[:start]
    number = before.count("\n") + 1 - lines_above
    line = text.split("\n")[before.count("\n")]
    label = f"LINE {number}: "
    return [f"{label}{line.rstrip()}", " " * (len(label) + start - before.rfind("\n") - 1) + "^"]
