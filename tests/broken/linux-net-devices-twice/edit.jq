.linux.netDevices = {"eth8": {"name": "eth0"}, "eth9": {"name": "eth0"}}
