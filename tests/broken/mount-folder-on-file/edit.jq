.mounts += [{"destination": "/etc/passwd", "type": "tmpfs", "source": "x"}]
