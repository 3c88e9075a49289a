.linux.personality = {"domain": "LINUX", "flags": ["X"]}
