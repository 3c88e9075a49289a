.mounts += [{"destination": "/m", "type": "bind", "source": "/", "options": ["rbind", "idmap"]}]
