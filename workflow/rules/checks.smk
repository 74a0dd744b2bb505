# Before anything else: settings that make no sense, and results that are no longer what a step wrote.
from repool.steps import changed_since, forget

for name, value, choices in (
    ("forest", FOREST, ("all", "flagged", "none")),
    ("audit", AUDIT, ("all", "none")),
):
    if value not in choices:
        sys.exit(f"--config {name}={value}: {name} is one of {', '.join(choices)}")

if workflow.is_main_process:
    for record in sorted(Path(OUT, ".steps").rglob("*.json")):
        if record.exists() and (changed := changed_since(record, Path(OUT))):
            print(
                f"{OUT}/{changed[0]} is not what the workflow wrote"
                + (f", nor are {len(changed) - 1} more" if changed[1:] else "")
                + ": made again",
                file=sys.stderr,
            )
            forget(record, Path(OUT))
