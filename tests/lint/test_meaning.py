"""Rules about where values come from, what types they have, and what the account takes."""

from __future__ import annotations

import pytest

from tests.lint.build import ACCOUNTS, codes, findings, places

OK = "amperity_id AS external_id, full_name AS name"
FROM = "FROM Customer_360"
JOIN = "FROM Customer_360 c JOIN Orders o ON o.amperity_id = c.amperity_id"
TABLE = "-- attribute_tables/contact.sql\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"SELECT amperity_id AS external_id, full_name AS name {JOIN}", ["ZD109 1:8-1:19"]),
        (f"SELECT c.amperity_id AS external_id, full_name AS name {JOIN} WHERE amperity_id > ''", ["ZD109"]),
        (f"SELECT {OK} FROM Customer_360 c JOIN Orders o USING (amperity_id)", []),
        (f"SELECT {OK} FROM Customer_360 c NATURAL JOIN Orders o", []),
        (f"SELECT {OK} FROM Customer_360 c SEMI JOIN Orders o ON o.amperity_id = c.amperity_id", []),
        (f"SELECT c.amperity_id AS external_id, full_name AS name {JOIN} ORDER BY total", []),
    ],
)
def test_columns_of_several_tables(text: str, expected: list[str]) -> None:
    found = places(text)
    assert [
        place if " " in wanted else place.split()[0] for place, wanted in zip(found, expected, strict=True)
    ] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"SELECT email AS external_id, full_name AS name {FROM}", ["ZD307 1:8-1:28"]),
        (f"SELECT lower(amperity_id) AS external_id, full_name AS name {FROM}", []),
        (f"SELECT 'crm-' || amperity_id AS external_id, full_name AS name {FROM}", []),
        (
            f"WITH c AS (SELECT amperity_id AS i, * {FROM}) SELECT i AS external_id, i AS name FROM c",
            [],
        ),
        (
            f"WITH c AS (SELECT email AS i, * {FROM}) SELECT i AS external_id, i AS name FROM c",
            ["ZD307 1:59-1:75"],
        ),
        ("SELECT i AS external_id, i AS name FROM (VALUES ('a')) t(i)", []),
        ("SELECT 'me' AS external_id, 'Me' AS name", []),
        (
            f"SELECT row_number() OVER (ORDER BY amperity_id) AS external_id, full_name AS name {FROM}",
            ["ZD307 1:8-1:63"],
        ),
    ],
)
def test_keys_come_from_the_amperity_id(text: str, expected: list[str]) -> None:
    assert places(text) == expected


