.linux.memoryPolicy = {"mode": "MPOL_BIND", "nodes": "0"}
