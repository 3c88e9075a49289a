.process.scheduler = {"policy": "SCHED_BATCH", "nice": 20}
