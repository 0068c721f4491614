"""Functions whose value is another one at the next run."""

from __future__ import annotations

from sqlglot import exp

# DuckDB documentation, "Utility functions", "Timestamp functions" and "Date functions"; Trino and Snowflake
# call some of them otherwise. Those that sqlglot knows have classes of their own.
_CLASSES = (
    exp.CurrentDate,
    exp.CurrentDatetime,
    exp.CurrentTime,
    exp.CurrentTimestamp,
    exp.CurrentTimestampLTZ,
    exp.Localtime,
    exp.Localtimestamp,
    exp.Rand,
    exp.Randn,
    exp.Uuid,
)
_WORDS = """
    clock_timestamp current_localtime current_localtimestamp gen_random_uuid generate_uuid get_current_time
    get_current_timestamp getdate newid nextval now random randstr sysdate systimestamp today
    transaction_timestamp uuid uuid_string uuidv4 uuidv7
"""
_NAMES = frozenset(_WORDS.split())


def is_volatile(node: exp.Expr) -> bool:
    """Tell whether a function gives another value at another time."""
    if isinstance(node, _CLASSES):
        return True
    return isinstance(node, exp.Anonymous) and node.name.lower() in _NAMES
