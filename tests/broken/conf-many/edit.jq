.ociVersion = "x" | .process.cwd = "rel" | .process.oomScoreAdj = 5000 | .linux.namespaces[0].type = "nets"
