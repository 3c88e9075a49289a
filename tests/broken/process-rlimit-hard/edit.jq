.process.rlimits = [{"type": "RLIMIT_CORE", "soft": 2, "hard": 1}]
