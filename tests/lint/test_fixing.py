from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lint.build import CUSTOMER_360, SCHEMA
from tests.lint.mending import CONTACT, found, mended
from zdpipe.lint import mend
from zdpipe.lint.fixing import apply, compatible
from zdpipe.model.finding import Edit, Finding, Severity, Span
from zdpipe.model.query import Role
from zdpipe.model.schema import SourceSchema

OK = "amperity_id AS external_id, full_name AS name"
FROM = "FROM Customer_360"
TABLE = Role.ATTRIBUTE_TABLE


def a_finding(*edits: Edit, code: str = "ZD999") -> Finding:
    return Finding(code, "test", Severity.ERROR, "Wrong.", "q.sql", Span(1, 1, 1, 1), fix=edits)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"SELECT {OK}, email AS Email {FROM}", f"SELECT {OK}, email AS email {FROM}"),
        (f'SELECT {OK}, email "EMAIL" {FROM}', f'SELECT {OK}, email "email" {FROM}'),
        (f"SELECT {OK}, email AS 'eMail' {FROM}", f"SELECT {OK}, email AS 'email' {FROM}"),
        (
            f"SELECT {OK}, Phone FROM (SELECT *, phone AS Phone {FROM}) ORDER BY Phone",
            f"SELECT {OK}, Phone AS phone FROM (SELECT *, phone AS Phone {FROM}) ORDER BY Phone",
        ),
        (f"\tSELECT {OK} ,\r\n\t/* É */ email AS Email -- Email", None),
        (f'SELECT {OK}, city AS "user_field.city" {FROM}', f'SELECT {OK}, city AS "user_fields.city" {FROM}'),
        (f'SELECT {OK}, city AS "UserFields.City" {FROM}', f'SELECT {OK}, city AS "user_fields.City" {FROM}'),
        (f"SELECT {OK}, email, phone, email {FROM}", f"SELECT {OK}, email, phone {FROM}"),
        (f"SELECT {OK}\n  ,email\n  ,email\n{FROM}", f"SELECT {OK}\n  ,email\n{FROM}"),
        (
            f"SELECT {OK}, email, email, email {FROM} ORDER BY email",
            f"SELECT {OK}, email {FROM} ORDER BY email",
        ),
    ],
)
def test_what_is_safe_is_mended_and_nothing_else_is_touched(before: str, after: str | None) -> None:
    wanted = after if after is not None else before.replace("AS Email", "AS email")
    assert mended(before).text == wanted


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT {OK}, phone AS phnoe {FROM}",
        f"SELECT {OK}, lower(email) {FROM}",
        f'SELECT {OK}, city AS "user_field.city name" {FROM}',
        f"SELECT {OK}, city AS user_fields_city {FROM}",
        f'SELECT {OK}, city AS "user_field.c", state AS "user_fields.C" {FROM}',
        f'SELECT {OK}, city AS "user_field.c", state AS "userfields.c" {FROM}',
        f"SELECT {OK}, email, phone AS email, email {FROM}",
        f"SELECT {OK}, email, email {FROM} ORDER BY 4",
        f"SELECT {OK}, email, /* why */ email {FROM}",
        f"SELECT {OK}, email, email {FROM} UNION SELECT 'a', 'b', 'c', 'd'",
        f"SELECT {OK}, random() AS alias, random() AS alias {FROM}",
        f"SELECT * {FROM}",
        "SELECT amperity_id AS external_id, email AS Email FROM",
    ],
)
def test_what_is_not_safe_stays_as_it_is(text: str) -> None:
    after = mended(text)
    assert after.text == text
    assert after.findings
    assert not any(finding.fixable for finding in after.findings)


@pytest.mark.parametrize(
    ("dialect", "before", "after"),
    [
        ("bigquery", f"SELECT {OK}, city AS `User_Field.x` {FROM}", "`user_fields.x`"),
        ("spark", "SELECT external_id, name, `User_Field.x` FROM t", " `User_Field.x` AS `user_fields.x`"),
        ("trino", f'SELECT {OK}, city AS "Phone" {FROM}', '"phone"'),
    ],
)
def test_names_are_quoted_as_the_dialect_does(dialect: str, before: str, after: str) -> None:
    columns = ("external_id", "name", "User_Field.x")
    schema = SourceSchema({"t": dict.fromkeys(columns, "VARCHAR")})
    assert after in mended(before, dialect=dialect, schema=schema if "FROM t" in before else None).text


def test_a_name_that_a_table_spells_otherwise_is_mended_with_as() -> None:
    schema = SourceSchema({"t": dict.fromkeys(("external_id", "NAME", "Phone"), "VARCHAR")})
    after = mended("SELECT external_id, (name), t.Phone, FROM t", schema=schema)
    assert after.text == "SELECT external_id, (name) AS name, t.Phone AS phone, FROM t"
    assert after.findings == ()


def test_the_key_of_an_attribute_table_gets_its_spelling() -> None:
    text = f"SELECT amperity_id AS Amperity_ID, phone {FROM}"
    assert mended(text, TABLE).text == f"SELECT amperity_id AS amperity_id, phone {FROM}"


def test_an_allowed_or_silenced_finding_is_not_mended() -> None:
    text = f"SELECT {OK}, email AS Email {FROM} -- noqa: ZD306"
    assert mended(text).text == text
    assert mended(text.partition(" --")[0], ignore=frozenset({"ZD306"})).text == text.partition(" --")[0]


