.linux.netDevices = {"eth9": {}}
