.hooks = {"createContainer": [{"path": "/bin/sh", "args": ["sh", "-c", "kill -9 $$"]}]}
