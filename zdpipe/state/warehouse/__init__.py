"""The run history as tables in a place of somebody else's: a DuckDB file, or a folder of Parquet files."""
