"""Each line is a query with the places of its findings, counted from 1 in code points."""

from __future__ import annotations

import pytest

from tests.lint.build import ACCOUNTS, a_query, codes, findings, places
from zdpipe.lint import LintContext, lint
from zdpipe.model.finding import Severity
from zdpipe.model.schema import SourceSchema

OK = "amperity_id AS external_id, full_name AS name"
FROM = "FROM Customer_360"
TABLE = "-- attribute_tables/contact.sql\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["ZD103 1:1-1:1"]),
        ("-- only a comment\n", ["ZD103 1:1-1:1"]),
        (f"SELECT {OK} {FROM};;", []),
        (f"SELECT {OK} {FROM};\nDROP TABLE x", ["ZD102 2:1-2:5", "ZD103 2:1-2:5"]),
        ("INSERT INTO x SELECT 1", ["ZD103 1:1-1:7"]),
        ("COPY Customer_360 TO 'x.csv'", ["ZD103 1:1-1:5"]),
        ("ATTACH 'x.db' AS y", ["ZD103 1:1-1:7"]),
        ("PRAGMA database_list", ["ZD103 1:1-1:7"]),
        ("SET threads = 1", ["ZD103 1:1-1:4"]),
        ("CALL f()", ["ZD103 1:1-1:5"]),
        ("INSTALL httpfs", ["ZD103 1:1-1:8"]),
        ("LOAD httpfs", ["ZD103 1:1-1:5"]),
        ("CHECKPOINT", ["ZD103 1:1-1:11"]),
        (f"WITH d AS (DELETE FROM Orders RETURNING *) SELECT {OK} {FROM}", ["ZD103 1:12-1:18"]),
        (f"SELECT {OK} INTO copy {FROM}", ["ZD103 1:59-1:63"]),
    ],
)
def test_a_file_is_one_select(text: str, expected: list[str]) -> None:
    assert places(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"SELECT\t* {FROM}", ["ZD104 1:8-1:9"]),
        ("FROM Customer_360", ["ZD104 1:1-1:5"]),
        ("TABLE Customer_360", ["ZD104 1:1-1:19"]),
        ("SELECT DISTINCT FROM Customer_360", ["ZD301 1:1-1:7", "ZD302 1:1-1:7"]),
        (f"SELECT\r\n  '😀' AS alias, c.* {FROM} c", ["ZD104 2:17-2:20"]),
        (f"SELECT {OK}, COLUMNS('x') {FROM}", ["ZD104 1:55-1:67"]),
        (f"SELECT {OK} {FROM} UNION ALL SELECT * {FROM}", ["ZD104 1:89-1:90"]),
        (f"SELECT {OK}, count(*) AS notes {FROM} GROUP BY ALL", []),
        (f"WITH c AS (SELECT * {FROM}) SELECT {OK} FROM c", []),
        (f"SELECT {OK} FROM (SELECT c.* {FROM} c)", []),
        (f"SELECT {OK}, count(*) {FROM} GROUP BY ALL", ["ZD105 1:55-1:63"]),
        (f"SELECT {OK}, /* x */ CASE WHEN true THEN\n1 END {FROM}", ["ZD105 1:63-2:6"]),
        (f"SELECT {OK}, email::TEXT, 1 {FROM}", ["ZD105 1:55-1:66", "ZD105 1:68-1:69"]),
        (f"SELECT {OK}, (email), c.phone {FROM} c", []),
        (f"SELECT {OK} {FROM} UNION SELECT 1, 2", []),
        (f"SELECT {OK}, email, phone AS EMAIL {FROM}", ["ZD106 1:71-1:76", "ZD306 1:71-1:76"]),
        (f"SELECT phone AS NAME, {OK} {FROM}", ["ZD306 1:17-1:21", "ZD106 1:64-1:68"]),
        (
            f'SELECT {OK}, city AS "user_fields.city", state AS "user_fields.City" {FROM}',
            ["ZD106 1:92-1:110"],
        ),
    ],
)
def test_the_result_lists_named_columns_once_each(text: str, expected: list[str]) -> None:
    assert places(text) == expected


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("crm.people", []),
        ("crm.main.people", []),
        ("CRM.Main.People", []),
        ("crm.sales.people", []),
        ("crm.other.people", ["ZD107"]),
        ("main.people", ["ZD107"]),
    ],
)
def test_tables_of_attached_databases_are_known_with_their_columns(table: str, expected: list[str]) -> None:
    columns = {"amperity_id": "VARCHAR", "full_name": "VARCHAR"}
    schema = SourceSchema({"crm.people": columns, "crm.sales.people": columns})
    assert codes(f"SELECT {OK} FROM {table}", schema=schema) == expected
    if not expected:
        assert codes(f"SELECT {OK}, mail AS email FROM {table} AS p", schema=schema) == ["ZD108"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"SELECT {OK} FROM Customer360 c", ["ZD107 1:59-1:70"]),
        (f"SELECT {OK} FROM shop.Custmer_360", ["ZD107 1:59-1:75"]),
        (f"SELECT {OK} FROM main.CUSTOMER_360", []),
        (f"WITH c AS (SELECT * FROM Oders) SELECT {OK} FROM c", ["ZD107 1:26-1:31"]),
        (f"SELECT {OK} FROM information_schema.tables", []),
        (f"SELECT {OK}, emial AS email {FROM}", ["ZD108 1:55-1:60"]),
        (f"SELECT {OK}, emial AS emial {FROM}", ["ZD108 1:55-1:60", "ZD303 1:64-1:69"]),
        (f"SELECT {OK} {FROM} c JOIN Orders o USING (amperity_id) WHERE o.totl > 1", ["ZD108 1:116-1:120"]),
        (f"SELECT {OK} {FROM} WHERE x.city = 'a'", ["ZD108 1:78-1:79"]),
        (f"SELECT {OK} {FROM} GROUP BY ALL HAVING max(emial) > 'a'", ["ZD108 1:96-1:101"]),
        (f"SELECT {OK} {FROM} GROUP BY ALL HAVING name > 'a' AND max(email) > 'a'", []),
        (
            f"SELECT {OK} {FROM} QUALIFY row_number() OVER (PARTITION BY emial ORDER BY city) = 1",
            ["ZD108 1:112-1:117"],
        ),
        (f"WITH c AS (SELECT * EXCLUDE (emial) {FROM}) SELECT {OK} FROM c", ["ZD108 1:30-1:35"]),
        (f"WITH c AS (SELECT * EXCLUDE (EMAIL) {FROM}) SELECT {OK} FROM c", []),
        (
            f"WITH c AS (SELECT c.* EXCLUDE (total) {FROM} c, Orders o) SELECT {OK} FROM c",
            ["ZD108 1:32-1:37"],
        ),
        (f"SELECT {OK}, user_fields.city AS alias {FROM}", ["ZD108 1:55-1:66"]),
        (f"WITH c AS (SELECT * EXCLUDE (email) {FROM}) SELECT {OK}, email FROM c", ["ZD108 1:110-1:115"]),
        (
            f"SELECT {OK} {FROM} WHERE EXISTS (SELECT 1 FROM Orders WHERE ttal > postal)",
            ["ZD108 1:113-1:117"],
        ),
        (f"SELECT a AS email, b AS name FROM (SELECT c0 AS a, full_name AS b {FROM})", ["ZD108 1:43-1:45"]),
        ("SELECT email AS email, 'x' AS name", ["ZD108 1:8-1:13"]),
    ],
)
def test_tables_and_columns_are_followed_to_the_source(text: str, expected: list[str]) -> None:
    assert places(text) == expected
    assert codes(text, schema=None) == [code[:5] for code in expected if not code.startswith("ZD10")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT amperity_id, email FROM Customer_360", []),
        ("SELECT AMPERITY_ID, email FROM Customer_360", []),
        ("SELECT email, amperity_id FROM Customer_360", ["ZD201 2:8-2:13"]),
        (
            "SELECT amperity_id AS Amperity_Id, email FROM Customer_360",
            ["ZD201 2:23-2:34"],
        ),
        ('SELECT amperity_id, email AS "e-mail" FROM Customer_360', ["ZD202 2:30-2:38"]),
        ("SELECT amperity_id, email AS _email FROM Customer_360", ["ZD202 2:30-2:36"]),
        ('SELECT amperity_id, city AS "user_fields.city" FROM Customer_360', ["ZD203 2:29-2:47"]),
        ('SELECT amperity_id, city AS "User_Field.city" FROM Customer_360', ["ZD203 2:29-2:46"]),
        ("SELECT amperity_id, city, email AS id FROM Customer_360", ["ZD204 2:21-2:25", "ZD204 2:36-2:38"]),
        ("SELECT amperity_id, email AS tags FROM Customer_360", ["ZD601 2:30-2:34"]),
        ("SELECT amperity_id, email FROM contact", ["ZD206 2:32-2:39"]),
    ],
)
def test_an_attribute_table_keeps_its_rules(text: str, expected: list[str]) -> None:
    assert places(TABLE + text) == expected


