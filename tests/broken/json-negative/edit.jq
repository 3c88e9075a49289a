.linux.resources.memory = {"limit": 1024} | .process.user.gid = -1
