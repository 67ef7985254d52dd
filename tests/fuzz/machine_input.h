/* SPDX-License-Identifier: GPL-2.0-only */
/* What the input says, byte by byte: for the parts of the machine. */
#ifndef NSA_FUZZ_MACHINE_INPUT_H
#define NSA_FUZZ_MACHINE_INPUT_H

#include "machine.h"

/* The input's first bytes; the frame follows, then what is asked for as the program runs. */
struct machine_head {
	__u8 flags;  /* enum machine_flag */
	__u8 linear; /* bytes of the frame that are so, at first; 255: all */
	__u8 ifindex, ingress_ifindex;
	__u8 offload; /* of 16 bytes each: gso_size */
	__u8 mark;    /* 0 mostly */
	__u8 frame_len[2];
};

/* false: it is too short. */
bool machine_input_begin(const __u8 *input, size_t size, struct machine_head *head,
			 const __u8 **frame, __u32 *len);
bool machine_flag(__u8 flag);
/* 0 behind the input's end. */
__u8 machine_next_byte(void);
bool machine_has_byte(void);
/* Each helper says that it was called: that ends. */
void machine_called(void);
/* Likewise; does it fail? */
bool machine_fails(void);

#endif
