.linux.intelRdt = {"closID": "a/b"}
