# SPDX-License-Identifier: Apache-2.0
"""The configurations and bundles that the benchmark runs."""
import json
import os
import shutil

RUNTIME_CAPS = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID",
                "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",
                "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT"]
FEW_CAPS = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]


def mount(dst, typ, src, *opts):
    return {"destination": dst, "type": typ, "source": src, "options": list(opts)}


def base_config(args):
    return {
        "ociVersion": "1.0.2",
        "process": {
            "terminal": False, "user": {"uid": 0, "gid": 0}, "args": args,
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                    "TERM=xterm"],
            "cwd": "/",
            "capabilities": {k: FEW_CAPS for k in ("bounding", "effective", "permitted")},
            "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}],
            "noNewPrivileges": True},
        "root": {"path": "rootfs", "readonly": True},
        "hostname": "bench",
        "mounts": [
            mount("/proc", "proc", "proc"),
            mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
            mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance",
                  "ptmxmode=0666", "mode=0620", "gid=5"),
            mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777",
                  "size=65536k"),
            mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
            mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
            mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev",
                  "relatime", "ro")],
        "linux": {
            "resources": {"devices": [{"allow": False, "access": "rwm"}]},
            "namespaces": [{"type": t} for t in
                           ("pid", "network", "ipc", "uts", "mount", "cgroup")],
            "maskedPaths": ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys",
                            "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
                            "/proc/sched_debug", "/sys/firmware", "/proc/scsi"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                              "/proc/sysrq-trigger"]}}


def seccomp_section(profile, caps):
    """Resolve a containers-common/docker style profile for amd64 and CAPS, as
    podman and docker do before they call the runtime."""
    d = json.load(open(profile))
    out = []
    for s in d["syscalls"]:
        inc, exc = s.get("includes") or {}, s.get("excludes") or {}
        if inc.get("arches") and "amd64" not in inc["arches"]:
            continue
        if exc.get("arches") and "amd64" in exc["arches"]:
            continue
        if inc.get("caps") and not set(inc["caps"]) <= set(caps):
            continue
        if exc.get("caps") and set(exc["caps"]) & set(caps):
            continue
        if inc.get("minKernel") and inc["minKernel"] > "6":
            continue
        e = {"names": s["names"], "action": s["action"]}
        if s.get("errnoRet") is not None:
            e["errnoRet"] = s["errnoRet"]
        if s.get("args"):
            e["args"] = [{k: a[k] for k in ("index", "value", "valueTwo", "op") if k in a}
                         for a in s["args"]]
        out.append(e)
    r = {"defaultAction": d["defaultAction"],
         "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
         "syscalls": out}
    if d.get("defaultErrnoRet") is not None:
        r["defaultErrnoRet"] = d["defaultErrnoRet"]
    return r


