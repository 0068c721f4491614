"""Zendesk's id of a request, which its support asks for, at the end of the words about a refusal."""

from __future__ import annotations

# What `zendesk.failures` writes there; Python, Polars and DuckDB read the expression alike.
REQUEST_ID = r" \(Zendesk's request id: ([^()]*)\)$"
