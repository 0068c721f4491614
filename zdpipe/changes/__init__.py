"""Rows become people, people are compared with what Zendesk acknowledged, the difference becomes batches.

All of it is SQL over a DuckDB file of the run, so that millions of rows spill to disk instead of growing in
memory; Python only writes the SQL and moves frames.
"""
