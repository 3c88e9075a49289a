.process.cwd = "/etc/passwd"
