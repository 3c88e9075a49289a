.linux.resources.devices = [{"allow": true, "type": "z", "access": "r"}]
