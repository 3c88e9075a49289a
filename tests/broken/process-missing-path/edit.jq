.process.args = ["/bin/none"]
