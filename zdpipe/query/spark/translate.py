"""A query → Spark's SQL, with what is lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.dialects.spark import Spark
from sqlglot.errors import ErrorLevel

from zdpipe.query.parse import PARSER_FAILURES, deeper_recursion
from zdpipe.query.spark import casts, clauses, dates, lists, numbers, texts
from zdpipe.query.spark.kinds import like, note_kinds
from zdpipe.query.spark.lines import mark_lines
from zdpipe.query.spark.same import REFUSED, SAME
from zdpipe.query.spark.unfaithful import Loss, Unfaithful

if TYPE_CHECKING:
    from zdpipe.model.query import Query
    from zdpipe.model.schema import SourceSchema

_UNTRIED = "nobody has tried whether Spark gives the same"
_ADAPTED: dict[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.Add: dates.plus,
    exp.ArrayContains: lists.contains,
    exp.AtTimeZone: dates.to_zone,
    exp.Avg: numbers.average,
    exp.Bracket: lists.item,
    exp.Case: lists.unmixed,
    exp.CTE: clauses.cte,
    exp.Cast: casts.cast,
    exp.Ceil: numbers.floor_ceil,
    exp.Coalesce: lists.unmixed,
    exp.Concat: texts.concat,
    exp.ConcatWs: texts.concat_ws,
    exp.DPipe: texts.pipe,
    exp.DateDiff: dates.date_diff,
    exp.DayOfWeek: dates.day_of_week,
    exp.DayOfWeekIso: dates.iso_day_of_week,
    exp.Dayname: dates.day_name,
    exp.Distinct: clauses.distinct,
    exp.Div: numbers.divide,
    exp.Except: lists.together,
    exp.Extract: dates.extract,
    exp.Filter: numbers.average,
    exp.Floor: numbers.floor_ceil,
    exp.Greatest: lists.unmixed,
    exp.ILike: texts.ilike,
    exp.If: lists.unmixed,
    exp.IgnoreNulls: lists.any_value,
    exp.In: lists.among,
    exp.Intersect: lists.together,
    exp.IntDiv: numbers.divide_whole,
    exp.Interval: dates.interval,
    exp.Join: clauses.join,
    exp.Least: lists.unmixed,
    exp.Left: texts.left_right,
    exp.Length: texts.length,
    exp.Like: texts.like,
    exp.Ln: numbers.logarithm,
    exp.Lower: texts.lower,
    exp.Median: numbers.median,
    exp.Monthname: dates.month_name,
    exp.Qualify: clauses.qualify,
    exp.RegexpExtract: texts.regexp_extract,
    exp.RegexpFullMatch: texts.regexp_full,
    exp.RegexpLike: texts.regexp_like,
    exp.RegexpReplace: texts.regexp_replace,
    exp.Right: texts.left_right,
    exp.Round: numbers.round_,
    exp.Sign: numbers.sign,
    exp.Split: texts.split,
    exp.SplitPart: texts.split,
    exp.StrToTime: dates.strptime,
    exp.Sub: dates.plus,
    exp.Substring: texts.substring,
    exp.TableAlias: clauses.alias,
    exp.TimeToStr: dates.strftime,
    exp.TimestampTrunc: dates.truncate,
    exp.Trim: texts.trim,
    exp.TryCast: casts.cast,
    exp.Union: lists.together,
    exp.UnixToTime: dates.from_unix,
    exp.Upper: texts.upper,
    exp.Week: dates.week,
    exp.WeekOfYear: dates.week,
    exp.Window: numbers.average,
    exp.WindowSpec: clauses.frame,
}
_BY_NAME: dict[str, Callable[[exp.Expr], exp.Expr]] = {
    "date_part": dates.date_part,
    "now": dates.now,
    "try_strptime": dates.try_strptime,
}


@dataclass(frozen=True)
class SparkText:
    """A statement in Spark's SQL, and why it is not what was meant: nothing may be lost when it runs."""

    sql: str
    losses: tuple[Loss, ...] = ()


def spark_text(
    query: Query, schema: SourceSchema | None, tables: Mapping[str, Query], *, marked: bool = True
) -> SparkText:
    """Translate a query that holds one statement of DuckDB's SQL.

    `schema` is what the source offers, with DuckDB's names of types, and `tables` are the attribute tables;
    they tell dates from numbers. If `marked`, comments name the lines and columns that parts come from.
    """
    statement = query.statement
    if statement is None:
        raise ValueError("a query of one statement is needed")
    with deeper_recursion():
        tree: exp.Expr = statement.copy()
        note_kinds(tree, schema, tables)
        mark_lines(tree, query.text if marked else None)
        parts = list(zip(tree.walk(bfs=False), statement.walk(bfs=False), strict=True))
        losses = [loss for node, origin in reversed(parts) if (loss := _adapt(node, origin))][::-1]
        text, unsaid = _written(tree)
        losses += [Loss(statement, reason) for reason in unsaid if not losses]
        return SparkText(text, tuple(_outermost(losses)))


def _outermost(losses: list[Loss]) -> Iterator[Loss]:
    """Yield what is not part of something that is lost as a whole."""
    lost = {id(loss.node) for loss in losses}
    for loss in losses:
        above = loss.node.parent
        while above is not None and id(above) not in lost:
            above = above.parent
        if above is None:
            yield loss


def _adapt(node: exp.Expr, origin: exp.Expr) -> Loss | None:
    """Put one part, whose own parts are done, into words of Spark."""
    try:
        made = _adapted(node)
    except Unfaithful as reason:
        return Loss(origin, str(reason))
    if made is not node:
        made.add_comments(node.comments)
        like(made, node)
        node.replace(made)
    return None


def _adapted(node: exp.Expr) -> exp.Expr:
    for option in REFUSED.get(type(node), ()):
        if node.args.get(option):
            raise Unfaithful(f"Spark has no such {option.replace('_', ' ')}")
    if type(node) in SAME:
        return node
    adapt = _ADAPTED.get(type(node))
    if isinstance(node, exp.Anonymous):
        adapt = _BY_NAME.get(node.name.lower())
    if adapt is None:
        raise Unfaithful(_UNTRIED)
    return adapt(node)


def _written(tree: exp.Expr) -> tuple[str, list[str]]:
    """Return the text, and what sqlglot says that it leaves out."""
    generator = Spark().generator(unsupported_level=ErrorLevel.IGNORE)
    try:
        text = str(generator.generate(tree, copy=True))
    except PARSER_FAILURES as error:
        return "", [f"it cannot be written in Spark's SQL ({type(error).__name__})"]
    return text, list(generator.unsupported_messages)
