"""What makes every run different from the one before."""

from __future__ import annotations

import pytest

from tests.lint.build import codes, places

OK = "amperity_id AS external_id, full_name AS name"
FROM = "FROM Customer_360"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"SELECT {OK} {FROM} LIMIT 5", ["ZD401 1:78-1:79"]),
        (f"SELECT {OK} {FROM} OFFSET 5", ["ZD401 1:79-1:80"]),
        (f"SELECT {OK} {FROM} ORDER BY 1 LIMIT 5", []),
        (f"SELECT {OK} {FROM} ORDER BY ALL LIMIT 5", []),
        (f"SELECT {OK} {FROM} ORDER BY random() LIMIT 5", ["ZD401 1:96-1:97"]),
        (f"SELECT {OK} {FROM} ORDER BY 'name' LIMIT 5", ["ZD401 1:94-1:95"]),
        (f"(SELECT {OK} {FROM} ORDER BY 1) LIMIT 5", []),
        (f"SELECT {OK} {FROM} LIMIT ALL", []),
        (f"SELECT {OK} {FROM} WHERE EXISTS (SELECT 1 FROM Orders LIMIT 1)", []),
        (f"SELECT {OK} {FROM} WHERE NOT EXISTS (SELECT 1 FROM Orders LIMIT 1)", []),
        (f"SELECT {OK} {FROM} WHERE random() < 0.1", ["ZD401 1:78-1:86"]),
        (f"SELECT {OK} {FROM} LIMIT 0", []),
        (f"SELECT {OK} FROM (SELECT * {FROM} LIMIT 5)", ["ZD401 1:93-1:94"]),
        (f"SELECT {OK} {FROM} WHERE (SELECT max(total) FROM Orders LIMIT 1) > 5", []),
        (f"(SELECT {OK} {FROM}) UNION ALL (SELECT {OK} {FROM}) LIMIT 5", ["ZD401 1:163-1:164"]),
        (f"SELECT {OK} {FROM} USING SAMPLE 10%", ["ZD401 1:85-1:87"]),
        (f"SELECT {OK} FROM Customer_360 TABLESAMPLE (10)", ["ZD401 1:85-1:87"]),
    ],
)
def test_rows_picked_at_random(text: str, expected: list[str]) -> None:
    assert places(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"SELECT {OK}, current_date AS notes {FROM}", ["ZD402 1:55-1:67"]),
        (f"SELECT {OK}, 'as of ' || now() AS notes {FROM}", ["ZD402 1:67-1:72"]),
        (f"SELECT {OK}, CURRENT_TIMESTAMP AS notes {FROM}", ["ZD402 1:55-1:72"]),
        (f"SELECT {OK}, today() AS notes {FROM}", ["ZD402 1:55-1:62"]),
        (
            "SELECT uuid() AS external_id, full_name AS name FROM Customer_360",
            ["ZD307 1:8-1:29", "ZD402 1:8-1:14"],
        ),
        (f"WITH c AS (SELECT *, random() AS r {FROM}) SELECT {OK}, r AS notes FROM c", ["ZD402 1:22-1:30"]),
        (f"WITH c AS (SELECT *, random() AS r {FROM}) SELECT {OK} FROM c WHERE r < 0.5", []),
        (
            f"WITH c AS (SELECT *, now() AS r {FROM}), d AS (SELECT * FROM c) SELECT {OK}, r AS notes FROM d",
            ["ZD402 1:22-1:27"],
        ),
        (
            f"SELECT {OK}, x AS notes FROM (SELECT *, 1 AS x {FROM} UNION ALL SELECT *, now() AS y {FROM})",
            ["ZD402 1:127-1:132"],
        ),
        (f"SELECT {OK} {FROM} WHERE last_order_date > current_date - 30", []),
        (f"SELECT {OK}, last_order_date > today() - 30 AS notes {FROM}", []),
        (f"SELECT {OK}, CASE WHEN last_order_date > today() - 30 THEN 'a' ELSE 'b' END AS notes {FROM}", []),
        (
            f"SELECT {OK}, CASE WHEN city = 'a' THEN today() END AS notes {FROM}",
            ["ZD402 1:81-1:88"],
        ),
        (f"SELECT {OK}, random() < 0.5 AS notes {FROM}", ["ZD402 1:55-1:63"]),
        (f"SELECT {OK}, age(last_order_date) AS notes {FROM}", ["ZD402 1:55-1:75"]),
        (f"SELECT {OK}, date_part('year', age(last_order_date)) AS notes {FROM}", []),
        (f"SELECT {OK}, date_diff('year', last_order_date, today()) AS notes {FROM}", []),
        (f"SELECT {OK}, date_trunc('month', now()) AS notes {FROM}", []),
        (f"SELECT {OK}, date_trunc('day', now()) AS notes {FROM}", ["ZD402 1:73-1:78"]),
        (f"SELECT {OK}, year(today()) AS notes {FROM}", []),
        (f"SELECT {OK}, today() - INTERVAL 1 YEAR AS notes {FROM}", ["ZD402 1:55-1:62"]),
        (
            f"SELECT {OK}, (SELECT max(total)::TEXT FROM Orders o WHERE o.total < random()) AS notes {FROM}",
            ["ZD401 1:110-1:118"],
        ),
        (f"SELECT {OK}, count(*) FILTER (last_order_date > now()) AS notes {FROM} GROUP BY ALL", []),
        (f"SELECT {OK}, now() AS notes, now() AS details {FROM}", ["ZD402 1:55-1:60", "ZD402 1:71-1:76"]),
    ],
)
def test_values_that_change_by_themselves(text: str, expected: list[str]) -> None:
    assert places(text) == expected


