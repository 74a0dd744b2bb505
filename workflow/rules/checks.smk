# Before anything else: nobody else works here, and the results are what the steps wrote, or are made again.
import atexit

from repool.claim import BusyError, claim_run
from repool.steps import left_over, tidy

if workflow.is_main_process and not workflow.output_settings.dryrun:
    try:
        atexit.register(claim_run(Path(OUT)).close)  # claimed until this process ends
        for names in tidy(Path(OUT), SHARDS):
            print(
                f"{OUT}/{names}: not what the workflow wrote; made again",
                file=sys.stderr,
            )
    except BusyError as fault:
        sys.exit(str(fault))
    except OSError as fault:
        sys.exit(
            f"{OUT} cannot be written ({fault}): make room or change its permissions, or give another "
            "folder with --config results=<folder>, then run again"
        )
    for name in left_over(Path(OUT), REVIEWS):
        print(
            f"{OUT}/{name} is left from an earlier run: {RAW} has no such review now. "
            "Remove the folder if you do not need it",
            file=sys.stderr,
        )