def test_keys_are_followed_through_attribute_tables() -> None:
    good = f"{TABLE}SELECT amperity_id, amperity_id AS external_id, full_name AS name {FROM}"
    bad = f"{TABLE}SELECT amperity_id, email AS external_id, full_name AS name {FROM}"
    query = "SELECT external_id, name FROM contact"
    assert codes(good, query) == []
    assert codes(bad, query) == ["ZD307"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"SELECT email AS amperity_id, phone {FROM}", ["ZD207"]),
        (f"SELECT 'x' AS amperity_id, phone {FROM}", ["ZD207"]),
        ("SELECT i AS amperity_id, 'x' AS phone FROM (VALUES ('a')) t(i)", []),
        ("SELECT o.amperity_id, c.email FROM Orders o JOIN Customer_360 c ON true", ["ZD208"]),
        ("SELECT amperity_id, total AS notes FROM Orders", []),
        (
            (
                "WITH o AS (SELECT amperity_id AS i, total FROM Orders), p AS (SELECT i FROM o)\n"
                "SELECT c.amperity_id, c.email FROM Customer_360 c JOIN p ON p.i = c.amperity_id"
            ),
            ["ZD208"],
        ),
        (
            "SELECT c.amperity_id, c.email FROM Customer_360 c JOIN (SELECT total FROM Orders) o ON true",
            ["ZD208"],
        ),
        (
            (
                "WITH o AS (SELECT amperity_id AS i, sum(total) FROM Orders GROUP BY 1)\n"
                "SELECT c.amperity_id, c.email FROM Customer_360 c JOIN o ON o.i = c.amperity_id"
            ),
            [],
        ),
        (
            (
                "WITH o AS (SELECT *, row_number() OVER (PARTITION BY amperity_id ORDER BY total) AS n\n"
                "FROM Orders)\n"
                "SELECT c.amperity_id, c.email FROM Customer_360 c JOIN\n"
                "(SELECT amperity_id AS i FROM o WHERE n = 1) o ON o.i = c.amperity_id"
            ),
            [],
        ),
        (f"SELECT lower(amperity_id) AS amperity_id, phone {FROM}", []),
        ("SELECT c.amperity_id, o.total AS notes FROM Customer_360 c JOIN Orders o ON true", ["ZD208"]),
        ("SELECT c.amperity_id, 1 AS notes FROM Customer_360 c SEMI JOIN Orders o ON true", []),
        (
            "SELECT c.amperity_id, max(total) AS notes FROM Customer_360 c JOIN Orders o ON true GROUP BY 1",
            [],
        ),
        ("SELECT DISTINCT c.amperity_id FROM Customer_360 c JOIN Orders o ON true", []),
    ],
)
def test_attribute_tables_have_one_row_a_customer(text: str, expected: list[str]) -> None:
    assert codes(TABLE + text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "SELECT amperity_id AS external_id, 'x' AS name, total AS notes FROM Orders GROUP BY 1, 3",
            ["ZD404 1:88-1:89"],
        ),
        (
            "SELECT amperity_id AS external_id, 'x' AS name FROM Orders GROUP BY amperity_id, total",
            ["ZD404 1:82-1:87"],
        ),
        ("SELECT amperity_id AS external_id, 'x' AS name FROM Orders GROUP BY external_id", []),
        ("SELECT amperity_id AS external_id, max(total) AS notes, 'x' AS name FROM Orders GROUP BY ALL", []),
        (f"SELECT {OK} {FROM} GROUP BY amperity_id, full_name", []),
    ],
)
def test_a_customer_is_grouped_once(text: str, expected: list[str]) -> None:
    assert places(text) == expected


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("phone::BIGINT AS phone", ["ZD501"]),
        ("phone AS phone", []),
        ("lifetime_value AS external_id", ["ZD307", "ZD501"]),
        ("'yes' AS verified", ["ZD502"]),
        ("email IS NOT NULL AS verified", []),
        ("{'a': 1} AS notes", ["ZD503"]),
        ("[email] AS notes", ["ZD503"]),
        ('[email] AS "user_fields.points"', []),
        ("MAP {'a': 1} AS \"user_fields.city\"", ["ZD503"]),
        ('lifetime_value AS "user_fields.lifetime_value"', ["ZD504"]),
        ('round(lifetime_value, 2) AS "user_fields.lifetime_value"', []),
        ('lifetime_value::DECIMAL(10, 2) AS "user_fields.lifetime_value"', []),
        ("no_such_function(email) AS phone", ["ZD113"]),
    ],
)
def test_types_fit_the_fields(item: str, expected: list[str]) -> None:
    key = "" if "external_id" in item else "amperity_id AS external_id, "
    assert codes(f"SELECT {key}full_name AS name, {item} {FROM}", hints=True) == expected


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ('city AS "user_fields.town"', ["ZD701"]),
        ('city AS "user_fields.old_city"', ["ZD702"]),
        ('lifetime_value AS "user_fields.lifetime_value"', []),
        ('lifetime_value AS "user_fields.points"', ["ZD504", "ZD703"]),
        ('city AS "user_fields.opt_in"', ["ZD703"]),
        ('last_order_date::TIMESTAMP AS "user_fields.last_order_date"', ["ZD703"]),
        ('[city] AS "user_fields.city"', ["ZD703"]),
        ("'gold' AS \"user_fields.card\"", []),
        ("'Gold card' AS \"user_fields.card\"", ["ZD704"]),
        ("CASE WHEN city = 'x' THEN 'gold' ELSE 'silver' END AS \"user_fields.card\"", ["ZD704"]),
        ("coalesce(loyalty_tier, 'nothing') AS \"user_fields.card\"", ["ZD704"]),
        ('loyalty_tier AS "user_fields.card"', []),
    ],
)
def test_custom_fields_fit_the_account(item: str, expected: list[str]) -> None:
    assert codes(f"SELECT {OK}, {item} {FROM}", hints=True, accounts=ACCOUNTS) == expected


