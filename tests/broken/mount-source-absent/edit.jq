.mounts += [{"destination": "/m", "type": "bind", "options": ["rbind"]}]
