"""Rows of parquet files as events: our own, and those of any table."""
