del(.process.args)
