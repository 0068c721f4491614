"""The parts of SQL that give the same on DuckDB and Spark once sqlglot has translated them.

tests/spark/expressions.txt runs them on both.
"""

from __future__ import annotations

from sqlglot import exp

_CLAUSES = (
    exp.Select, exp.Subquery, exp.From, exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered,
    exp.Limit, exp.Offset, exp.With, exp.Values,
    exp.Cube, exp.Rollup, exp.GroupingSets, exp.Unnest,
    exp.Table, exp.Alias, exp.Column, exp.Identifier, exp.Star, exp.Var, exp.Tuple, exp.Paren,
    exp.DataType, exp.DataTypeParam, exp.Exists, exp.Placeholder, exp.Parameter,
)  # fmt: skip
_VALUES = (
    exp.Literal, exp.Null, exp.Boolean, exp.And, exp.Or, exp.Not, exp.Neg, exp.EQ, exp.NEQ, exp.GT, exp.GTE,
    exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.Between, exp.Mul, exp.Mod,
    exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor, exp.Array, exp.Struct, exp.PropertyEQ, exp.Dot,
)  # fmt: skip
_FUNCTIONS = (
    exp.Abs, exp.Sqrt, exp.Pow, exp.Exp, exp.Nullif, exp.Replace, exp.StrPosition, exp.Contains,
    exp.StartsWith, exp.EndsWith, exp.Repeat, exp.Pad, exp.MD5, exp.ArraySize,
    exp.ArrayToString, exp.ArraySort, exp.Explode, exp.Year, exp.Quarter, exp.Month, exp.Day, exp.DayOfYear,
    exp.Hour, exp.Minute, exp.Second, exp.LastDay, exp.DateFromParts, exp.CurrentDate, exp.CurrentTimestamp,
    exp.Rand, exp.Uuid, exp.Translate, exp.Ascii,
)  # fmt: skip
_AGGREGATES = (
    exp.AnyValue, exp.Count, exp.CountIf, exp.Sum, exp.Min, exp.Max, exp.LogicalOr, exp.LogicalAnd,
    exp.Stddev, exp.StddevSamp, exp.Variance, exp.GroupConcat, exp.RowNumber, exp.Rank, exp.DenseRank,
    exp.Ntile, exp.PercentRank, exp.CumeDist, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.Grouping,
)  # fmt: skip
SAME: frozenset[type[exp.Expr]] = frozenset((*_CLAUSES, *_VALUES, *_FUNCTIONS, *_AGGREGATES))
# Options of clauses that Spark has not, or reads otherwise.
REFUSED: dict[type[exp.Expr], tuple[str, ...]] = {
    exp.CTE: ("key_expressions",),
    exp.Star: ("replace", "rename"),
    exp.Table: ("sample", "pivots", "version", "when"),
    exp.Unnest: ("offset",),
}
