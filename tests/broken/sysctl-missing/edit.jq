.linux.sysctl = {"net.ipv4.no_such_thing": "1"}
