.linux.memoryPolicy = {"mode": "MPOL_BIND", "nodes": "3-1"}