def test_the_account_and_the_age_of_its_fields_are_named() -> None:
    (finding,) = findings(f'SELECT {OK}, city AS "user_fields.citi" {FROM}', accounts=ACCOUNTS)
    assert "acme.zendesk.com (fields as of 2026-11-20)" in finding.message
    assert "Did you mean `city`?" in finding.message
    assert "zdpipe schema --to production" in finding.message


def test_a_label_leads_to_its_options_value() -> None:
    (finding,) = findings(f"SELECT {OK}, 'no card' AS \"user_fields.card\" {FROM}", accounts=ACCOUNTS)
    assert "Did you mean `none`?" in finding.message


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ("jane@acme.com", ["ZD603"]),
        ("%@acme.com", []),
        ("jane@example.com", []),
        ("@", []),
        ("info@acme.com", []),
        ("no-reply@acme.com", []),
        ("jane@shop.example", []),
        ("+14155550100", ["ZD603"]),
        ("+1 (415) 555-0100", ["ZD603"]),
        ("(415) 555-0100", ["ZD603"]),
        ("4111 1111 1111 1111", ["ZD603"]),
        ("1234567890123456", []),
        ("3f1c9a52-8b1e-4f6e-9f64-6c8d9c1f0a77", []),
        ("94105-1234", []),
        ("+%", []),
        ("postgres://crm:hunter22@db/crm", ["ZD603"]),
        ("https://acme.com/a:b@c", []),
        ("host=db password=hunter22", ["ZD603"]),
        ("%password=%", []),
        ("glpat-" + "a1B2" * 5, ["ZD603"]),
        ("2026-11-23", []),
        ("AKIA" + "A1B2C3D4E5F6G7H8", ["ZD603"]),
        ("078-05-1120", ["ZD603"]),
        ("gold", []),
    ],
)
def test_literals_that_are_data(literal: str, expected: list[str]) -> None:
    assert codes(f"SELECT {OK} {FROM} WHERE email <> '{literal}'") == expected


