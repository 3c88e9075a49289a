.linux.namespaces += [{"type": "time"}] | .linux.timeOffsets = {"boottime": {"secs": 1, "nanosecs": 1000000000}}
