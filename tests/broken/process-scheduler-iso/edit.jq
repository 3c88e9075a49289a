.process.scheduler = {"policy": "SCHED_ISO"}
