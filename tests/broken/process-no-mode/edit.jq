.process.args = ["/etc/notexec"]
