.mounts += [{"destination": "/etc/passwd/m", "type": "tmpfs", "source": "x"}]