def test_a_fix_that_makes_an_error_is_left_out_and_the_others_are_made() -> None:
    good, bad = a_finding(Edit(0, 1, "A"), code="ZD1"), a_finding(Edit(2, 3, "!"), code="ZD2")

    def lint_text(text: str) -> list[Finding]:
        left = [bad] if "b" in text else []
        return [*left, a_finding(code="ZD3")] if "!" in text else [*left, *([good] if "a" in text else [])]

    after = mend("a b", lint_text("a b"), lint_text)
    assert (after.text, after.mended) == ("A b", 1)


def test_a_rule_that_is_never_content_comes_to_an_end() -> None:
    after = mend("x", [a_finding(Edit(0, 0, "x"))], lambda text: [a_finding(Edit(0, 0, "x"))])
    assert len(after.text) < 100


def test_of_overlapping_fixes_the_first_wins() -> None:
    first, second = a_finding(Edit(0, 3, "")), a_finding(Edit(2, 4, ""), Edit(9, 9, "x"))
    third, touching = a_finding(Edit(5, 6, "y")), a_finding(Edit(6, 7, "z"))
    assert compatible([first, second, third, touching]) == (first, third)


@given(st.text(max_size=20), st.data())
def test_edits_are_made_as_if_by_hand_from_the_left(text: str, data: st.DataObject) -> None:
    places = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True)))
    pairs = list(zip(places[::2], places[1::2], strict=False))
    edits = [Edit(start, end, f"<{number}>") for number, (start, end) in enumerate(pairs)]
    wanted, at = "", 0
    for edit in edits:
        wanted, at = wanted + text[at : edit.start] + edit.new, edit.end
    assert apply(text, reversed(edits)) == wanted + text[at:]


_NAME_LIST = """
name NAME Email email phone "Phone" external_id External_Id amperity_id "user_field.x" "User_Fields.x"
"userfields.y" 'Notes' alias tags city "user_fields.z" "user_field." id
"""
_VALUES = st.sampled_from(["email", "c.phone", "(full_name)", "lower(city)", "'x'"])
_NAMED = st.builds(
    "{} {}{}".format, _VALUES, st.sampled_from(["AS ", ""]), st.sampled_from(_NAME_LIST.split())
)
_PLAIN = st.sampled_from(
    ["*", "c.*", "email", "phone", "c.email", "* EXCLUDE (email)", "1", "c.amperity_id", "name"]
)
_COMMENTS = st.sampled_from(
    [
        "",
        "",
        "",
        " -- noqa",
        " -- noqa: ZD306",
        " -- noqa: ZD104,ZD305 so",
        "-- Email",
        "/* -- noqa: ZD1 */",
    ]
)
_SEPARATORS = st.sampled_from([", ", "{}\n  ,", ",{}\r\n\t", " ,{}\n"])
_SOURCES = st.sampled_from(
    [
        "Customer_360 c",
        "contact c",
        "contact c JOIN Customer_360 d USING (amperity_id)",
        "(SELECT email AS Email, phone, name FROM contact JOIN Customer_360 USING (amperity_id)) c",
    ]
)


@st.composite
def _selects(draw: st.DrawFn) -> str:
    text = draw(_NAMED | _PLAIN)
    for item in draw(st.lists(_NAMED | _PLAIN, max_size=5)):
        text += draw(_SEPARATORS).format(draw(_COMMENTS)) + item
    end = draw(st.sampled_from(["", " ORDER BY 1", " ORDER BY email", ";", "\n", " UNION SELECT 1"]))
    return f"SELECT {text}{draw(_COMMENTS)}\nFROM {draw(_SOURCES)}{end}"


@settings(deadline=None)
@given(_selects(), st.sampled_from(Role), st.sampled_from([SCHEMA, None]))
def test_mending_settles_and_makes_no_error(text: str, role: Role, schema: SourceSchema | None) -> None:
    before, after = found(text, role, schema), mended(text, role, schema)
    assert not any(finding.fixable for finding in after.findings)
    assert not _errors(after.findings) - _errors(before)
    assert mended(after.text, role, schema).text == after.text
    assert bool(after.mended) == (after.text != text) == any(finding.fixable for finding in before)


@settings(deadline=None)  # the first query waits for the engine
@given(_selects())
def test_a_mended_query_gives_the_same_values(text: str) -> None:
    before = _values(text)
    assert before is None or _values(mended(text).text) == before


def _errors(findings: Sequence[Finding]) -> Counter[str]:
    return Counter(finding.code for finding in findings if finding.severity is Severity.ERROR)


def _values(text: str) -> list[list[tuple[str, object]]] | None:
    """Each row's values with their fields, however those are spelled; None for a query that does not run."""
    try:
        result = _engine().cursor().execute(text)
    except duckdb.Error:
        return None
    fields = [_field(column[0]) for column in result.description]
    return sorted(sorted({*zip(fields, row, strict=True)}, key=str) for row in result.fetchall())


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    columns = [f"'{name} ' || i AS {name}" for name in CUSTOMER_360]
    engine = duckdb.connect()
    engine.execute(f"CREATE TABLE Customer_360 AS SELECT {', '.join(columns)} FROM range(2) r(i)")
    engine.execute(f"CREATE VIEW contact AS {CONTACT}")
    return engine


def _field(name: str) -> str:
    return re.sub("^user_?fields?[.]", "user_fields.", name.lower())
