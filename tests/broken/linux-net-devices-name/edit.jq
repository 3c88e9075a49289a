.linux.netDevices = {"eth9": {"name": "a/b"}}
