/* SPDX-License-Identifier: Apache-2.0 */
/* The steps by name, for the registry alone: a step does not know the others. */
#ifndef DAVIT_SETUP_STEPS_H
#define DAVIT_SETUP_STEPS_H

#include "setup/step.h"

/* parent */
extern const struct step step_seccomp_agent, step_rdt_group, step_cgroup, step_unit;

/* init */
extern const struct step step_join, step_become_root, step_exec_root, step_cgroup_ns,
	step_ipc_ns, step_net_devices;
extern const struct step step_root, step_null, step_mounts, step_devices, step_dev_links,
	step_cwd_make;
extern const struct step step_pivot, step_session, step_terminal, step_stdio, step_names,
	step_loopback, step_sysctl, step_readonly_mounts, step_readonly_paths,
	step_masked_paths, step_readonly_root, step_root_propagation, step_keyring,
	step_signals;
extern const struct step step_home, step_affinity, step_scheduler, step_io_priority,
	step_memory_policy, step_personality, step_umask, step_limits, step_cwd, step_fds,
	step_handles, step_caps_memory, step_seccomp_early, step_bounding, step_ids,
	step_caps, step_cwd_user, step_nnp, step_exec_lookup;
extern const struct step step_seccomp, step_start_hooks, step_signals_last;
extern const struct step step_labels_ask, step_labels;

/* Is the plan's container process there? Most of what concerns it hangs on this (LIFE-06). */
static inline bool step_has_process(const struct plan *plan)
{
	return plan->process && !plan->process->absent;
}

#endif
