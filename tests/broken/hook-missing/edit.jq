.hooks = {"createRuntime": [{"path": "/no/such/hook"}]}
