.annotations = {"": "x"}
