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
        (
            f"SELECT {OK}, (SELECT max(total)::TEXT FROM Orders o WHERE o.total < random()) AS notes {FROM}",
            [],
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
        (f"{PICK} row_number() OVER (PARTITION BY amperity_id ORDER BY email) = 1", []),
        (f"{PICK} rank() OVER (PARTITION BY amperity_id) = 1", []),
        (f"SELECT {OK} {FROM} WINDOW w AS (ORDER BY email) QUALIFY row_number() OVER w = 1", []),
        (f"SELECT {OK} {FROM} WINDOW w AS (PARTITION BY email) QUALIFY row_number() OVER w = 1", ["ZD403"]),
        (f"SELECT {OK}, first_value(email IGNORE NULLS) OVER (PARTITION BY city) AS email {FROM}", ["ZD403"]),
    ],
)
def test_rows_numbered_in_no_order(text: str, expected: list[str]) -> None:
    assert codes(text) == expected
