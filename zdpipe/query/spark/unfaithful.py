"""What cannot be said in Spark's SQL so that it gives the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp


class Unfaithful(Exception):
    """Raised where a part of a query is translated; the reason is a sentence without its full stop."""


@dataclass(frozen=True)
class Loss:
    """A part of a query, in the tree it was read into, and why Spark would give something else."""

    node: exp.Expr
    reason: str
