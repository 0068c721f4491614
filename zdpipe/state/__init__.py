"""What zdpipe knows on disk: small facts in SQLite, bulk facts in DuckDB and Parquet."""
