.linux.mountLabel = "a:b:c:s0"
