.linux.netDevices = {"sixteen-is-long": {"name": "sixteen-too-long"}}
