.linux.memoryPolicy = {"nodes": "0"}
