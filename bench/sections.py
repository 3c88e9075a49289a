# SPDX-License-Identifier: Apache-2.0
"""What the benchmark measures, one function a section."""
import json
import os
import random
import re
import shutil
import statistics as st
import subprocess
import sys
import threading
import time

from configs import write_config
from measure import Spawner, Table, cmdline, measured, wait_dead


def life(opt, rts, sp, cfg, bundles, rnd, rec):
    """One round: a container of each runtime from run to delete, in an order of its own a step."""
    for rt in random.sample(rts, len(rts)) if "run" in opt.ops else ():
        b, c = bundles[cfg, "true"]
        cid = f"b{os.getpid()}-{rt.name}-{rnd}"
        write_config(b, c, opt.place(cid))
        time.sleep(opt.pause)
        rec(f"{cfg}: run", rt.name, measured(sp, rt.cmd("run", "-b", b, cid)))
    live, pids = [], {}
    for rt in random.sample(rts, len(rts)):
        b, c = bundles[cfg, "sleep"]
        cid = f"c{os.getpid()}-{rt.name}-{rnd}"
        write_config(b, c, opt.place(cid))
        time.sleep(opt.pause)
        m = measured(sp, rt.cmd("create", "-b", b, cid))
        try:
            pids[cid] = rt.pid(cid)
            # The init is nobody's reaped child yet: add its CPU time.
            m["cpu"] += int(open(f"/proc/{pids[cid]}/schedstat").read().split()[0]) // 1000
        except (KeyError, ValueError, OSError):
            pids[cid] = 0
        rec(f"{cfg}: create", rt.name, m)
        live.append((rt, cid))
    for op, argv in (("state", ["state"]), ("start", ["start"]), ("exec", ["exec"]),
                     ("update", ["update", "--resources", opt.update]), ("kill", ["kill"]),
                     ("delete", ["delete"])):
        if op in ("exec", "update") and op not in opt.ops:
            continue
        if op == "update" and cfg != "limits":
            continue
        random.shuffle(live)
        for rt, cid in live:
            a = argv + [cid] + {"kill": ["KILL"], "exec": ["/bin/true"]}.get(op, [])
            if op == "delete":
                wait_dead(pids[cid])
            if op == "exec":
                time.sleep(opt.pause)
            rec(f"{cfg}: {op}", rt.name, measured(sp, rt.cmd(*a)))


def ops(opt, rts, bundles):
    """run, create, state, start, exec, kill, delete, one interleaved round each."""
    for cfg in opt.configs:
        t = Table()
        sp = Spawner(opt, opt.err)
        for rnd in range(opt.reps + opt.warmup):
            life(opt, rts, sp, cfg, bundles, rnd,
                 t.add if rnd >= opt.warmup else (lambda *a: None))
        sp.close()
        t.show([r.name for r in rts])


