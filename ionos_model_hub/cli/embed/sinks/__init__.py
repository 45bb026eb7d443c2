"""Write vectors to Parquet or PostgreSQL."""