def test_a_query_sees_the_columns_an_attribute_table_gives() -> None:
    table = TABLE + "SELECT amperity_id, lower(full_name) AS name, phone FROM Customer_360"
    assert places(table, "SELECT amperity_id AS external_id, name, phone FROM Contact") == []
    assert places(table, "SELECT amperity_id AS external_id, name, email FROM contact") == ["ZD108 1:42-1:47"]


def test_two_files_cannot_be_one_table() -> None:
    first = "-- attribute_tables/contact.sql\nSELECT amperity_id FROM Customer_360"
    second = "-- attribute_tables/CONTACT.sql\nSELECT amperity_id FROM Customer_360"
    assert codes(first, second) == ["ZD205", "ZD205"]


def test_a_circle_is_found_from_each_of_its_tables_and_named() -> None:
    ways = {"a": "b", "b": "c", "c": "a", "d": "a"}
    texts = [f"-- attribute_tables/{t}.sql\nSELECT amperity_id FROM {read}" for t, read in ways.items()]
    found = findings(*texts)
    assert [finding.path[-5] for finding in found] == ["a", "b", "c"]
    assert "b → c → a → b" in found[1].message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"SELECT amperity_id AS external_id {FROM}", ["ZD301 1:1-1:7"]),
        (
            f"WITH c AS (SELECT * {FROM})\n  SELECT -- select\n phone, full_name AS name FROM c",
            ["ZD302 2:3-2:9"],
        ),
        (f"SELECT lower(full_name), email {FROM}", ["ZD105 1:8-1:24"]),
        (f"SELECT {OK}, city {FROM}", ["ZD303 1:55-1:59"]),
        (f"SELECT {OK}, amperity_id, EMAIL, Phone {FROM}", []),
        (
            f"SELECT {OK}, amperity_id AS id, email AS identities {FROM}",
            ["ZD304 1:70-1:72", "ZD304 1:83-1:93"],
        ),
        (f'SELECT {OK}, email AS "Email" {FROM}', ["ZD306 1:64-1:71"]),
        (f'SELECT email, full_name AS "NAME" {FROM}', ["ZD306 1:28-1:34"]),
        *(
            (f'SELECT {OK}, city AS "{name}" {FROM}', [f"ZD305 1:63-1:{65 + len(name)}"])
            for name in (
                "user_field.city",
                "userfields.city",
                "User_Fields.city",
                "user_fields.",
                "user_fields",
                "user_fields.a b",
                "user_fields.größe",
                "user_fields.a.b",
                "user_fields.12",
                "user_fields_city",
            )
        ),
        (f'SELECT {OK}, city AS "user_fields.1st_City" {FROM}', []),
    ],
)
def test_columns_are_fields_of_a_zendesk_user(text: str, expected: list[str]) -> None:
    assert places(text) == expected


