"""From any figure of the results back to the cells it came from."""
