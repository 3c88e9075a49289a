.linux.namespaces |= map(select(.type != "mount")) | .mounts = []
