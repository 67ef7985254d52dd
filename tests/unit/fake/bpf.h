/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf(2) without a kernel: the functions of libbpf that user/maps and user/dataplane call. A map,
 * program or link is an object in memory behind descriptors; a pin is a file in a directory that
 * stands for bpffs, so that user/maps/pin.c renames and removes it as ever.
 */
#ifndef NSA_TEST_FAKE_BPF_H
#define NSA_TEST_FAKE_BPF_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/bpf.h>
#include <linux/types.h>
#include <sys/types.h>

#include "user/maps/maps.h"

enum fake_kind {
	FAKE_MAP,
	FAKE_PROGRAM,
	FAKE_LINK,
	FAKE_BTF,
};

struct fake_element {
	void *key, *value;
};

struct fake_object {
	enum fake_kind kind;
	__u32 id;
	int pin;     /* a descriptor of the file that it was pinned as last; -1: it never was */
	ino_t inode; /* of that */
	/* A map. An array is in memory; count: up to the last element that was written. Others are
	 * elements in the order of their keys. */
	enum bpf_map_type type;
	__u32 key_size, value_size, max_entries, flags;
	void *memory;
	struct fake_element *elements;
	size_t count, room;
	/* A link, of the program, to a hook of a device. */
	__u32 program;
	__u64 netns;
	int ifindex, hook, created_fd;
};

/* Empties everything, and names the directory that stands for bpffs. */
void fake_bpf_reset(const char *directory);
const char *fake_bpf_directory(void);

struct fake_object *fake_object_new(enum fake_kind kind);
/* The object that the descriptor was opened for; NULL: none, or it is closed. */
struct fake_object *fake_object_of(int fd);
struct fake_object *fake_object_by_id(__u32 id);
/* The object number n, in the order in which they were made; NULL: there are fewer. */
struct fake_object *fake_object_at(size_t n);
/* A descriptor of it, which the caller closes. */
int fake_object_open(struct fake_object *object);
/* The pinned one; NULL: nothing is pinned there. */
struct fake_object *fake_object_pinned(const char *path);
bool fake_object_is_pinned(const struct fake_object *object);
/* The pinned map of nsaccel's; NULL: there is none. */
struct fake_object *fake_map_of(enum nsa_map map);

struct fake_object *fake_map_new(enum bpf_map_type type, __u32 key_size, __u32 value_size,
				 __u32 max_entries, __u32 flags);
void fake_map_free(struct fake_object *map);
size_t fake_map_value_size(const struct fake_object *map);
bool fake_map_is_array(const struct fake_object *map);
/* Of an array: the element; of another: NULL if the key has none. */
void *fake_map_value(const struct fake_object *map, const void *key);

/* A program of somebody else at a hook (enum bpf_attach_type) of a device, before all others. */
void fake_bpf_add_other(__u64 netns, int ifindex, int hook);
/* The next link after *at that is attached: pinned, or the descriptor that made it open. NULL:
 * there is none more. */
const struct fake_object *fake_bpf_next_link(size_t *at);

/* False: a kernel without tcx. Nothing is attached by it, and user/dataplane/hook_tc.c uses
 * clsact. */
extern bool fake_bpf_has_tcx;

#endif
