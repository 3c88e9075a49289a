.linux.resources.devices = [{"access": "rwm"}]
