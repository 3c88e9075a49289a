.linux.intelRdt = {"l3CacheSchema": "L3:0=f\nL3:1=f", "memBwSchema": "MB:0=1\n", "schemata": ["L2:0=1", "\n"]}
