# On a cluster a job's own words end in a file there: what was sent, what failed and why, is brought to the terminal.
from snakemake_interface_logger_plugins.common import LogEvent

from repool.cluster import described, job_failed, job_sent


class ClusterWords(logging.Filter):
    def filter(self, record):
        if workflow.local_exec:
            return True
        event = getattr(record, "event", None)
        if event == LogEvent.GROUP_ERROR:
            self.say(record, record.job_error_info, "", record.aux_logs)
        elif event == LogEvent.JOB_ERROR:
            if record.indent:
                return False  # said with its group
            slurm = [name for name in record.log if "/slurm_logs/" in name]
            # With neither it is a job of this machine, which has said it itself.
            if slurm or record.rule_msg:
                self.say(record, [vars(record)], record.rule_msg or "", slurm)
        elif sent := job_sent(f"{record.msg}"):
            record.msg, record.levelno = sent, logging.WARNING
        return True

    def say(self, record, jobs, message, logs):
        log = Path(logs[0]) if logs else None
        record.msg, record.event = job_failed(described(jobs), message, log), None


if workflow.is_main_process:
    logger.addFilter(ClusterWords())
