"""Good queries with places for one mistake, and the mistakes; what stands between ⟦ and ⟧ is to be found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from zdpipe.model.finding import Span

_HOLE = re.compile(r"«(\w+)»")
_LINE_END = re.compile(r"\r\n|\r|\n")
FILL = {
    "header": "",
    "select": "SELECT",
    "first": "amperity_id",
    "key": "external_id",
    "name": "full_name AS name",
    "item": "",
    "table": "Customer_360",
    "where": "",
    "tail": "",
}

# Queries without a finding, in every dialect whose quotes are put for `.
SHAPES = {
    "plain": (
        "«header»«select»\n  amperity_id AS «key»\n  ,«name»«item»\n"
        "FROM «table»\nWHERE city IS NOT NULL«where»«tail»\n"
    ),
    "one line": "«header»«select» amperity_id AS «key», «name»«item» FROM «table» WHERE true«where»«tail»",
    "tabs": (
        "«header»\t«select»\tamperity_id\tAS\t«key»,\n\t\t«name»«item»\n"
        "\tFROM\t«table»\tWHERE\ttrue«where»«tail»"
    ),
    "CTE": (
        "«header»WITH people AS (\n  SELECT * FROM «table» WHERE email IS NOT NULL\n), "
        "others AS (SELECT * FROM people)\n"
        "«select» amperity_id AS «key»,\n«name»«item»\nFROM others WHERE true«where»«tail»"
    ),
    "subquery": (
        "«header»«select» amperity_id AS «key», «name»«item» "
        "FROM (\n  SELECT * FROM «table» WHERE state = ')'\n"
        ") AS s WHERE true«where»«tail»"
    ),
    "join": (
        "«header»«select» amperity_id AS «key», «name»«item»\nFROM «table» AS c\n"
        "LEFT JOIN (SELECT amperity_id AS id, max(total) AS most FROM Orders GROUP BY amperity_id) AS o\n"
        "ON o.id = c.amperity_id WHERE true«where»«tail»"
    ),
    "comments": (
        "«header»-- SELECT it's \"a\" comment, 😀\n/* FROM x;\n   ' */ "
        "«select» /* 𝒳, */ amperity_id AS «key» -- 'key\n"
        ", /* 😀😀 */ «name»«item» /* a, b */\nFROM /* t */ «table» -- end\nWHERE true /* ) */«where»«tail»"
    ),
    "beyond the BMP": (
        "«header»«select» amperity_id AS «key», '😀𝒳' AS alias, «name»«item»\n"
        "FROM «table» WHERE city <> '𝒳😀'«where»«tail»"
    ),
    "quotes": (
        "«header»«select» `amperity_id` AS «key», «name»«item» "
        "FROM «table» AS `a 😀 b` WHERE `city` <> '`'«where»«tail»"
    ),
}

TABLES = {
    "table": (
        "«select» «first»\n  ,email AS email«item»\nFROM «table»\nWHERE city IS NOT NULL«where»«tail»\n"
    ),
    "table of a CTE": (
        "-- 😀 it's\nWITH t AS (SELECT * FROM «table»)\n"
        "«select» /* 𝒳 */ «first», email«item» FROM t WHERE true«where»«tail»"
    ),
    "table with tabs": (
        "\t«select»\t«first»,\t`email`\tAS\t`email`«item»\n\tFROM\t«table»\tWHERE\ttrue«where»«tail»"
    ),
}
QUERIES = frozenset(SHAPES)

DIALECTS = {"duckdb": '"', "trino": '"', "presto": '"', "snowflake": '"', "spark": "`", "bigquery": "`"}
ENGINE = frozenset({"duckdb"})
OTHERS = frozenset(DIALECTS) - ENGINE


@dataclass(frozen=True)
class Mistake:
    """What is put into the holes of a shape, and the codes that are due at its mark."""

    codes: str
    fill: Mapping[str, str]
    dialects: frozenset[str] = frozenset(DIALECTS)
    shapes: frozenset[str] = QUERIES


def item(codes: str, text: str, **more: frozenset[str]) -> Mistake:
    """One more item of the SELECT list."""
    return Mistake(codes, {"item": f", {text}"}, **more)


MISTAKES = (
    Mistake("ZD101", {"tail": " AND ⟦)⟧"}),
    Mistake("ZD101", {"tail": " AND city = ⟦'never ends⟧"}),
    Mistake("ZD102", {"tail": ";\n⟦SELECT⟧ 1"}),
    Mistake("ZD102 ZD103", {"tail": ";\n⟦DROP⟧ TABLE x"}),
    item("ZD104", "⟦*⟧"),
    item("ZD105", "⟦lower(city)⟧"),
    item("ZD105", "⟦CASE WHEN city = 'x' THEN\n'😀' ELSE email END⟧"),
    item("ZD106", "city AS ⟦name⟧"),
    Mistake("ZD107", {"table": "⟦Custmer_360⟧"}),
    Mistake("ZD107", {"where": " AND EXISTS (SELECT 1 FROM ⟦Oders⟧)"}),
    item("ZD108", "⟦nobody⟧ AS notes"),
    item("ZD108", "coalesce(city, /* 😀 */ ⟦`no body`⟧) AS notes"),
    Mistake("ZD108", {"where": " AND\n'😀' <> ⟦nobody⟧"}),
    Mistake("ZD108", {"where": " AND ⟦nobody⟧.city = 'a'"}),
    Mistake(
        "ZD109",
        {
            "where": " AND 'a' IN (SELECT ⟦total⟧ FROM Orders AS x JOIN Orders AS y "
            "ON x.amperity_id = y.amperity_id)"
        },
    ),
    Mistake("ZD110", {"tail": " -- noqa: ⟦ZD105⟧"}),
    Mistake("ZD111", {"tail": " -- noqa: ⟦ZD999⟧"}),
    item("ZD112", "⟦word_stem⟧(city) AS notes", dialects=OTHERS),
    item("ZD113", "⟦word_stem⟧(city) AS notes", dialects=ENGINE),
    item("ZD115", "5⟦!⟧ AS notes", dialects=ENGINE),
    Mistake("ZD301", {"name": "city AS notes", "select": "⟦SELECT⟧"}),
    Mistake("ZD302", {"key": "notes", "select": "⟦SELECT⟧"}),
    item("ZD303", "city AS ⟦town⟧"),
    item("ZD304", "city AS ⟦created_at⟧"),
    item("ZD305", "city AS ⟦`user_field.city`⟧"),
    item("ZD305", "city AS ⟦`user_fields.größe`⟧"),
    item("ZD306", "email AS ⟦`Email`⟧"),
    Mistake("ZD306", {"name": "full_name AS ⟦NAME⟧"}),
    Mistake(
        "ZD307", {"key": "notes", "item": ", ⟦city AS external_id⟧"}, shapes=QUERIES - {"CTE", "subquery"}
    ),
    item("ZD310", "city AS ⟦`user_fields.notes`⟧"),
    Mistake("ZD401", {"tail": "\nLIMIT ⟦10⟧"}),
    item("ZD402", "⟦current_timestamp⟧ AS notes"),
    item("ZD501", "⟦1 AS phone⟧"),
    item("ZD502", "⟦city AS verified⟧"),
    item("ZD503", "⟦{'a': city} AS notes⟧", dialects=ENGINE),
    item("ZD601", "city AS ⟦role⟧"),
    item("ZD601", "/* 😀 */ city AS ⟦`tags`⟧"),
    item("ZD602", "(SELECT max(city) FROM ⟦read_csv⟧('x')) AS notes", dialects=ENGINE),
    Mistake("ZD603", {"where": " AND email <> ⟦'jane.roe@acme.com'⟧"}),
    item("ZD603", "coalesce(phone, ⟦'+14155550123'⟧) AS notes"),
    item("ZD701", "city AS ⟦`user_fields.nobody`⟧"),
    item("ZD702", "city AS ⟦`user_fields.old_city`⟧"),
    item("ZD703", "⟦last_order_date AS `user_fields.points`⟧"),
    item("ZD704", "⟦'silver'⟧ AS `user_fields.card`"),
)

TABLE_MISTAKES = (
    Mistake("ZD201", {"first": "⟦phone⟧", "item": ", amperity_id"}, shapes=frozenset(TABLES)),
    Mistake("ZD201", {"first": "upper(amperity_id) AS ⟦phone⟧"}, shapes=frozenset(TABLES)),
    item("ZD202", "phone AS ⟦`pho-ne`⟧", shapes=frozenset(TABLES)),
    item("ZD202", "phone AS ⟦`_phone`⟧", shapes=frozenset(TABLES)),
    item("ZD203", "city AS ⟦`user_fields.city`⟧", shapes=frozenset(TABLES)),
    item("ZD204", "⟦city⟧", shapes=frozenset(TABLES)),
    item("ZD204", "city AS ⟦id⟧", shapes=frozenset(TABLES)),
    item("ZD105", "⟦city || '😀'⟧", shapes=frozenset(TABLES)),
    item("ZD106", "phone AS ⟦email⟧", shapes=frozenset(TABLES)),
    item("ZD108", "⟦nobody⟧ AS phone", shapes=frozenset(TABLES)),
    item("ZD601", "city AS ⟦suspended⟧", shapes=frozenset(TABLES)),
    Mistake("ZD107", {"table": "⟦Custmer_360⟧"}, shapes=frozenset(TABLES)),
)


@dataclass(frozen=True)
class Planted:
    """A text, and the span of what was marked in it."""

    text: str
    span: Span


def planted(shape: str, fill: Mapping[str, str], quote: str, line_end: str) -> Planted:
    """Fill a shape, write its quotes and line ends, and take the marks out; no mistake has no place."""
    text = _HOLE.sub(lambda hole: fill.get(hole[1], FILL[hole[1]]), (SHAPES | TABLES)[shape])
    text = text.replace("`", quote).replace("\n", line_end)
    if "⟦" not in text:
        return Planted(text, Span(1, 1, 1, 1))
    start, end = text.index("⟦"), text.index("⟧") - 1
    clean = text.replace("⟦", "").replace("⟧", "")
    return Planted(clean, Span(*_place(clean[:start]), *_place(clean[:end])))


def _place(before: str) -> tuple[int, int]:
    lines = _LINE_END.split(before)
    return len(lines), len(lines[-1]) + 1
