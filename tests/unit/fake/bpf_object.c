// SPDX-License-Identifier: GPL-2.0-only
/* Objects of the fake bpf(2), their descriptors and their pins. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "sandbox.h"
#include "fake/bpf.h"
#include "fake/fail.h"
#include "user/maps/run_dir.h"
#include "user/util/array.h"

static struct {
	char directory[64];
	struct fake_object **objects;
	size_t count, room;
	__u32 next_id;
} bpf;

static void free_object(struct fake_object *object)
{
	fake_map_free(object);
	close(object->fd);
	free(object);
}

void fake_bpf_reset(const char *directory)
{
	for (size_t i = 0; i < bpf.count; i++)
		free_object(bpf.objects[i]);
	free(bpf.objects);
	memset(&bpf, 0, sizeof(bpf));
	snprintf(bpf.directory, sizeof(bpf.directory), "%s", directory);
	fake_bpf_has_tcx = true;
}

const char *fake_bpf_directory(void)
{
	return bpf.directory;
}

/* An object is a file without a name, which a pin gives it. */
static int new_file(void)
{
	return open(bpf.directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

/* By which a descriptor names its object; 0: it is closed. */
static ino_t inode(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? 0 : st.st_ino;
}

struct fake_object *fake_object_new(enum fake_kind kind)
{
	struct fake_object **slot = ARRAY_ADD(bpf.objects, bpf.count, bpf.room);
	struct fake_object *object = calloc(1, sizeof(*object));

	assert_true(slot && object);
	*slot = object;
	object->kind = kind;
	object->id = ++bpf.next_id;
	object->fd = new_file();
	object->inode = inode(object->fd);
	assert_true(object->inode);
	return object;
}

int fake_object_open(const struct fake_object *object)
{
	return fcntl(object->fd, F_DUPFD_CLOEXEC, 0);
}

static struct fake_object *find(ino_t wanted)
{
	for (size_t i = bpf.count; wanted && i-- > 0;)
		if (bpf.objects[i]->inode == wanted)
			return bpf.objects[i];
	return NULL;
}

struct fake_object *fake_object_of(int fd)
{
	return find(inode(fd));
}

struct fake_object *fake_object_by_id(__u32 id)
{
	for (size_t i = 0; i < bpf.count; i++)
		if (bpf.objects[i]->id == id)
			return bpf.objects[i];
	return NULL;
}

struct fake_object *fake_object_at(size_t n)
{
	return n < bpf.count ? bpf.objects[n] : NULL;
}

struct fake_object *fake_object_pinned(const char *path)
{
	struct stat st;

	return stat(path, &st) ? NULL : find(st.st_ino);
}

bool fake_object_is_pinned(const struct fake_object *object)
{
	struct stat st;

	return !fstat(object->fd, &st) && st.st_nlink;
}

int bpf_obj_get(const char *path)
{
	int fd;

	FAKE_CALL();
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int bpf_obj_pin(int fd, const char *path)
{
	char file[32];

	FAKE_CALL();
	assert_non_null(fake_object_of(fd));
	snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, file, AT_FDCWD, path, AT_SYMLINK_FOLLOW) ? -errno : 0;
}

static void fill_map(const struct fake_object *object, struct bpf_map_info *info)
{
	info->type = object->type;
	info->id = object->id;
	info->key_size = object->key_size;
	info->value_size = object->value_size;
	info->max_entries = object->max_entries;
	info->map_flags = object->flags;
}

int bpf_obj_get_info_by_fd(int fd, void *info, __u32 *len)
{
	const struct fake_object *object;

	FAKE_CALL();
	object = fake_object_of(fd);
	assert_non_null(object);
	memset(info, 0, *len);
	if (object->kind == FAKE_MAP) {
		fill_map(object, info);
	} else if (object->kind == FAKE_LINK) {
		struct bpf_link_info *link = info;

		link->id = object->id;
		link->prog_id = object->program;
		link->xdp.ifindex = (__u32)object->ifindex;
	} else {
		((struct bpf_prog_info *)info)->id = object->id;
	}
	return 0;
}

int bpf_map_get_fd_by_id(__u32 id)
{
	const struct fake_object *object;

	FAKE_CALL();
	object = fake_object_by_id(id);
	return object ? fake_object_open(object) : -ENOENT;
}

int bpf_btf_get_fd_by_id(__u32 id)
{
	(void)id;
	FAKE_CALL();
	return new_file();
}

/* The directory is a bpffs, as far as user/maps/pin.c can see. */
int statfs(const char *path, struct statfs *out)
{
	struct stat st;

	if (stat(path, &st))
		return -1;
	memset(out, 0, sizeof(*out));
	out->f_type = BPF_FS_MAGIC;
	return 0;
}

/* What stands in /run/nsaccel otherwise is beside the pins. */
int nsa_run_dir_path(char *path, size_t size, const char *suffix)
{
	return snprintf(path, size, "%s.%s", bpf.directory, suffix) < (int)size ? 0 : -ENAMETOOLONG;
}

int nsa_run_dir_make(void)
{
	FAKE_CALL();
	return 0;
}
