/* SPDX-License-Identifier: GPL-2.0-only */
/* The frame: what isn't linear of it can't be touched but by helpers. */
#ifndef NSA_FUZZ_MACHINE_FRAME_H
#define NSA_FUZZ_MACHINE_FRAME_H

#include "machine.h"

#define MACHINE_MAX_FRAME 65535

struct machine_frame {
	__u8 *data; /* in the first 2 GiB: contexts have 32 bits for it */
	__u32 len, linear;
};

extern struct machine_frame machine_frame;

/* linear: 255 is all. */
void machine_frame_begin(const __u8 *frame, __u32 len, __u32 linear);
void machine_frame_end(void);
/* To be called when it has changed: where programs may look. */
void machine_frame_show(void);

/* Where no AddressSanitizer looks */
void machine_frame_copy(__u8 *to, const __u8 *from, size_t len);
void machine_frame_zero(__u8 *at, size_t len);

/* More before the frame, which is to be written; false: there is no room. */
bool machine_frame_push(__u32 bytes);
void machine_frame_cut(__u32 len);
/* As the helpers that load bytes: non-zero, if it hasn't so many. */
long machine_frame_load(__u32 offset, void *to, __u32 len);

#endif
