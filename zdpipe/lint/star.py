"""A star in a SELECT list → the columns it stands for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.edits import holds_comment, identifier
from zdpipe.lint.names import TABLE_COLUMN, is_meant_custom
from zdpipe.lint.types import LISTS, SHAPELESS, result_types
from zdpipe.model.fields import NEVER_SENT, PROPERTIES, Access, is_sendable
from zdpipe.model.finding import Edit
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zdpipe.lint.outputs import Output
    from zdpipe.lint.subject import Subject

_STAR = re.compile(r"(?:(?P<table>[^\s*()]+)\s*\.\s*)?\*")
_WIDTH = 100
_LINE_START = re.compile(r"[^\r\n]*\Z")


def columns_of(output: Output, subject: Subject) -> tuple[str, ...]:
    """Return the columns that a star gives, none where nobody knows them for sure."""
    select = output.item.parent_select
    scope = subject.scopes.by_expression.get(id(select)) if select else None
    if not subject.catalog.has_schema or scope is None or select is None:
        return ()
    joins = select.args.get("joins") or ()
    if select.args.get("laterals") or any(join.args.get("using") or join.method for join in joins):
        return ()
    if any(join.kind in {"SEMI", "ANTI"} for join in joins):
        return ()
    return subject.scopes.item_names(output.item, scope) or ()


def expansion(output: Output, columns: Sequence[str], subject: Subject) -> tuple[Edit, ...]:
    """Return the edit that names the columns of a star, where every one of them may stay."""
    start, end = subject.positions.extent(output.item)
    written = subject.positions.text[start:end]
    star = _STAR.match(written)
    table = star["table"] if star else None
    select = output.item.parent_select
    reads_one = select is not None and not select.args.get("joins")
    if star is None or not (reads_one or table) or holds_comment(written):
        return ()
    others = [name for name, _ in subject.names]
    if not columns or not _may_stay(columns, others, output, subject):
        return ()
    dialect = subject.query.dialect
    prefix = f"{table}." if table else ""
    items = [f"{prefix}{identifier(name, dialect)}" for name in columns]
    return (Edit(start, end, _laid_out(items, subject.positions.text, start)),)


def _may_stay(columns: Sequence[str], others: Sequence[str], output: Output, subject: Subject) -> bool:
    """Tell whether naming the columns makes no error of any of them."""
    every = [name.casefold() for name in (*columns, *others)]
    statement: exp.Expr | None = subject.query.statement
    if len(set(every)) < len(every) or not isinstance(statement and statement.unnest(), exp.Select):
        return False
    if any(_is_guarded(name, subject) for name in columns):
        return False
    if subject.query.role is Role.ATTRIBUTE_TABLE:
        is_first = output.item is subject.outputs[0].item
        fits = all(TABLE_COLUMN.fullmatch(name) and not is_meant_custom(name) for name in columns)
        return fits and (not is_first or columns[0] == NEVER_SENT)
    fits = all(name == NEVER_SENT or is_sendable(name) for name in columns)
    return fits and _is_whole(every, subject) and _has_types_that_fit(len(every), subject)


def _is_guarded(name: str, subject: Subject) -> bool:
    entry = PROPERTIES.get(name)
    guarded = entry is not None and entry.access is Access.GUARDED
    return guarded and name not in subject.context.allowed_fields


def _is_whole(names: Sequence[str], subject: Subject) -> bool:
    """Tell whether nothing that every query needs is missing, as far as all columns are known."""
    stars = [output for output in subject.outputs if output.name is None]
    return len(stars) > 1 or ("name" in names and not {"external_id", "email"}.isdisjoint(names))


def _has_types_that_fit(number: int, subject: Subject) -> bool:
    types = result_types(subject.query, subject.catalog, number)
    return not any(kind is not None and kind.this in SHAPELESS | LISTS for kind in types)


def _laid_out(items: Sequence[str], text: str, start: int) -> str:
    """Write the items on one line, or each below the first when that would be too wide."""
    front = _LINE_START.search(text, 0, start)
    before = front[0] if front else ""
    line = ", ".join(items)
    if len(before) + len(line) <= _WIDTH:
        return line
    newline = "\r\n" if "\r\n" in text else "\n"
    indent = "".join(character if character == "\t" else " " for character in before)
    return f",{newline}{indent}".join(items)
