.process.selinuxLabel = "a:b:c:s0"
