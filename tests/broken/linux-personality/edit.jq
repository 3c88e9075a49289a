.linux.personality = {"domain": "LINUX64"}