PICK = f"SELECT {OK} {FROM} QUALIFY"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{PICK} row_number() OVER (PARTITION BY amperity_id) = 1", ["ZD403"]),
        (f"{PICK} row_number() OVER (PARTITION BY amperity_id ORDER BY 1) = 1", ["ZD403"]),
        (f"{PICK} row_number() OVER () = 1", ["ZD403"]),
        (f"{PICK} row_number() OVER (PARTITION BY amperity_id ORDER BY amperity_id) = 1", ["ZD403"]),
        (f"{PICK} row_number() OVER (PARTITION BY amperity_id ORDER BY random()) = 1", ["ZD403"]),
        (f"SELECT DISTINCT ON (amperity_id) {OK} {FROM}", ["ZD403"]),
        (f"SELECT DISTINCT ON (amperity_id) {OK} {FROM} ORDER BY amperity_id", ["ZD403"]),
        (f"SELECT DISTINCT ON (amperity_id) {OK} {FROM} ORDER BY 1, 2", []),
        (f"SELECT DISTINCT ON (amperity_id) {OK} {FROM} ORDER BY amperity_id, email", []),
        (f"SELECT DISTINCT {OK} {FROM}", []),
        (f"{PICK} row_number() OVER (PARTITION BY amperity_id ORDER BY email) = 1", []),
        (f"{PICK} rank() OVER (PARTITION BY amperity_id) = 1", []),
        (f"SELECT {OK} {FROM} WINDOW w AS (ORDER BY email) QUALIFY row_number() OVER w = 1", []),
        (f"SELECT {OK} {FROM} WINDOW w AS (PARTITION BY email) QUALIFY row_number() OVER w = 1", ["ZD403"]),
        (f"SELECT {OK}, first_value(email IGNORE NULLS) OVER (PARTITION BY city) AS email {FROM}", ["ZD403"]),
    ],
)
def test_rows_numbered_in_no_order(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


DAY = "last_order_date DESC"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{PICK} row_number() OVER (PARTITION BY city ORDER BY {DAY}) = 1", ["ZD405 1:126-1:141"]),
        (f"{PICK} row_number() OVER (PARTITION BY city ORDER BY city, {DAY}) = 1", ["ZD405 1:132-1:147"]),
        (f"{PICK} row_number() OVER (PARTITION BY city ORDER BY {DAY}, amperity_id) = 1", []),
        (f"{PICK} row_number() OVER (PARTITION BY city ORDER BY email) = 1", []),
        (f"{PICK} row_number() OVER (PARTITION BY city ORDER BY lower(email), {DAY}) = 1", []),
        (
            f"{PICK} row_number() OVER w = 1 WINDOW w AS (PARTITION BY city ORDER BY {DAY})",
            ["ZD405 1:144-1:159"],
        ),
        (f"SELECT DISTINCT ON (city) {OK} {FROM} ORDER BY city, {DAY}", ["ZD405 1:106-1:121"]),
        (f"{PICK} rank() OVER (PARTITION BY city ORDER BY {DAY}) = 1", []),
    ],
)
def test_rows_that_can_be_first_together(text: str, expected: list[str]) -> None:
    assert places(text, hints=True) == expected


def test_ties_are_only_told_where_types_are_known() -> None:
    text = f"{PICK} row_number() OVER (PARTITION BY city ORDER BY {DAY}) = 1"
    assert codes(text, schema=None, hints=True) == []


JOINED = "FROM Customer_360 c JOIN Orders o ON o.amperity_id = c.amperity_id"
NAMED = "c.amperity_id AS external_id, c.full_name AS name"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"SELECT {NAMED}, sum(o.total) AS notes {JOINED} GROUP BY c.amperity_id, c.full_name", []),
        (f"SELECT {NAMED}, sum(o.total) AS notes {JOINED} GROUP BY 1, 2", []),
        (f"SELECT {NAMED}, sum(o.total) AS notes {JOINED} GROUP BY ALL", []),
        (f"SELECT {NAMED}, sum(total) AS notes {JOINED} GROUP BY c.amperity_id, full_name", []),
        (f"SELECT {NAMED}, o.total AS notes {JOINED} GROUP BY ALL", ["ZD404 1:59-1:66"]),
        (f"SELECT {NAMED}, total AS notes {JOINED} GROUP BY 1, 2, 3", ["ZD404 1:156-1:157"]),
        (
            (
                "WITH o AS (SELECT amperity_id, max(total) AS total FROM Orders GROUP BY 1)\n"
                "SELECT c.amperity_id AS external_id, c.full_name AS name, o.total AS notes\n"
                "FROM Customer_360 c JOIN o ON o.amperity_id = c.amperity_id GROUP BY ALL"
            ),
            [],
        ),
    ],
)
def test_groups_that_repeat_a_customer(text: str, expected: list[str]) -> None:
    assert places(text) == expected
