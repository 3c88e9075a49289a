.mounts += [{"destination": "/m", "type": "bind", "source": ($tmp + "/nowhere"), "options": ["rbind"]}]
