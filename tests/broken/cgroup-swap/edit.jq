.linux.resources.memory = {"limit": 8388608, "swap": 4194304}
