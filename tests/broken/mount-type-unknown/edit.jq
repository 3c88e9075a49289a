.mounts += [{"destination": "/m", "type": "nosuchfs", "source": "x"}]
