.process.scheduler = {"policy": "SCHED_FIFO", "priority": 100}
