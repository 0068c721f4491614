from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.lint.build import CUSTOMER_360, SCHEMA, a_query, codes, findings
from zdpipe.lint import LintContext, lint

# The examples of Amperity's documentation of its Zendesk destination.
DOCUMENTED = """
SELECT
  amperity_id AS external_id
  ,LOWER(full_name) AS name
  ,email AS email
FROM Customer_360
;;
SELECT
  amperity_id AS external_id
  ,LOWER(full_name) AS name
  ,email AS email
  ,phone AS phone
  ,address AS "user_fields.address"
  ,address2 AS "user_fields.address2"
  ,city AS "user_fields.city"
  ,state AS "user_fields.state"
  ,postal AS "user_fields.postal"
FROM Customer_360
;;
SELECT
  amperity_id AS external_id,
  lower(full_name) AS name,
  phone AS phone,
  city AS "user_fields.city"
FROM Customer_360
;;
-- attribute_tables/zendesk.sql
SELECT
  amperity_id
  ,amperity_id AS external_id
  ,email AS email
  ,LOWER(full_name) AS name
  ,phone AS phone
FROM Customer_360
""".strip().split("\n;;\n")

LEGAL = """
SELECT {} FROM Customer_360 c LEFT JOIN (SELECT amperity_id AS i, sum(total) AS total FROM Orders
GROUP BY 1) o ON o.i = c.amperity_id WHERE o.total > 1
;;
SELECT {} FROM Customer_360 c, (SELECT c.email AS e) x WHERE x.e IS NOT NULL
;;
SELECT {}, upper(city) AS alias, alias || 'y' AS notes FROM Customer_360 ORDER BY alias, name
;;
SELECT {} FROM Customer_360 WHERE (SELECT max(total) FROM Orders o WHERE o.amperity_id = full_name)
> 10
;;
SELECT {} FROM Customer_360 c SEMI JOIN Orders o ON o.amperity_id = c.amperity_id
;;
SELECT {} FROM Customer_360 ANTI JOIN Orders USING (amperity_id)
;;
SELECT {}, u.e AS notes FROM Customer_360 CROSS JOIN unnest([email, phone]) AS u(e)
;;
SELECT {}, x.t AS alias FROM Customer_360, LATERAL (SELECT email AS t) x
;;
SELECT {} FROM (FROM Customer_360 SELECT amperity_id, full_name WHERE email IS NOT NULL)
;;
SELECT {} FROM (VALUES ('a', 'b')) AS t(amperity_id, full_name)
;;
WITH t(amperity_id, full_name) AS (VALUES ('a', 'b')) SELECT {} FROM t
;;
WITH t AS (VALUES ('a', 'b')) SELECT col0 AS external_id, col1 AS name FROM t
;;
WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT 'x' || n AS email,
'n' || n AS name FROM t
;;
WITH Orders AS (SELECT * FROM Customer_360) SELECT {} FROM Orders
;;
SELECT {} FROM (SELECT * FROM Customer_360 c JOIN Orders o USING (amperity_id)) x
;;
SELECT {}, s.a.b AS notes FROM (SELECT *, {{'a': {{'b': 1}}}} AS s FROM Customer_360)
;;
SELECT {}, struct_pack(k := email).k AS notes FROM Customer_360
;;
SELECT {}, list_filter([1, 2], lambda q: q > 1) AS notes, [e FOR e IN [1, 2] IF e > 1] AS details
FROM Customer_360
;;
SELECT {}, date_trunc('month', last_order_date) AS notes, extract(year FROM last_order_date) AS
details, rowid AS signature FROM Customer_360 WHERE last_order_date < current_date
;;
SELECT {}, sum(lifetime_value) OVER w AS notes FROM Customer_360 WINDOW w AS (PARTITION BY city)
;;
SELECT {} FROM Customer_360 QUALIFY row_number() OVER (PARTITION BY email ORDER BY last_order_date
DESC) = 1
;;
SELECT {}, count(*) AS notes FROM Customer_360 GROUP BY ALL HAVING count(*) > 0 ORDER BY ALL
;;
SELECT {} FROM Customer_360 UNION ALL SELECT amperity_id, 'x' FROM Orders ORDER BY external_id
;;
SELECT {} FROM Customer_360 UNION ALL BY NAME SELECT amperity_id AS external_id, 'x' AS email FROM
Orders
;;
SELECT {}, t::VARCHAR AS notes FROM Customer_360 t
;;
SELECT {} FROM Customer_360 NATURAL JOIN Orders WHERE total > 1
;;
SELECT r.i AS external_id, r.i AS name FROM range(10) r(i)
;;
(SELECT {} FROM Customer_360)
;;
SELECT DISTINCT ON (email) email, name: full_name FROM Customer_360 ORDER BY email, full_name
;;
SELECT c.x AS external_id, c.full_name AS name FROM Customer_360 AS c(x)
;;
SELECT {} FROM Customer_360 PIVOT (sum(lifetime_value) FOR state IN ('CA')) ORDER BY CA
;;
SELECT {} FROM (PIVOT Customer_360 ON city USING count(*) GROUP BY amperity_id, full_name)
;;
SELECT {} FROM (UNPIVOT Customer_360 ON email, phone INTO NAME k VALUE v) WHERE v IS NOT NULL
;;
SELECT {} FROM (UNPIVOT (SELECT amperity_id, full_name, email, phone FROM Customer_360) ON email, phone
INTO NAME k VALUE v) x WHERE x.v IS NOT NULL
;;
SELECT column_name AS external_id, column_type AS name FROM (SUMMARIZE Customer_360)
;;
SELECT c.amperity_id AS external_id, full_name AS name FROM Customer_360 c
JOIN Orders o ON o.amperity_id = c.amperity_id WHERE EXISTS (SELECT 1 FROM Orders x WHERE amperity_id = '1')
;;
SELECT {} FROM Customer_360 c JOIN (PIVOT Orders ON total USING count(*) GROUP BY amperity_id) p
USING (amperity_id)
""".strip().split("\n;;\n")

