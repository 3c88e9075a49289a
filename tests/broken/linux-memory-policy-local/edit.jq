.linux.memoryPolicy = {"mode": "MPOL_LOCAL", "nodes": "0"}
