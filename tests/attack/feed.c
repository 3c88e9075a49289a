/* SPDX-License-Identifier: Apache-2.0 */
/* In the container: try to get hold of the terminal that the standard descriptors may be, and to
 * type into it what the host's shell would run. One line for each way. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TEXT "echo INJECTED\n"

static void feed(const char *name, int fd)
{
	int r = 0;

	for (const char *p = TEXT; *p && r == 0; p++)
		r = ioctl(fd, TIOCSTI, p);
	printf("%s %s\n", name, r == 0 ? "FED" : strerror(errno));
}

int main(void)
{
	char select[] = { 2, 0 };
	int tty;

	for (int fd = 0; fd < 3; fd++) {
		feed("stdio", fd);
		printf("ctty %s\n",
			ioctl(fd, TIOCSCTTY, 1) == 0 ? "TAKEN" : strerror(errno));
		feed("after", fd);
		ioctl(fd, TIOCLINUX, select);
	}
	tty = open("/dev/tty", O_RDWR);
	printf("tty %s\n", tty >= 0 ? "OPENED" : strerror(errno));
	if (tty >= 0)
		feed("tty", tty);
	printf("sid %d\n", (int)getsid(0));
	return 0;
}
