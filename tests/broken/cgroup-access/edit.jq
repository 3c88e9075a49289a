.linux.resources.devices = [{"allow": false, "access": "rwx"}]
