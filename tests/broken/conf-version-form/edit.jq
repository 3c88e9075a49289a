.ociVersion = "one"
