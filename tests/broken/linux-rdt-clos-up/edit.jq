.linux.intelRdt = {"closID": ".."}