@pytest.mark.parametrize("field", ["role", "custom_role_id", "organization_id", "suspended", "tags"])
def test_a_guarded_field_needs_the_projects_word_and_takes_no_comment(field: str) -> None:
    text = f"SELECT {OK}, city AS {field} {FROM}"
    assert codes(f"{text} -- noqa: ZD502, ZD601") == ["ZD601", "ZD110"]
    assert "allow = true" in findings(text)[-1].message
    assert "ZD601" not in codes(text, allowed_fields=frozenset({field}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT a AS email, b AS name FROM read_csv('x')", ["ZD602 1:35-1:43"]),
        ("SELECT a AS email, b AS name FROM READ_PARQUET(['x'])", ["ZD602 1:35-1:47"]),
        ("SELECT a AS email, b AS name FROM 'x.csv' t", ["ZD602 1:35-1:42"]),
        ("SELECT a AS email, b AS name FROM 'anything'", ["ZD602 1:35-1:45"]),
        ('SELECT a AS email, b AS name FROM "https://x.org/y"', ["ZD602 1:35-1:52"]),
        ("SELECT a AS email, b AS name FROM data.csv", ["ZD602 1:35-1:43"]),
        ("SELECT a AS email, b AS name FROM glob('*')", ["ZD602 1:35-1:39"]),
        (f"SELECT {OK}, getenv('HOME') AS notes {FROM}", ["ZD602 1:55-1:61"]),
        (f"SELECT {OK}, (SELECT content FROM read_text('/x')) AS notes {FROM}", ["ZD602 1:76-1:85"]),
        (f"WITH s AS (FROM sqlite_scan('a', 'b')) SELECT {OK} {FROM}", ["ZD602 1:17-1:28"]),
        ("SELECT a AS email, b AS name FROM query('SELECT 1')", ["ZD602 1:35-1:40"]),
        (f"SELECT {OK} {FROM} WHERE city GLOB 'A*'", []),
    ],
)
def test_nothing_outside_the_source_is_reached(text: str, expected: list[str]) -> None:
    assert places(text) == expected


