.process.scheduler = {"policy": "SCHED_OTHER", "priority": 5}
