/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens a device again and again until the file STOP is there; prints how often it tried and how
 * often it got in: "tries N", "opened N".
 *
 *   opener DEVICE STOP
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	unsigned long tries = 0, opened = 0;

	if (argc != 3)
		return 2;
	puts("ready");
	fflush(stdout);
	while (access(argv[2], F_OK) < 0) {
		for (int i = 0; i < 100; i++) {
			int fd = open(argv[1], O_RDONLY | O_NONBLOCK);

			tries++;
			if (fd < 0)
				continue;
			opened++;
			close(fd);
		}
	}
	printf("tries %lu\nopened %lu\n", tries, opened);
	return 0;
}
