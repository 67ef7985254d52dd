/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of the rig: rig.c has programs and maps, rig_devices.c namespaces, devices
 * and the wire, rig_world.c puts a world into the maps, rig_run.c runs packets and reads
 * counters. */
#ifndef NSA_TEST_RIG_INTERNAL_H
#define NSA_TEST_RIG_INTERNAL_H

#include "rig.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "before.skel.h"
#include "nsaccel_tc.skel.h"
#include "nsaccel_xdp.skel.h"
#include "user/maps/flows.h"
#include "user/maps/sequences.h"
#include "user/model/mtrie.h"

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

struct rig {
	struct nsaccel_xdp *xdp[VARIANT_COUNT];
	struct nsaccel_tc *tc[VARIANT_COUNT]; /* NULL: not loaded yet */
	__u32 bare_features;
	struct before *before;
	int tables[NS_COUNT];
	int counters[NS_COUNT];
	struct nsa_maps maps; /* as the command has them */
	bool refused;	      /* the owner's table isn't set */
	bool big;	      /* multibit tries are */
	int mtrie_fds[NS_COUNT];
	struct nsa_mtrie mtries[NS_COUNT]; /* mapped */
	int near, far;			   /* the two namespaces */
	struct outcome outcome;
};

#define must(expression)                                                                           \
	({                                                                                         \
		long result = (expression);                                                        \
		if (result < 0)                                                                    \
			fail_msg("%s:%d: %s: %s", __FILE__, __LINE__, #expression,                 \
				 strerror(errno));                                                 \
		result;                                                                            \
	})

extern const char *const rig_dev_names[DEV_COUNT]; /* nsa-NAME, and far-NAME at its other end */

/* A map of all programs, by its name in the object. */
int rig_map_fd(const struct rig *self, const char *name);
int rig_program_fd(const struct rig *self, enum variant variant, enum nsaccel_hook hook);
/* Devices of the world, in both namespaces of the rig. */
int rig_new_namespace(void);
void rig_make_devices(const struct rig *self);

#endif
