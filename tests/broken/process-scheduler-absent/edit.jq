.process.scheduler = {"nice": 3}
