.process.ioPriority = {"class": "IOPRIO_CLASS_BEST", "priority": 1}
