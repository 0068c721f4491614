"""Runs, plans and payloads as text, tables and JSON: pure, and masked unless asked otherwise."""
