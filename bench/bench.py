#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Paired benchmark of OCI runtimes: bench.py [options] NAME=PATH [NAME=PATH ...]

The first runtime is the baseline of every ratio. All runtimes are measured in the same
round, in an order shuffled anew each round, and the ratio printed is the median of the
ratios within a round with its 95 % bootstrap interval: on a noisy machine trust the
ratios, the CPU time and the counts, and not the single wall times.

bench/run is the comparison with crun and runc; bench/README.md says how to read it.
"""
import argparse
import glob
import json
import os
import shutil
import subprocess
import sys

import limits
import sections
from configs import changed_limits, disk_of, full_limits, make_bundles
from measure import Runtime

HERE = os.path.dirname(os.path.abspath(__file__))
SECTIONS = {"ops": sections.ops, "list": sections.listing,
            "throughput": sections.throughput, "burst": sections.burst,
            "resident": sections.resident,
            "memfloor": sections.memfloor, "counts": sections.counts,
            "limits": limits.limits}
OPS = "run,create,state,start,exec,update,kill,delete"


def remove_cgroups():
    """The parents of the containers' cgroups, in every hierarchy."""
    for top in glob.glob("/sys/fs/cgroup/bench") + glob.glob("/sys/fs/cgroup/*/bench"):
        if not os.path.exists(os.path.join(top, "cgroup.procs")):
            shutil.rmtree(top, ignore_errors=True)
            continue
        for path, _, _ in os.walk(top, topdown=False):
            try:
                os.rmdir(path)
            except OSError as err:
                print(f"cannot remove {path}: {err}", file=sys.stderr)


def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("runtimes", nargs="+", metavar="NAME=PATH")
    p.add_argument("--sections", default="ops,limits,list,throughput,burst,resident,memfloor,counts")
    p.add_argument("--ops", default=OPS, help="commands of the sections ops, limits, counts")
    p.add_argument("--configs", default="simple,heavy,heavy-userns")
    p.add_argument("--reps", type=int, default=40)
    p.add_argument("--warmup", type=int, default=2)
    p.add_argument("--pause", type=float, default=0,
                   help="seconds of rest before each run, create and exec")
    p.add_argument("--list-counts", default="1,100,1000")
    p.add_argument("--containers", type=int, default=500)
    p.add_argument("--parallel", type=int, default=8)
    p.add_argument("--burst", type=int, default=64, help="how many execs at once")
    p.add_argument("--blocks", type=int, default=10)
    p.add_argument("--busybox", default=shutil.which("busybox"), help="a static busybox")
    p.add_argument("--true", help="use this static binary as /bin/true in the container "
                   "(a tiny one shows the runtime without the payload)")
    p.add_argument("--seccomp", default="/usr/share/containers/seccomp.json",
                   help="containers-common/docker profile for the heavy configs")
    p.add_argument("--no-limits", action="store_true", help="no memory/cpu/pids limits in heavy")
    p.add_argument("--systemd", action="store_true", help="cgroups by systemd's manager")
    p.add_argument("--helpers", help="directory with spawnd and incg, where there is no compiler")
    p.add_argument("--work", default="/var/tmp/davit-bench", help="bundles (a real file system)")
    p.add_argument("--run", default="/run/davit-bench", help="state directories (a tmpfs)")
    p.add_argument("--keep", action="store_true", help="keep the bundles and state directories")
    p.add_argument("--stderr", default="/dev/null", help="file for the runtimes' messages")
    opt = p.parse_args()
    opt.configs = opt.configs.split(",")
    opt.ops = opt.ops.split(",")
    opt.list_counts = [int(x) for x in opt.list_counts.split(",")]
    opt.err = open(opt.stderr, "ab")
    if opt.seccomp and not os.path.exists(opt.seccomp):
        print(f"no {opt.seccomp}: heavy configs go without seccomp")
        opt.seccomp = None
    if not opt.busybox:
        sys.exit("no busybox")
    os.makedirs(opt.work, exist_ok=True)
    os.makedirs(opt.run, exist_ok=True)
    os.chmod(opt.work, 0o755)
    for n in ("spawnd", "incg"):
        exe = os.path.join(opt.helpers or opt.work, n)
        if not opt.helpers:
            subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-O2", "-static", "-o", exe,
                            os.path.join(HERE, n + ".c")], check=True)
        setattr(opt, n, exe)
    opt.place = lambda n: f"system.slice:bench:{n}" if opt.systemd else f"/bench/{n}"
    opt.cgroup_files = limits.cgroup_files()
    opt.limits, opt.absent = full_limits(opt.cgroup_files, disk_of(opt.work))
    opt.update = os.path.join(opt.work, "update.json")
    with open(opt.update, "w") as f:
        json.dump(changed_limits(opt.limits), f)
    rts = []
    for r in opt.runtimes:
        name, _, path = r.partition("=")
        rts.append(Runtime(name, shutil.which(path) or path, opt))
    bundles = make_bundles(opt, opt.configs)
    try:
        for s in opt.sections.split(","):
            print(f"\n## {s}")
            SECTIONS[s](opt, rts, bundles)
    finally:
        for r in rts:
            for cid in r.quiet("list", "-q").stdout.split():
                r.quiet("delete", "-f", cid)
        remove_cgroups()
        if not opt.keep:
            shutil.rmtree(opt.work, ignore_errors=True)
            shutil.rmtree(opt.run, ignore_errors=True)


if __name__ == "__main__":
    main()
