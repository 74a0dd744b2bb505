# Plain words on the terminal: Snakemake's own chatter stays in its log, its warnings and errors come through.
import logging

OWN_WORDS = (
    "close_run.py",
    "Exiting because a job execution failed",
    "At least one job did not",
    "No SLURM account given",
    "not able to get a SLURM account",
    "Unable to guess SLURM account",
)


class PlainWords(logging.Filter):
    def filter(self, record):
        text = f"{record.msg}"
        if any(words in text for words in OWN_WORDS):
            return False  # the job that failed has said what is wrong, and where its log is
        if text.startswith("Nothing to be done"):
            record.msg = (
                f"Nothing to be done: {OUT}/index.html and all behind it is up to date."
            )
            return True
        return record.levelno >= logging.WARNING


include: "cluster.smk"


for handler in logger.handlers:
    if not isinstance(handler, logging.FileHandler):
        handler.addFilter(PlainWords())
