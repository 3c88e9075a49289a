.linux.rootfsPropagation = "everywhere"
