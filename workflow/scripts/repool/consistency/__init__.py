"""Whether published figures fit each other: questions asked of a table without any trial data."""
