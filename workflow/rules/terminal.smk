# Plain words on the terminal: Snakemake's own chatter stays in its log, its warnings and errors come through.
import logging


class PlainWords(logging.Filter):
    def filter(self, record):
        text = str(record.msg)
        closing = "close_run.py" in text  # it has just said itself what is wrong
        return text.startswith("Nothing to be done") or (
            record.levelno >= logging.WARNING and not closing
        )


for handler in logger.handlers:
    if not isinstance(handler, logging.FileHandler):
        handler.addFilter(PlainWords())
