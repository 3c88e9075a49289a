.linux.readonlyPaths += ["proc/x"]
