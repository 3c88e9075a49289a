.linux.resources.hugepageLimits = [{"pageSize": "3 MB", "limit": 1}]
