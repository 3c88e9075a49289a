.hostname = "x" * 65
