.linux.sysctl = {"net/../kernel/panic": "1"}
