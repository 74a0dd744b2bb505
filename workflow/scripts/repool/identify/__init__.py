"""Which method made a printed number: from each trial's own figures, then from weights and totals."""
