.process.scheduler = {"policy": "SCHED_FIFO", "priority": 1, "runtime": 5}
