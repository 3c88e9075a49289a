.annotations = {"a": 1}
