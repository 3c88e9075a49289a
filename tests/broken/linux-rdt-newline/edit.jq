.linux.intelRdt = {"memBwSchema": "MB:0=1\n", "schemata": ["L2:0=1", "\n"]}
