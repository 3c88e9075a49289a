.hostname = 5
