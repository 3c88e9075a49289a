.linux.memoryPolicy = {"mode": "MPOL_BIND"}