def heavy_config(args, bundle, opt, limits, userns):
    """What podman 5 generates for `podman run -v a -v b --memory --cpus`."""
    c = base_config(args)
    c["process"]["capabilities"] = {k: RUNTIME_CAPS for k in ("bounding", "effective", "permitted")}
    c["process"]["noNewPrivileges"] = False
    c["process"]["rlimits"] = [{"type": "RLIMIT_NOFILE", "hard": 4096, "soft": 4096},
                               {"type": "RLIMIT_NPROC", "hard": 4096, "soft": 4096}]
    c["process"]["oomScoreAdj"] = 0
    c["process"]["env"] += ["container=podman", "HOME=/root", "HOSTNAME=bench"]
    c["root"]["readonly"] = False
    files = os.path.join(bundle, "files")
    os.makedirs(files, exist_ok=True)
    for d in ("secrets", "vol1", "vol2", "shm"):
        os.makedirs(os.path.join(files, d), exist_ok=True)
    for f in ("resolv.conf", "hosts", "hostname", "containerenv"):
        open(os.path.join(files, f), "w").write("bench\n")
    b = lambda dst, src, *o: mount(dst, "bind", os.path.join(files, src), "bind", *o)
    c["mounts"] = [
        mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),
        mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
        mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
        mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance",
              "ptmxmode=0666", "mode=0620", "gid=5"),
        mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
        b("/etc/resolv.conf", "resolv.conf", "rprivate"),
        b("/etc/hosts", "hosts", "rprivate"),
        b("/dev/shm", "shm", "rprivate", "nosuid", "noexec", "nodev"),
        b("/etc/hostname", "hostname", "rprivate"),
        b("/run/.containerenv", "containerenv", "rprivate"),
        b("/run/secrets", "secrets", "rprivate"),
        mount("/sys/fs/cgroup", "cgroup", "cgroup", "rprivate", "nosuid", "noexec", "nodev",
              "relatime", "ro"),
        b("/vol1", "vol1", "rw", "rprivate", "nosuid", "nodev", "rbind"),
        b("/vol2", "vol2", "ro", "rprivate", "nosuid", "nodev", "rbind"),
        mount("/tmp", "tmpfs", "tmpfs", "nosuid", "nodev", "mode=1777", "size=65536k")]
    l = c["linux"]
    l["maskedPaths"] = ["/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys",
                        "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
                        "/proc/timer_list", "/proc/timer_stats", "/sys/dev/block",
                        "/sys/devices/virtual/powercap", "/sys/firmware", "/sys/fs/selinux"]
    l["readonlyPaths"] = ["/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                          "/proc/sysrq-trigger"]
    l["sysctl"] = {"net.ipv4.ping_group_range": "0 0"}
    if opt.seccomp:
        l["seccomp"] = seccomp_section(opt.seccomp, RUNTIME_CAPS)
    if limits:
        l["resources"].update({"memory": {"limit": 256 << 20},
                               "cpu": {"shares": 1024, "quota": 100000, "period": 100000},
                               "pids": {"limit": 2048}})
    if userns:
        l["namespaces"].append({"type": "user"})
        for k in ("uidMappings", "gidMappings"):
            l[k] = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    return c


# What Docker sends: all denied, every node may be made, and these used.
DEVICES = [(False, "a", None, None, "rwm"), (True, "c", None, None, "m"),
           (True, "b", None, None, "m")] + \
    [(True, "c", major, minor, "rwm") for major, minor in
     ((1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 1), (5, 2), (136, None))]


def disk_of(path):
    """The whole disk that a file lies on, or None."""
    dev = os.stat(path).st_dev
    at = os.path.realpath(f"/sys/dev/block/{os.major(dev)}:{os.minor(dev)}")
    if os.path.exists(os.path.join(at, "partition")):
        at = os.path.dirname(at)
    try:
        major, minor = open(os.path.join(at, "dev")).read().split(":")
    except OSError:
        return None
    return {"major": int(major), "minor": int(minor)}


def full_limits(files, disk):
    """Every limit of the usual kind whose file this machine has, and the names of the others."""
    res = {"devices": [], "memory": {"limit": 256 << 20, "reservation": 128 << 20},
           "cpu": {"shares": 512, "quota": 50000, "period": 100000}, "pids": {"limit": 2048}}
    for allow, kind, major, minor, access in DEVICES:
        rule = {"allow": allow, "access": access}
        rule.update({} if kind == "a" else {"type": kind})
        rule.update({k: v for k, v in (("major", major), ("minor", minor)) if v is not None})
        res["devices"].append(rule)
    absent = []
    if files & {"memory.memsw.limit_in_bytes", "memory.swap.max"}:
        res["memory"]["swap"] = 512 << 20
    else:
        absent.append("memory.swap")
    if "cpuset.cpus" in files:
        res["cpu"].update({"cpus": "0", "mems": "0"})
    else:
        absent.append("cpuset")
    res["blockIO"] = {}
    # crun 1.8 does not know blkio.bfq.weight, the only one of v1 since Linux 5.0.
    if files & {"blkio.weight", "io.bfq.weight", "io.weight"}:
        res["blockIO"]["weight"] = 500
    else:
        absent.append("blockIO.weight")
    if disk and files & {"blkio.throttle.read_bps_device", "io.max"}:
        res["blockIO"]["throttleReadBpsDevice"] = [dict(disk, rate=1 << 30)]
    else:
        absent.append("blockIO.throttleReadBpsDevice")
    return res, absent


def changed_limits(res):
    """What `update` is given: as an engine does, all that it manages, part of it new."""
    new = {"memory": dict(res["memory"], limit=192 << 20), "pids": {"limit": 1024},
           "cpu": dict(res["cpu"], shares=1024, quota=40000)}
    new["blockIO"] = {k: 300 if k == "weight" else v for k, v in res["blockIO"].items()}
    return new


def make_rootfs(opt, path, owner):
    for d in ("bin", "dev", "etc", "proc", "sys", "run/secrets", "tmp", "vol1", "vol2"):
        os.makedirs(os.path.join(path, d), exist_ok=True)
    for f in ("etc/resolv.conf", "etc/hosts", "etc/hostname", "run/.containerenv"):
        open(os.path.join(path, f), "w").close()
    open(os.path.join(path, "etc/passwd"), "w").write("root:x:0:0:root:/:/bin/sh\n")
    open(os.path.join(path, "etc/group"), "w").write("root:x:0:\ntty:x:5:\n")
    shutil.copy(opt.busybox, os.path.join(path, "bin/busybox"))
    for n in ("true", "sleep", "sh"):
        p = os.path.join(path, "bin", n)
        if os.path.lexists(p):
            os.unlink(p)
        if n == "true" and opt.true:
            shutil.copy(opt.true, p)
        else:
            os.symlink("busybox", p)
    for r, ds, fs in os.walk(path):
        for n in [r] + [os.path.join(r, x) for x in fs]:
            os.lchown(n, owner, owner)


def make_bundles(opt, configs):
    res = {}
    for cfg in configs:
        userns = cfg.endswith("userns")
        for kind, args in (("true", ["/bin/true"]), ("sleep", ["/bin/sleep", "100000"])):
            b = os.path.join(opt.work, "bundles", f"{cfg}-{kind}")
            os.makedirs(b, exist_ok=True)
            make_rootfs(opt, os.path.join(b, "rootfs"), 100000 if userns else 0)
            if cfg.startswith("heavy"):
                c = heavy_config(args, b, opt, not opt.no_limits, userns)
            else:
                c = base_config(args)
            if cfg == "limits":
                c["linux"]["resources"] = opt.limits
            res[cfg, kind] = (b, c)
            write_config(b, c)
    return res


def write_config(bundle, c, cgroup=None):
    if cgroup:
        c["linux"]["cgroupsPath"] = cgroup
    with open(os.path.join(bundle, "config.json"), "w") as f:
        json.dump(c, f)
