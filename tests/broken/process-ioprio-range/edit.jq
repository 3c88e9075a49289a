.process.ioPriority = {"class": "IOPRIO_CLASS_BE", "priority": 8}
