.process.env += ["NOVALUE"]
