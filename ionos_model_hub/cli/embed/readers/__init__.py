"""Read rows from JSONL, CSV, text and Parquet files."""
