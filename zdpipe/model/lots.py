"""Some of many people, drawn by lot; the same ones for the same people."""

from __future__ import annotations

# Sorting ten million people does not fit in 250 MB beside what else a plan has there (DuckDB 2.0). Counting
# how many have which beginning of a lot does, and then a few hundred are left to be sorted. 'none' is behind
# every beginning: where there are fewer than are wanted, all are drawn.
_DRAWN = """
WITH candidate AS MATERIALIZED (SELECT *, left(md5({key}), 4) AS lot FROM ({people})),
  counted AS (SELECT lot, count(*) AS people FROM candidate GROUP BY lot),
  summed AS (SELECT lot, people, sum(people) OVER (ORDER BY lot) AS through FROM counted),
  last AS (
    SELECT coalesce(min(lot), 'none') AS lot, {size} - coalesce(arg_min(through - people, lot), 0) AS rest
    FROM summed WHERE through >= {size}
  )
SELECT * EXCLUDE (lot) FROM candidate WHERE lot < (SELECT lot FROM last)
UNION ALL
SELECT * EXCLUDE (lot) FROM candidate WHERE lot = (SELECT lot FROM last)
QUALIFY row_number() OVER (ORDER BY md5({key}), {key}) <= (SELECT rest FROM last)
"""


def drawn(people: str, key: str, size: int) -> str:
    """Return the statement of `size` rows of a statement, or all if there are fewer; each has its own key."""
    if not size:
        return f"FROM ({people}) LIMIT 0"
    return _DRAWN.format(people=people, key=key, size=size)
