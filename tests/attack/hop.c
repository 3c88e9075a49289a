/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves itself from one cgroup to a new one for ever, and removes the one that it has left:
 *
 *   hop FOLDER WORD
 *
 * All are in FOLDER, which gets WORD into its cgroup.subtree_control, so that nobody can enter
 * FOLDER itself any more. Says "ready" then.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int put(const char *folder, const char *file, const char *text)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	close(fd);
	return n < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	char from[32] = "";

	if (argc != 3 || chdir(argv[1]) < 0)
		return 125;
	for (unsigned n = 0;; n++) {
		char to[32];

		snprintf(to, sizeof(to), "hop-%u", n);
		if (mkdir(to, 0755) < 0 || put(to, "cgroup.procs", "0") < 0)
			return 124;
		if (n == 0 && put(".", "cgroup.subtree_control", argv[2]) < 0)
			return 123;
		if (n == 0)
			printf("ready\n");
		fflush(stdout);
		if (n > 0)
			rmdir(from);
		memcpy(from, to, sizeof(to));
	}
}
