.linux.netDevices = {"eth9": {}} | .linux.namespaces |= map(select(.type != "network"))
