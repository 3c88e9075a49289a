.mounts += [{"destination": "/m", "type": "bind", "source": "/", "options": ["bind", "tmpcopyup"]}]
