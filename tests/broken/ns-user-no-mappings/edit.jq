.linux.namespaces += [{"type": "user"}]
