.linux.namespaces += [{"type": "time"}] | .linux.timeOffsets = {"boottime": {"secs": -9000000000}}
