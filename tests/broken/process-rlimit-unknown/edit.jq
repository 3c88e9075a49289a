.process.rlimits = [{"type": "RLIMIT_CORES", "soft": 1, "hard": 1}]
