.process.cwd = "home"
