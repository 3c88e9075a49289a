/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file system in user space whose one file is never read to the end: who reads it waits in the
 * kernel, and not even SIGKILL ends that before the server is gone (J6). No libfuse: the protocol
 * of /dev/fuse (linux/fuse.h) has few requests that matter here.
 *
 *   stall FOLDER    mounts there; says "ready", and "stalled" when somebody reads FOLDER/file
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILE_NODE 2
#define REQUEST_MAX 65536

static int device;

static void answer(uint64_t unique, int error, const void *data, size_t n)
{
	struct fuse_out_header head = {
		.len = (uint32_t)(sizeof(head) + n), .error = error, .unique = unique
	};
	struct iovec parts[] = { { &head, sizeof(head) },
		{ (void *)(uintptr_t)data, n } };

	if (writev(device, parts, n ? 2 : 1) < 0 && errno != ENOENT)
		perror("writev");
}

static struct fuse_attr attributes(uint64_t node)
{
	struct fuse_attr a = { .ino = node,
		.size = 4096,
		.nlink = 1,
		.blksize = 4096,
		.mode = node == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0644 };

	return a;
}

static void on_init(uint64_t unique, const struct fuse_init_in *in)
{
	struct fuse_init_out out = { .major = FUSE_KERNEL_VERSION,
		.minor = in->minor < FUSE_KERNEL_MINOR_VERSION
				 ? in->minor
				 : FUSE_KERNEL_MINOR_VERSION,
		.max_write = 4096 };

	answer(unique, 0, &out, sizeof(out));
}

static void on_lookup(uint64_t unique, const char *name)
{
	struct fuse_entry_out out = {
		.nodeid = FILE_NODE, .entry_valid = 60, .attr_valid = 60
	};

	if (strcmp(name, "file") != 0) {
		answer(unique, -ENOENT, NULL, 0);
		return;
	}
	out.attr = attributes(FILE_NODE);
	answer(unique, 0, &out, sizeof(out));
}

static void serve(const struct fuse_in_header *head, const void *body)
{
	struct fuse_attr_out attr = { .attr_valid = 60,
		.attr = attributes(head->nodeid) };
	/* Past the page cache, whose readers can be killed. */
	struct fuse_open_out opened = { .open_flags = FOPEN_DIRECT_IO };

	switch (head->opcode) {
	case FUSE_INIT:
		on_init(head->unique, body);
		break;
	case FUSE_LOOKUP:
		on_lookup(head->unique, body);
		break;
	case FUSE_GETATTR:
		answer(head->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		answer(head->unique, 0, &opened, sizeof(opened));
		break;
	case FUSE_READ:
		puts("stalled");
		fflush(stdout);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		/* The one that is interrupted is not ended by that; the others want no answer. */
		break;
	default:
		answer(head->unique, -ENOSYS, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	static _Alignas(8) char request[REQUEST_MAX];
	char options[128];

	if (argc != 2)
		return 2;
	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (device < 0) {
		perror("/dev/fuse");
		return 1;
	}
	snprintf(options, sizeof(options),
		"fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", device);
	if (mount("stall", argv[1], "fuse", MS_NOSUID | MS_NODEV, options) < 0) {
		perror("mount");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		ssize_t n = read(device, request, sizeof(request));

		if (n < 0 && (errno == EINTR || errno == ENOENT))
			continue;
		if (n < (ssize_t)sizeof(struct fuse_in_header))
			return n < 0 && errno == ENODEV ? 0 : 1;
		serve((const void *)request, request + sizeof(struct fuse_in_header));
	}
}
