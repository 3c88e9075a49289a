# SPDX-License-Identifier: Apache-2.0
"""What limits cost: the same container without any and with all that this machine has."""
import os
import shutil
import statistics as st
import sys

from configs import make_bundles
from measure import Spawner, Table
from sections import life, traced_life

CONFIGS = ("simple", "limits")


def has_limits(opt):
    """Are there controllers to set limits of? On v2 the runtimes need them in the root."""
    return {"pids.max", "memory.limit_in_bytes", "memory.max"} & opt.cgroup_files


def limits(opt, rts, _):
    if not has_limits(opt):
        print("\nlimits: no memory and pids controllers here; skipped")
        return
    if opt.absent:
        print(f"not there, left out of the limits: {', '.join(opt.absent)}")
    bundles = make_bundles(opt, CONFIGS)
    t, sp = Table(), Spawner(opt, opt.err)
    for rnd in range(opt.reps + opt.warmup):
        rec = t.add if rnd >= opt.warmup else (lambda *a: None)
        for cfg in CONFIGS:
            life(opt, rts, sp, cfg, bundles, f"{rnd}-{cfg}", rec)
    sp.close()
    calls = {}
    if shutil.which("strace"):
        for cfg in CONFIGS:
            for rt in rts:
                for op, (ok, n, _) in traced_life(opt, rt, cfg, bundles):
                    calls[f"{cfg}: {op}", rt.name] = sum(n.values()) if ok else None
    show(t, calls, [r.name for r in rts])


def show(t, calls, names):
    """Beside each ratio to the baseline the ratio to the same command without limits."""
    base = names[0]
    print(f"\n| op | runtime | n | fail | cpu ms | x {base} | x without limits | wall ms | x {base} | "
          f"minor faults | x | syscalls | x |\n" + "|---" * 13 + "|")
    for key, by in t.d.items():
        bare = t.d.get(key.replace("limits:", "simple:"), {}) if key.startswith("limits:") else {}
        for n in names:
            if n not in by:
                continue
            a, z = by[n], by[base]
            col = lambda rows, f: [m[f] for m in rows]
            over = lambda x, y: f"{x / y:.2f}" if x and y else "-"
            faults = [st.median(col(x, "minflt")) for x in (a, z)]
            own, of_base = (calls.get((key, x)) for x in (n, base))
            print(f"| {key} | {n} | {len(a)} | {sum(1 for m in a if m['status'])} | "
                  f"{t.middle(col(a, 'cpu')) / 1e3:.2f} | {Table.ratio(col(a, 'cpu'), col(z, 'cpu'))} | "
                  f"{Table.ratio(col(a, 'cpu'), col(bare[n], 'cpu')) if n in bare else '-'} | "
                  f"{st.median(col(a, 'wall')) / 1e6:.2f} | {Table.ratio(col(a, 'wall'), col(z, 'wall'))} | "
                  f"{faults[0]:.0f} | {over(*faults)} | {own or '-'} | {over(own, of_base)} |")
    sys.stdout.flush()


def cgroup_files():
    """The files that a new cgroup has here."""
    top, found = "/sys/fs/cgroup", set()
    v2 = os.path.exists(os.path.join(top, "cgroup.controllers"))
    if v2:
        # As the runtimes would.
        for name in open(os.path.join(top, "cgroup.controllers")).read().split():
            try:
                with open(os.path.join(top, "cgroup.subtree_control"), "w") as f:
                    f.write("+" + name)
            except OSError:
                pass
    for h in [top] if v2 else [os.path.join(top, n) for n in os.listdir(top)]:
        probe = os.path.join(h, f"bench-probe-{os.getpid()}")
        if os.path.exists(os.path.join(h, "cgroup.procs")):
            try:
                os.mkdir(probe)
            except OSError:
                continue
            found |= set(os.listdir(probe))
            os.rmdir(probe)
    return found
