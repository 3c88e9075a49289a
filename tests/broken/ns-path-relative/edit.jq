.linux.namespaces |= map(if .type == "network" then .path = "self/ns/net" else . end)
