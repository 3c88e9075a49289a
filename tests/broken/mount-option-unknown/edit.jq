.mounts += [{"destination": "/m", "type": "tmpfs", "source": "x", "options": ["wrong"]}]
