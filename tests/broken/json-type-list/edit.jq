.mounts = {}
