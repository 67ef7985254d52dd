/* SPDX-License-Identifier: GPL-2.0-only */
/* The pinned maps, on a bpffs that is gone with the test. */
#ifndef NSA_TEST_PINS_H
#define NSA_TEST_PINS_H

#include "user/maps/maps.h"

/* After sandbox_enter(). Once per process. */
void pins_make(void);
/* All pins anew, with nothing in them. */
struct nsa_maps *pins_open(void);
void pins_close(struct nsa_maps *maps);

#endif