def test_a_table_of_the_source_may_be_named_like_a_file() -> None:
    schema = SourceSchema({"people.csv": {"email": "VARCHAR", "name": "VARCHAR"}})
    assert codes('SELECT email, name FROM "people.csv"', schema=schema) == []


def test_a_file_that_cannot_be_parsed_has_one_finding() -> None:
    assert places("SELECT *, 1 FROM Nowhere WHERE") == ["ZD101 1:26-1:31"]


def test_every_message_of_an_error_holds_a_cure_and_where_to_read_on() -> None:
    (finding,) = findings("SELECT amperity_id AS external_id, lower(full_name) FROM Customer_360")
    assert "Write `lower(full_name) AS name`" in finding.message
    assert finding.help == "zdpipe rules ZD105"
    assert finding.severity is Severity.ERROR


def test_only_an_unknown_column_of_an_attribute_table_is_a_warning() -> None:
    (finding,) = findings(TABLE + "SELECT amperity_id, full_name FROM Customer_360")
    assert (finding.code, finding.severity) == ("ZD204", Severity.WARNING)
    assert "Did you mean `name`?" in finding.message


def test_the_project_sets_severities_and_ignores_rules_by_code_or_name() -> None:
    text = f"SELECT *, 1 {FROM}"
    assert codes(text) == ["ZD104", "ZD105"]
    assert codes(text, ignore=frozenset({"select-star"})) == ["ZD105"]
    assert codes(text, ignore_in={"queries/*": frozenset({"ZD105"}), "x/*": frozenset({"ZD104"})}) == [
        "ZD104"
    ]
    softened = findings(
        text, hints=True, severities={"ZD104": Severity.HINT, "unaliased-expression": Severity.WARNING}
    )
    assert [finding.severity for finding in softened] == [Severity.HINT, Severity.WARNING]


def test_findings_come_sorted_by_path_place_and_code() -> None:
    queries = [a_query("SELECT *,\n* FROM x", path=path) for path in ("b.sql", "a.sql")]
    found = lint(queries, LintContext())
    assert [(f.path, f.span.line) for f in found] == [("a.sql", 1), ("a.sql", 2), ("b.sql", 1), ("b.sql", 2)]


@pytest.mark.parametrize(
    ("item", "cure"),
    [
        ('city AS "custom_fields.city"', 'Write `AS "user_fields.city"`'),
        ('city AS "user.home_city"', 'write `AS "user_fields.home_city"`'),
        ('city AS "name.first"', 'write `AS "user_fields.name_first"`'),
        ('city AS "user_fields.id"', "every user. Use another key."),
        ('city AS "user_fields.notes"', "Write `AS notes` for that one, or use another key."),
    ],
)
def test_the_cure_is_the_field_that_was_meant(item: str, cure: str) -> None:
    (finding,) = findings(f"SELECT {OK}, {item} {FROM}")
    assert cure.casefold() in finding.message.casefold()


def test_a_table_without_customers_is_told_apart() -> None:
    schema = SourceSchema({"Stores": {"id": "VARCHAR"}})
    (finding,) = findings(f"{TABLE}SELECT id AS amperity_id FROM Stores", schema=schema)
    assert finding.message.endswith("There is none in `Stores`. Join a table of the source that has one.")


def test_a_malformed_key_is_told_once() -> None:
    assert codes(f'SELECT {OK}, city AS "user_fields.my-city" {FROM}', accounts=ACCOUNTS) == ["ZD305"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"SELECT {OK}, lower(email) {FROM}", "`lower(email) AS email`"),
        (f"SELECT {OK}, email, lower(email) {FROM}", '`lower(email) AS "user_fields.email"`'),
        (f"SELECT amperity_id AS external_id, upper(full_name) {FROM}", "`upper(full_name) AS name`"),
        (f"SELECT {OK}, upper(loyalty_tier) {FROM}", '`upper(loyalty_tier) AS "user_fields.loyalty_tier"`'),
        (f"SELECT {OK}, 1 {FROM}", '`1 AS "user_fields.key"`'),
    ],
)
def test_a_name_is_proposed_that_fits(text: str, name: str) -> None:
    (finding,) = findings(text)
    assert (finding.code, name in finding.message) == ("ZD105", True)
