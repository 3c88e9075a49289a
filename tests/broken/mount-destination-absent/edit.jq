.mounts += [{"type": "tmpfs", "source": "x"}]
