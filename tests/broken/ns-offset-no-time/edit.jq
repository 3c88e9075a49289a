.linux.timeOffsets = {"boottime": {"secs": 1}}
