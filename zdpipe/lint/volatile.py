"""Functions whose value is another one at the next run."""

from __future__ import annotations

from sqlglot import exp

# DuckDB documentation, "Utility functions", "Timestamp functions" and "Date functions"; Trino and Snowflake
# call some of them otherwise. Those that sqlglot knows have classes of their own.
_CLOCKS = (
    exp.CurrentDate,
    exp.CurrentDatetime,
    exp.CurrentTime,
    exp.CurrentTimestamp,
    exp.CurrentTimestampLTZ,
    exp.Localtime,
    exp.Localtimestamp,
)
_DICE = (exp.Rand, exp.Randn, exp.Uuid)
_CLOCK_WORDS = """
    clock_timestamp current_localtime current_localtimestamp get_current_time get_current_timestamp getdate
    now sysdate systimestamp today transaction_timestamp
"""
_CLOCK_NAMES = frozenset(_CLOCK_WORDS.split())
_DICE_WORDS = "gen_random_uuid generate_uuid newid nextval random randstr uuid uuid_string uuidv4 uuidv7"
_DICE_NAMES = frozenset(_DICE_WORDS.split())


def is_clock(node: exp.Expr) -> bool:
    """Tell whether a function gives the time, or what has passed since."""
    if isinstance(node, _CLOCKS):
        return True
    if not isinstance(node, exp.Anonymous):
        return False
    # DuckDB documentation, "Timestamp functions": age(x) counts from current_date, age(x, y) does not.
    return node.name.lower() in _CLOCK_NAMES or (node.name.lower() == "age" and len(node.expressions) == 1)


def is_random(node: exp.Expr) -> bool:
    """Tell whether a function gives another value at every call."""
    return isinstance(node, _DICE) or (isinstance(node, exp.Anonymous) and node.name.lower() in _DICE_NAMES)
