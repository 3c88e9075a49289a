.linux.netDevices = {"..": {}}
