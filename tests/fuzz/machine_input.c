// SPDX-License-Identifier: GPL-2.0-only
#include "machine_input.h"

#include <stdlib.h>
#include <string.h>

#define MAX_CALLS 5000 /* of helpers: no frame needs so many */

static struct {
	const __u8 *at, *end;
	__u8 flags;
	unsigned int calls;
} in;

bool machine_input_begin(const __u8 *input, size_t size, struct machine_head *head,
			 const __u8 **frame, __u32 *len)
{
	if (size < sizeof(*head))
		return false;
	memcpy(head, input, sizeof(*head));
	input += sizeof(*head);
	size -= sizeof(*head);
	*frame = input;
	*len = head->frame_len[0] | (__u32)head->frame_len[1] << 8;
	if (*len > size)
		*len = (__u32)size;
	if (*len < sizeof(struct ethhdr)) /* no device hands such a frame on */
		return false;
	in.flags = head->flags;
	in.at = input + *len;
	in.end = input + size;
	in.calls = 0;
	return true;
}

bool machine_flag(__u8 flag)
{
	return in.flags & flag;
}

bool machine_has_byte(void)
{
	return in.at < in.end;
}

__u8 machine_next_byte(void)
{
	return machine_has_byte() ? *in.at++ : 0;
}

void machine_called(void)
{
	if (++in.calls > MAX_CALLS)
		abort();
}

bool machine_fails(void)
{
	machine_called();
	return machine_flag(MACHINE_FAILING) && machine_next_byte() & 1;
}
