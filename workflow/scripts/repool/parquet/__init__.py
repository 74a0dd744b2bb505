"""All numbers of all reviews as Parquet files, for research on meta-analyses."""
