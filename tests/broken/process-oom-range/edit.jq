.process.oomScoreAdj = 1001
