# SPDX-License-Identifier: Apache-2.0
"""Runtimes, the spawner that measures one command, and the tables of results."""
import json
import os
import random
import statistics as st
import subprocess
import sys
import time


class Spawner:
    def __init__(self, opt, stderr):
        self.p = subprocess.Popen([opt.spawnd], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=stderr, text=True, bufsize=1)

    def __call__(self, argv, pre="-"):
        self.p.stdin.write("\t".join([pre] + argv) + "\n")
        v = [int(x) for x in self.p.stdout.readline().split()]
        return dict(zip(("status", "wall", "user", "sys", "rss", "minflt", "nvcsw", "nivcsw"), v))

    def close(self):
        self.p.stdin.close()
        self.p.wait()


class Runtime:
    def __init__(self, name, path, opt):
        self.name, self.path, self.opt = name, path, opt
        self.root = os.path.join(opt.run, "root-" + name)
        os.makedirs(self.root, exist_ok=True)

    def cmd(self, *a, root=None):
        # Engines say how cgroups are managed when a container is made, and not again.
        how = ["--systemd-cgroup"] if self.opt.systemd and a[0] in ("run", "create") else []
        return [self.path, "--root", root or self.root, *how, *a]

    def quiet(self, *a, root=None):
        # `create` leaves a process that keeps its stdout open: no pipe there.
        out = subprocess.DEVNULL if a[0] == "create" else subprocess.PIPE
        return subprocess.run(self.cmd(*a, root=root), stdin=subprocess.DEVNULL,
                              stdout=out, stderr=self.opt.err, text=True)

    def pid(self, cid, root=None):
        return json.loads(self.quiet("state", cid, root=root).stdout)["pid"]


def cmdline(pid):
    try:
        return open(f"/proc/{pid}/cmdline").read()
    except OSError:
        return ""


def wait_dead(pid):
    for _ in range(20000):
        try:
            s = open(f"/proc/{pid}/stat").read()
        except OSError:
            return
        if s.rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.0005)


class Table:
    def __init__(self):
        self.d = {}

    def add(self, key, rt, m):
        self.d.setdefault(key, {}).setdefault(rt, []).append(m)

    @staticmethod
    def coarse(values):
        """A clock of ticks (user-mode Linux): single values say little, their sum does."""
        return all(v % 4000 == 0 for v in values)

    @classmethod
    def middle(cls, values):
        return st.mean(values) if cls.coarse(values) else st.median(values)

    @classmethod
    def ratio(cls, a, b, rnd=random.Random(1)):
        if cls.coarse(a) and cls.coarse(b):
            pairs = list(zip(a, b))
            over = lambda p: sum(x for x, _ in p) / (sum(y for _, y in p) or 1)
            if not sum(b):
                return "-"
            boots = sorted(over(rnd.choices(pairs, k=len(pairs))) for _ in range(400))
            return f"{over(pairs):.2f} [{boots[10]:.2f},{boots[389]:.2f}]"
        r = [x / y for x, y in zip(a, b) if y]
        if not r:
            return "-"
        boots = sorted(st.median(rnd.choices(r, k=len(r))) for _ in range(400))
        return f"{st.median(r):.2f} [{boots[10]:.2f},{boots[389]:.2f}]"

    def show(self, names):
        """A line for each operation and runtime.  `cpu` is user + sys of the
        command and what it waited for; the kernel splits the two by sampling,
        so only the share of user time over all runs is given."""
        print("\n| op | runtime | n | fail | wall ms | x " + names[0] + " | cpu ms | x " + names[0]
              + " | user % | peak RSS KiB | x | minor faults | ctx switches |\n" + "|---" * 13 + "|")
        for key, by in self.d.items():
            for n in names:
                if n not in by:
                    continue
                a, z = by[n], by[names[0]]
                col = lambda r, f: [m[f] for m in r]
                med = lambda f: st.median(col(a, f))
                tot = sum(col(a, "cpu")) or 1
                print(f"| {key} | {n} | {len(a)} | {sum(1 for m in a if m['status'])} | "
                      f"{med('wall') / 1e6:.2f} | {self.ratio(col(a, 'wall'), col(z, 'wall'))} | "
                      f"{self.middle(col(a, 'cpu')) / 1e3:.2f} | {self.ratio(col(a, 'cpu'), col(z, 'cpu'))} | "
                      f"{100 * sum(col(a, 'user')) / tot:.0f} | {med('rss'):.0f} | "
                      f"{med('rss') / (st.median(col(z, 'rss')) or 1):.2f} | {med('minflt'):.0f} | "
                      f"{med('nvcsw') + med('nivcsw'):.0f} |")
        sys.stdout.flush()


def measured(sp, argv, pre="-"):
    m = sp(argv, pre)
    m["cpu"] = m["user"] + m["sys"]
    return m
