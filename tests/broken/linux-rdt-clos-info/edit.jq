.linux.intelRdt = {"closID": "info"}
