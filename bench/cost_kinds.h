/* SPDX-License-Identifier: GPL-2.0-only */
/* The kinds of packet whose cost is measured. */
#ifndef NSA_BENCH_COST_KINDS_H
#define NSA_BENCH_COST_KINDS_H

#include "rows.h"

struct cost_kind {
	const char *name;
	bool xdp;
	struct row row;
	void (*prepare)(const struct row *row,
			struct world *world); /* after the row's world is in the maps */
};

extern const struct cost_kind cost_kinds[];
extern const size_t cost_kind_count;

#endif
