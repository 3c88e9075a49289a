.linux.memoryPolicy = {"mode": "MPOL_BOUND", "nodes": "0"}
