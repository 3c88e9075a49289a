/* SPDX-License-Identifier: Apache-2.0 */
/* main(): the command, or the process that the command runs anew to become a container. */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "davit/davit.h"

/* A descriptor that we open must never be taken for the standard output. */
static int fill_stdio(void)
{
	struct pollfd fds[3] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };
	int fd;

	/* One call in the usual case; it fails where RLIMIT_NOFILE is below 3. */
	if (poll(fds, 3, 0) >= 0 &&
		!((fds[0].revents | fds[1].revents | fds[2].revents) & POLLNVAL))
		return 0;
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd < 3);
	if (fd < 0)
		return -1;
	return close(fd);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "init") == 0)
		davit_child_main(argc, argv);
	if (fill_stdio() < 0)
		return 1;
	return cli_main(argc, argv);
}
