.linux.maskedPaths += ["proc/x"]
