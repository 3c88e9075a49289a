/* SPDX-License-Identifier: Apache-2.0 */
/* incg PROCS COMMAND...: enters the cgroup whose cgroup.procs is PROCS, then execve. */
#include <fcntl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int fd = argc > 2 ? open(argv[1], O_WRONLY | O_CLOEXEC) : -1;

	if (fd < 0 || write(fd, "0", 1) != 1)
		return 125;
	execv(argv[2], argv + 2);
	return 127;
}