def listing(opt, rts, bundles):
    for count in opt.list_counts:
        t = Table()
        sp = Spawner(opt, opt.err)
        for rt in rts:
            root = os.path.join(opt.run, f"list-{rt.name}-{count}")
            shutil.rmtree(root, ignore_errors=True)
            os.makedirs(root)
            b, c = bundles[opt.configs[0], "sleep"]
            cid = f"bench-list-{rt.name}"
            write_config(b, c, opt.place(f"{cid}-{count}"))
            rt.quiet("create", "-b", b, cid, root=root)
            src = os.path.join(root, cid)
            if not os.path.isdir(src):
                print(f"list: {rt.name}: no directory {src}; skipped")
                continue
            for i in range(1, count):
                dst = os.path.join(root, f"{cid}-{i}")
                os.mkdir(dst, 0o700)
                for f in os.listdir(src):
                    p = os.path.join(src, f)
                    if os.path.isfile(p) and not os.path.islink(p):
                        data = open(p, "rb").read().replace(
                            b'"' + cid.encode() + b'"', f'"{cid}-{i}"'.encode())
                        open(os.path.join(dst, f), "wb").write(data)
        for rnd in range(max(5, opt.reps // (1 if count < 1000 else 4))):
            for rt in random.sample(rts, len(rts)):
                root = os.path.join(opt.run, f"list-{rt.name}-{count}")
                cid = f"bench-list-{rt.name}"
                t.add(f"list of {count}", rt.name, measured(sp, rt.cmd("list", root=root)))
                t.add(f"list -q of {count}", rt.name, measured(sp, rt.cmd("list", "-q", root=root)))
                t.add(f"state among {count}", rt.name, measured(sp, rt.cmd("state", cid, root=root)))
        for rt in rts:
            root = os.path.join(opt.run, f"list-{rt.name}-{count}")
            n = len(rt.quiet("list", "-q", root=root).stdout.split())
            print(f"list: {rt.name}: {n} listed of {count}")
            rt.quiet("delete", "-f", f"bench-list-{rt.name}", root=root)
            shutil.rmtree(root, ignore_errors=True)
        sp.close()
        t.show([r.name for r in rts])


def throughput(opt, rts, bundles):
    """`run` of true: opt.containers in blocks, 1 and opt.parallel at a time.
    Bundles are made beforehand, and each worker's spawner gets its whole list at
    once: between two containers there is nothing but a small C loop."""
    for cfg in opt.configs:
        b0, c = bundles[cfg, "true"]
        per = max(1, opt.containers // opt.blocks)
        dirs = []
        for i in range(per):
            b = os.path.join(opt.work, "bundles", f"{cfg}-t{i}")
            os.makedirs(b, exist_ok=True)
            for n in ("rootfs", "files"):
                if not os.path.lexists(os.path.join(b, n)):
                    os.symlink(os.path.join(b0, n), os.path.join(b, n))
            cc = json.loads(json.dumps(c))
            cc["root"]["path"] = os.path.join(b0, "rootfs")
            write_config(b, cc, opt.place(f"t{os.getpid()}-{i}"))
            dirs.append(b)
        for par in (1, opt.parallel):
            res = {r.name: [] for r in rts}
            fails = {r.name: 0 for r in rts}
            sps = [Spawner(opt, opt.err) for _ in range(par)]
            for blk in range(opt.blocks):
                for rt in random.sample(rts, len(rts)):
                    lines = ["\t".join(["-"] + rt.cmd("run", "-b", b, f"t{os.getpid()}-{blk}-{i}"))
                             for i, b in enumerate(dirs)]

                    def work(k):
                        mine, sp = lines[k::par], sps[k].p
                        sp.stdin.write("\n".join(mine) + "\n")
                        sp.stdin.flush()
                        for _ in mine:
                            if sp.stdout.readline().split()[0] != "0":
                                bad.append(1)
                    bad = []
                    th = [threading.Thread(target=work, args=(k,)) for k in range(par)]
                    t0 = time.monotonic()
                    for x in th:
                        x.start()
                    for x in th:
                        x.join()
                    res[rt.name].append((time.monotonic() - t0) / per)
                    fails[rt.name] += len(bad)
            for sp in sps:
                sp.close()
            print(f"\n### {cfg}: throughput of run, {par} at a time, {per * opt.blocks} containers\n")
            print(f"| runtime | fail | ms a container | a second | x {rts[0].name} |\n|---|---|---|---|---|")
            for rt in rts:
                m = st.median(res[rt.name])
                print(f"| {rt.name} | {fails[rt.name]} | {m * 1e3:.2f} | {1 / m:.0f} | "
                      f"{Table.ratio(res[rt.name], res[rts[0].name])} |")
            sys.stdout.flush()


def burst(opt, rts, bundles):
    """exec of true into one container, opt.burst at once: how long each of them takes. The
    spawners are there beforehand, so that all begin within a write each."""
    for cfg in opt.configs:
        b, c = bundles[cfg, "sleep"]
        sps = [Spawner(opt, opt.err) for _ in range(opt.burst)]
        walls, fails, live = {r.name: [] for r in rts}, {r.name: 0 for r in rts}, {}
        for rt in rts:
            live[rt.name] = f"x{os.getpid()}-{rt.name}"
            write_config(b, c, opt.place(live[rt.name]))
            rt.quiet("create", "-b", b, live[rt.name])
            rt.quiet("start", live[rt.name])
        for _ in range(opt.blocks):
            for rt in random.sample(rts, len(rts)):
                line = "\t".join(["-"] + rt.cmd("exec", live[rt.name], "/bin/true")) + "\n"
                for sp in sps:
                    sp.p.stdin.write(line)
                    sp.p.stdin.flush()
                for sp in sps:
                    v = [int(x) for x in sp.p.stdout.readline().split()]
                    walls[rt.name].append(v[1] / 1e6)
                    fails[rt.name] += v[0] != 0
        for sp in sps:
            sp.close()
        print(f"\n### {cfg}: {opt.burst} execs at once, {opt.blocks} times\n")
        print("| runtime | fail | median ms | p99 ms | p99 / median |\n|---|---|---|---|---|")
        for rt in rts:
            w = sorted(walls[rt.name])
            mid, p99 = st.median(w), w[min(len(w) - 1, len(w) * 99 // 100)]
            print(f"| {rt.name} | {fails[rt.name]} | {mid:.2f} | {p99:.2f} | {p99 / mid:.2f} |")
            rt.quiet("delete", "-f", live[rt.name])
        sys.stdout.flush()


def resident(opt, rts, bundles):
    """What is left in memory between create and start, and while running."""
    for cfg in opt.configs:
        print(f"\n### {cfg}: left in memory between create and start\n")
        print("| runtime | processes in cgroup/tree | RSS KiB | PSS KiB | private KiB | cgroup KiB | kernel KiB | exe |\n|" + "---|" * 8)
        for rt in rts:
            b, c = bundles[cfg, "sleep"]
            cid = f"m{os.getpid()}-{rt.name}"
            write_config(b, c, opt.place(cid))
            before = set(os.listdir("/proc"))
            rt.quiet("create", "-b", b, cid)
            try:
                pid = rt.pid(cid)
            except (KeyError, ValueError):
                print(f"| {rt.name} | create failed |")
                continue
            time.sleep(0.2)
            left = [p for p in set(os.listdir("/proc")) - before if p.isdigit()
                    and os.path.exists(f"/proc/{p}/exe") and
                    (int(p) == pid or cid in cmdline(p))]
            roll = {}
            for p in left:
                for l in open(f"/proc/{p}/smaps_rollup").read().splitlines()[1:]:
                    k, v = l.split(":")
                    roll[k] = roll.get(k, 0) + int(v.split()[0])
            mem, kmem = "-", "-"
            for p in (f"/sys/fs/cgroup/memory/bench/{cid}/memory.usage_in_bytes",
                      f"/sys/fs/cgroup/bench/{cid}/memory.current"):
                if os.path.exists(p):
                    mem = int(open(p).read()) // 1024
            p = f"/sys/fs/cgroup/memory/bench/{cid}/memory.kmem.usage_in_bytes"
            if os.path.exists(p):
                kmem = int(open(p).read()) // 1024
            print(f"| {rt.name} | {len(left)} | {roll.get('Rss')} | {roll.get('Pss')} | "
                  f"{roll.get('Private_Clean', 0) + roll.get('Private_Dirty', 0)} | {mem} | {kmem} | "
                  f"{os.readlink(f'/proc/{pid}/exe')} |")
            rt.quiet("delete", "-f", cid)
        sys.stdout.flush()


def lowest(ok, lo, hi, step):
    """Smallest multiple of STEP in (lo, hi] that passes, assuming it is monotone."""
    if not ok(hi):
        return None
    while hi - lo > step:
        mid = (lo + hi) // 2 // step * step
        if mid <= lo:
            break
        if ok(mid):
            hi = mid
        else:
            lo = mid
    return hi


def memfloor(opt, rts, bundles):
    v1 = os.path.isdir("/sys/fs/cgroup/memory")
    base = "/sys/fs/cgroup/memory" if v1 else "/sys/fs/cgroup"
    limfile = "memory.limit_in_bytes" if v1 else "memory.max"
    if not v1 and "memory" not in open(base + "/cgroup.controllers").read():
        print("\nmemfloor: no memory controller here; skipped")
        return
    print("\n### smallest memory limit under which `run` of true works (3 of 3 times)\n")
    print("| runtime | config | linux.resources.memory.limit KiB | whole runtime in a limited cgroup KiB |\n|---|---|---|---|")
    for cfg in opt.configs:
        for rt in rts:
            b, c = bundles[cfg, "true"]
            n = [0]

            def tryrun(cc, pre=None):
                for _ in range(3):
                    n[0] += 1
                    cid = f"f{os.getpid()}-{rt.name}-{n[0]}"
                    write_config(b, cc, opt.place(cid))
                    try:
                        r = subprocess.run(
                            ([opt.incg, pre] if pre else []) + rt.cmd("run", "-b", b, cid),
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, timeout=10)
                        rc = r.returncode
                    except subprocess.TimeoutExpired:
                        rc = 1
                    if rc:
                        rt.quiet("delete", "-f", cid)
                        return False
                return True

            def inner(lim):
                cc = json.loads(json.dumps(c))
                cc["linux"]["resources"]["memory"] = {"limit": lim}
                return tryrun(cc)

            def outerlim(lim):
                # A fresh cgroup every time: what an earlier try left charged
                # would count.  The container has its own cgroup elsewhere.
                n[0] += 1
                outer = f"{base}/bench-outer-{os.getpid()}-{n[0]}"
                os.mkdir(outer)
                try:
                    with open(f"{outer}/{limfile}", "w") as f:
                        f.write(str(lim))
                    cc = json.loads(json.dumps(c))
                    cc["linux"]["resources"].pop("memory", None)
                    return tryrun(cc, f"{outer}/cgroup.procs")
                finally:
                    for _ in range(100):
                        try:
                            os.rmdir(outer)
                            break
                        except OSError:
                            time.sleep(0.02)
            a = lowest(inner, 0, 64 << 20, 16 << 10)
            o = lowest(outerlim, 0, 64 << 20, 64 << 10)
            k = lambda x: "none <= 64 MiB" if x is None else x // 1024
            print(f"| {rt.name} | {cfg} | {k(a)} | {k(o)} |")
            sys.stdout.flush()


CLONES = {"clone", "clone3", "fork", "vfork"}


def trace(opt, rt, name, op, a, cid):
    """One command under strace: did it work, calls by name, threads made."""
    out = os.path.join(opt.work, f"strace-{rt.name}-{name}-{op}")
    p = subprocess.Popen(["strace", "-I1", "-f", "-qq", "-o", out] + rt.cmd(*a),
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    ok = False
    if op == "create":
        # strace stays with the init: wait for the state instead.
        for _ in range(400):
            time.sleep(0.02)
            r = rt.quiet("state", cid)
            if r.returncode == 0 and '"created"' in r.stdout:
                ok = True
                break
        size = -1
        while size != os.path.getsize(out):
            size = os.path.getsize(out)
            time.sleep(0.3)
        p.terminate()
    ok = p.wait() == 0 or ok
    if op == "kill":
        time.sleep(0.2)
    n, thr = {}, 0
    for l in open(out, errors="replace"):
        m = re.match(r"(?:\[pid +)?\d*\]? *(\w+)\(", l)
        if m:
            n[m[1]] = n.get(m[1], 0) + 1
            if m[1] in CLONES and "CLONE_THREAD" in l:
                thr += 1
    os.unlink(out)
    return ok, n, thr


def traced_life(opt, rt, cfg, bundles):
    """Every command once: yields its name and what trace() says."""
    b, c = bundles[cfg, "sleep"]
    cid = f"s{os.getpid()}-{rt.name}-{cfg}"
    bt, ct = bundles[cfg, "true"]
    write_config(b, c, opt.place(cid))
    write_config(bt, ct, opt.place(cid + "-r"))
    for op, a in (("run", ["run", "-b", bt, cid + "-r"]), ("create", ["create", "-b", b, cid]),
                  ("state", ["state", cid]), ("start", ["start", cid]),
                  ("exec", ["exec", cid, "/bin/true"]),
                  ("update", ["update", "--resources", opt.update, cid]),
                  ("kill", ["kill", cid, "KILL"]), ("delete", ["delete", cid]), ("list", ["list"])):
        if op in ("run", "exec", "update") and op not in opt.ops:
            continue
        if op != "update" or cfg == "limits":
            yield op, trace(opt, rt, cfg, op, a, cid)
    rt.quiet("delete", "-f", cid)


def counts(opt, rts, bundles):
    """Counts from strace: they do not depend on the load of the machine."""
    if not shutil.which("strace"):
        print("\ncounts: no strace; skipped")
        return
    for cfg in opt.configs:
        print(f"\n### {cfg}: syscalls (strace -f, container payload included)\n")
        print("| runtime | op | ok | syscalls | clone | thread | execve | open* | read | write | close | mount API | mmap/mprotect | top |\n|" + "---|" * 14)
        for rt in rts:
            for op, (ok, n, thr) in traced_life(opt, rt, cfg, bundles):
                s = lambda *k: sum(n.get(x, 0) for x in k)
                mt = s("mount", "umount2", "fsopen", "fsconfig", "fsmount", "open_tree",
                       "open_tree_attr", "move_mount", "mount_setattr", "pivot_root", "statmount")
                top = ", ".join(f"{k} {v}" for k, v in sorted(n.items(), key=lambda x: -x[1])[:6])
                print(f"| {rt.name} | {op} | {'yes' if ok else 'NO'} | {sum(n.values())} | {s(*CLONES) - thr} | {thr} | "
                      f"{s('execve', 'execveat')} | {s('open', 'openat', 'openat2', 'creat')} | {s('read', 'pread64')} | "
                      f"{s('write', 'pwrite64')} | {s('close', 'close_range')} | {mt} | {s('mmap', 'mprotect', 'munmap', 'brk')} | {top} |")
        sys.stdout.flush()
