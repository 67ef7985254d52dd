/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs a row: the TC program, the same as a probe, and the XDP program, and asserts what becomes of
 * the packet. */
#ifndef NSA_TEST_ROW_RUN_H
#define NSA_TEST_ROW_RUN_H

#include "rows.h"

/* As the rig's, with those who listen on eth2. */
int row_set_up(void **state);
int row_tear_down(void **state);

/* cmocka tests, whose initial state is a row. */
void row_test(void **state);
void row_test_big(void **state); /* tables are multibit tries */

/* Parts of it */
void row_build(struct packet *packet, const struct row *row);
void row_apply(struct world *world, const struct row *row);
/* The TC program, whose counters are then those of this run alone. */
struct outcome *row_run(const struct row *row, const struct packet *in, bool probe);
void row_run_tc(const struct row *row, const struct world *world, const struct packet *in);
void row_run_probe(const struct row *row, const struct world *world, const struct packet *in);
void row_run_xdp(const struct row *row, const struct world *world, const struct packet *in);
void row_assert_output(const struct row *row, const struct expected *expected,
		       const struct world *world, const struct packet *in,
		       const struct packet *got);
void row_assert_counted(const struct row *row, const struct expected *expected,
			enum nsaccel_hook hook, const struct world *world, const struct packet *in);

#endif
