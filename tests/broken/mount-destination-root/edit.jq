.mounts += [{"destination": "/", "type": "tmpfs", "source": "x"}]
