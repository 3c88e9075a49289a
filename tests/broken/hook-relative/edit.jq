.hooks = {"prestart": [{"path": "bin/true"}]}