MAPPING = "amperity_id AS external_id, full_name AS name"


@pytest.mark.parametrize("text", DOCUMENTED)
def test_the_documented_examples_are_clean(text: str) -> None:
    assert findings(text) == []
    assert findings(text, schema=None) == []


@pytest.fixture(scope="module")
def source() -> duckdb.DuckDBPyConnection:
    with duckdb.connect() as connection:
        for name, columns in SCHEMA.tables.items():
            listed = ", ".join(
                f"{column} {kind.replace('UUID', 'VARCHAR')}" for column, kind in columns.items()
            )
            connection.execute(f"CREATE TABLE {name} ({listed})")
        yield connection


@pytest.mark.parametrize("template", LEGAL)
def test_what_duckdb_accepts_has_no_finding(template: str, source: duckdb.DuckDBPyConnection) -> None:
    text = template.format(MAPPING)
    source.sql(text)
    assert findings(text) == []


@pytest.mark.parametrize("dialect", ["presto", "trino", "spark", "snowflake", "redshift", "postgres"])
def test_other_dialects_are_read_as_such(dialect: str) -> None:
    text = (
        f"SELECT {MAPPING}, coalesce(cast(postal AS varchar(9)), 'x') AS notes FROM customer_360 c\n"
        "WHERE last_order_date > current_date - interval '1' day AND EXISTS (SELECT 1 FROM orders o\n"
        "WHERE o.amperity_id = c.amperity_id)"
    )
    assert lint([a_query(text, dialect=dialect)], LintContext(schema=SCHEMA)) == []


def test_the_repositorys_own_sql_is_clean() -> None:
    paths = [*Path("attribute_tables").glob("*.sql"), *Path("queries").glob("*.sql")]
    texts = [f"-- {path.parent}/{path.name}\n{path.read_text('utf-8')}" for path in paths]
    assert texts
    assert codes(*texts, schema=None) == []


def test_columns_of_the_test_schema_are_all_in_lower_case() -> None:
    assert [name for name in CUSTOMER_360 if name != name.lower()] == []
