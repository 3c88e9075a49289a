.linux.intelRdt = {"closID": "x"}
