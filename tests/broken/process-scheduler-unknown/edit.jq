.process.scheduler = {"policy": "SCHED_MAGIC"}
