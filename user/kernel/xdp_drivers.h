/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which drivers hand frames to XDP as they are on the wire. A frame that is redirected by XDP loses
 * what its sender left to be done: the checksum that is still to be filled in, the segmentation. So
 * mode auto uses XDP only where a driver's frames have nothing of the kind; that is what this file
 * knows, and an unknown driver has none.
 */
#ifndef NSA_KERNEL_XDP_DRIVERS_H
#define NSA_KERNEL_XDP_DRIVERS_H

#include "kernel/objects.h"

enum nsa_xdp_frames {
	NSA_XDP_FRAMES_WHOLE,
	NSA_XDP_FRAMES_UNKNOWN,
	NSA_XDP_FRAMES_UNFINISHED, /* checksums or segmentation may be pending */
};

/* Of a device of the calling thread's namespace. */
enum nsa_xdp_frames nsa_xdp_frames(const struct nsa_link *link);
/* The same, for a driver by its name alone, as ethtool(8) tells it. */
enum nsa_xdp_frames nsa_xdp_driver_frames(const char *driver);

#endif