NEWEST = "row_number() OVER (PARTITION BY amperity_id ORDER BY last_order_date DESC)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"SELECT {OK}, coalesce(email, phone) AS email {FROM}", ["ZD311 1:55-1:86"]),
        (f"SELECT {OK}, coalesce(email, '') AS email {FROM}", []),
        (f"SELECT {OK}, nullif(trim(lower(email)), '') AS email {FROM}", []),
        (
            f"SELECT {OK}, CASE WHEN city = 'x' THEN email ELSE phone END AS email {FROM}",
            ["ZD311 1:55-1:110"],
        ),
        (f"SELECT {OK}, CASE WHEN city = 'x' THEN email END AS email {FROM}", []),
        (f"SELECT {OK}, max_by(email, last_order_date) AS email {FROM} GROUP BY ALL", ["ZD311 1:55-1:94"]),
        (f"SELECT {OK}, max_by(email, city) AS email {FROM} GROUP BY ALL", []),
        (f"SELECT {OK}, last(email ORDER BY last_order_date) AS email {FROM} GROUP BY ALL", ["ZD311"]),
        (f"SELECT {OK}, max(email) AS email {FROM} GROUP BY ALL", []),
        (f"SELECT {OK}, email {FROM} QUALIFY {NEWEST} = 1", ["ZD311 1:55-1:60"]),
        (f"WITH r AS (SELECT *, {NEWEST} AS n {FROM}) SELECT {OK}, email FROM r WHERE n = 1", ["ZD311"]),
        (
            (
                f"WITH r AS (SELECT *, {NEWEST} AS n {FROM}), s AS (SELECT * FROM r WHERE n = 1)\n"
                f"SELECT {OK}, lower(email) AS email FROM s"
            ),
            ["ZD311 2:55-2:76"],
        ),
        (f"WITH r AS (SELECT *, {NEWEST} AS n {FROM}) SELECT {OK}, email FROM r", []),
        (
            f"SELECT {OK}, (SELECT e.email {FROM} e ORDER BY e.last_order_date DESC LIMIT 1) AS email {FROM}",
            ["ZD311"],
        ),
        (
            f"SELECT DISTINCT ON (amperity_id) {OK}, email {FROM} ORDER BY amperity_id, last_order_date DESC",
            ["ZD311 1:81-1:86"],
        ),
        (f"SELECT {OK}, coalesce(email, phone) AS email, true AS verified {FROM}", []),
        (f"SELECT full_name AS name, coalesce(email, phone) AS email {FROM}", []),
    ],
)
def test_addresses_that_change_from_time_to_time(text: str, expected: list[str]) -> None:
    found = [place for place in places(text, hints=True) if place.startswith("ZD311")]
    assert [
        place if " " in wanted else place.split()[0] for place, wanted in zip(found, expected, strict=True)
    ] == expected


def test_a_time_is_known_by_its_name_where_its_type_is_not() -> None:
    text = f"SELECT {OK}, email FROM t QUALIFY row_number() OVER (PARTITION BY email ORDER BY %s DESC) = 1"
    for column, expected in (("updated_at", ["ZD311"]), ("signup_date", ["ZD311"]), ("score", [])):
        assert codes(text % column, schema=None, hints=True) == expected


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ('last_order_date::TIMESTAMP AS "user_fields.birthday"', ["ZD505 1:55-1:107"]),
        ('last_order_date::TIMESTAMPTZ AS "user_fields.birthday"', ["ZD505 1:55-1:109"]),
        ('last_order_date AS "user_fields.birthday"', []),
        ('last_order_date::TIMESTAMP AS "user_fields.last_order"', []),
        ('loyalty_tier AS "user_fields.vip"', ["ZD502 1:55-1:88"]),
        ("loyalty_tier = 'gold' AS \"user_fields.vip\"", []),
        ('lifetime_value AS "user_fields.share"', []),
    ],
)
def test_types_are_compared_with_the_kinds_of_the_project(item: str, expected: list[str]) -> None:
    assert places(f"SELECT {OK}, {item} {FROM}") == expected


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("[city]", "array_to_string"),
        ("INTERVAL 1 DAY", "date_part('day', …)"),
        ("'x'::BLOB", "hex(…)"),
        ("{'a': city}", "one of its values"),
    ],
)
def test_the_cure_fits_the_type(item: str, words: str) -> None:
    (finding,) = findings(f"SELECT {OK}, {item} AS notes {FROM}")
    assert (finding.code, words in finding.message) == ("ZD503", True)


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("'Gold card'", "Did you mean `gold`?"),
        ("coalesce(loyalty_tier, 'silver')", "Its options are gold, none."),
        ("CASE WHEN city = 'a' THEN 'gold' ELSE '' END", None),
    ],
)
def test_options_are_named(item: str, words: str | None) -> None:
    found = findings(f'SELECT {OK}, {item} AS "user_fields.card" {FROM}', accounts=ACCOUNTS)
    assert [words is not None and words in finding.message for finding in found] == [True] * bool(words)
