// SPDX-License-Identifier: GPL-2.0-only
#include "machine_frame.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ROOM	 (1 << 17) /* of a frame: the longest, what helpers add, and a red zone */
#define HEADROOM 258	   /* as in the kernel: the IP header is aligned */

struct machine_frame machine_frame;

static __u8 *room;
static __u32 len_before;
static struct copy {
	__u8 align[2]; /* the IP header, again */
	__u8 frame[MACHINE_MAX_FRAME];
} before __attribute__((aligned(4))), now __attribute__((aligned(4)));

__attribute__((no_sanitize("address"))) void machine_frame_copy(__u8 *to, const __u8 *from,
								size_t len)
{
	for (size_t i = 0; i < len; i++)
		*(volatile __u8 *)(to + i) = from[i];
}

__attribute__((no_sanitize("address"))) void machine_frame_zero(__u8 *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		*(volatile __u8 *)(at + i) = 0;
}

static void make_room(void)
{
	if (room)
		return;
	room = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1,
		    0);
	if (room == MAP_FAILED)
		abort();
}

void machine_frame_show(void)
{
	ASAN_POISON_MEMORY_REGION(room, ROOM);
	ASAN_UNPOISON_MEMORY_REGION(machine_frame.data, machine_frame.linear);
}

void machine_frame_begin(const __u8 *frame, __u32 len, __u32 linear)
{
	make_room();
	machine_frame.data = room + HEADROOM;
	machine_frame.len = len;
	machine_frame.linear = linear == 255 || linear > len ? len : linear;
	if (machine_frame.linear < sizeof(struct ethhdr))
		machine_frame.linear = sizeof(struct ethhdr);
	len_before = len;
	memcpy(before.frame, frame, len);
	machine_frame_copy(machine_frame.data, frame, len);
	machine_frame_show();
}

void machine_frame_end(void)
{
	ASAN_UNPOISON_MEMORY_REGION(room, ROOM);
}

bool machine_frame_push(__u32 bytes)
{
	if (machine_frame.data - bytes < room)
		return false;
	machine_frame.data -= bytes;
	machine_frame.len += bytes;
	machine_frame.linear += bytes;
	return true;
}

long machine_frame_load(__u32 offset, void *to, __u32 len)
{
	if (!len || offset > 0x7fffffff || (size_t)offset + len > machine_frame.len)
		return -1;
	memset(to, 0, len); /* checks that there is room */
	machine_frame_copy(to, machine_frame.data + offset, len);
	return 0;
}

void machine_frame_cut(__u32 len)
{
	machine_frame.len = len;
	if (machine_frame.linear > len)
		machine_frame.linear = len;
}

const __u8 *machine_frame_before(__u32 *len)
{
	*len = len_before;
	return before.frame;
}

__u8 *machine_frame_now(__u32 *len)
{
	machine_frame_copy(now.frame, machine_frame.data, machine_frame.len);
	*len = machine_frame.len;
	return now.frame;
}

bool machine_frame_is_unchanged(void)
{
	__u32 len;
	const __u8 *frame = machine_frame_now(&len);

	return len == len_before && !memcmp(frame, before.frame, len);
}
