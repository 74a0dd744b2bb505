"""Questions about the input: what a careful reviewer would ask of a trial row, with its file and line."""
