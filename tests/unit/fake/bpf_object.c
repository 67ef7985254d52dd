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
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "sandbox.h"
#include "fake/bpf.h"
#include "fake/fail.h"
#include "fake/kernel.h"
#include "user/maps/pin.h"
#include "user/maps/run_dir.h"
#include "user/util/array.h"

#define DESCRIPTORS 1024

static struct {
	char directory[64];
	struct fake_object **objects;
	size_t count, room;
	__u32 next_id;
	struct fake_object *of[DESCRIPTORS]; /* of each descriptor; NULL: of none */
} bpf;

static void free_object(struct fake_object *object)
{
	fake_map_free(object);
	if (object->pin >= 0)
		close(object->pin);
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

struct fake_object *fake_object_new(enum fake_kind kind)
{
	struct fake_object **slot = ARRAY_ADD(bpf.objects, bpf.count, bpf.room);
	struct fake_object *object = calloc(1, sizeof(*object));

	assert_true(slot && object);
	*slot = object;
	object->kind = kind;
	object->id = ++bpf.next_id;
	object->pin = -1;
	return object;
}

int fake_object_open(struct fake_object *object)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0 && fd < DESCRIPTORS);
	bpf.of[fd] = object;
	return fd;
}

struct fake_object *fake_object_of(int fd)
{
	return fd >= 0 && fd < DESCRIPTORS ? bpf.of[fd] : NULL;
}

/* All that is closed is closed by this. */
int close(int fd)
{
	if (fd >= 0 && fd < DESCRIPTORS)
		bpf.of[fd] = NULL;
	return (int)syscall(SYS_close, fd);
}

struct fake_object *fake_object_by_id(__u32 id)
{
	return id && id <= bpf.count ? bpf.objects[id - 1] : NULL;
}

struct fake_object *fake_object_at(size_t n)
{
	return n < bpf.count ? bpf.objects[n] : NULL;
}

struct fake_object *fake_object_pinned(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return NULL;
	for (size_t i = 0; i < bpf.count; i++)
		if (bpf.objects[i]->pin >= 0 && bpf.objects[i]->inode == st.st_ino)
			return bpf.objects[i];
	return NULL;
}

struct fake_object *fake_map_of(enum nsa_map map)
{
	char path[PATH_MAX];

	return nsa_pin_path(path, "%s", nsa_map_names[map].pin) ? NULL : fake_object_pinned(path);
}

bool fake_object_is_pinned(const struct fake_object *object)
{
	struct stat st;

	return object->pin >= 0 && !fstat(object->pin, &st) && st.st_nlink;
}

int bpf_obj_get(const char *path)
{
	struct fake_object *object;

	FAKE_CALL();
	object = fake_object_pinned(path);
	return object ? fake_object_open(object) : -ENOENT;
}

int bpf_obj_pin(int fd, const char *path)
{
	struct fake_object *object = fake_object_of(fd);
	struct stat st;
	int pin;

	FAKE_CALL();
	assert_true(object && !fake_object_is_pinned(object));
	pin = open(path, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0600);
	if (pin < 0)
		return -errno;
	assert_int_equal(fstat(pin, &st), 0);
	if (object->pin >= 0)
		close(object->pin);
	object->pin = pin;
	object->inode = st.st_ino;
	return 0;
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
		link->xdp.ifindex = fake_kernel_has(object->netns, object->ifindex) ?
					    (__u32)object->ifindex :
					    0;
	} else {
		((struct bpf_prog_info *)info)->id = object->id;
	}
	return 0;
}

int bpf_map_get_fd_by_id(__u32 id)
{
	struct fake_object *object;

	FAKE_CALL();
	object = fake_object_by_id(id);
	return object ? fake_object_open(object) : -ENOENT;
}

int bpf_btf_get_fd_by_id(__u32 id)
{
	(void)id;
	FAKE_CALL();
	return fake_object_open(fake_object_new(FAKE_BTF));
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

const char *nsa_run_dir_remedy(int r)
{
	(void)r;
	return "";
}
