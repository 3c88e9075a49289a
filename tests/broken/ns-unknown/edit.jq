.linux.namespaces += [{"type": "net"}]
