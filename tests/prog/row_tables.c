// SPDX-License-Identifier: GPL-2.0-only
/* The list of all tables of packets. */
#include "rows.h"

const struct row_table *const row_tables[] = {
	&rows_route,  &rows_parse,	 &rows_nexthop,	 &rows_mtu,	  &rows_rp_filter,
	&rows_reject, &rows_macvlan,	 &rows_bridge,	 &rows_fib,	  &rows_gate,
	&rows_guard,  &rows_guard_link,	 &rows_guard_nd, &rows_isolation, &rows_isolation_in,
	&rows_limit,  &rows_confinement,
};
const size_t row_table_count = ARRAY_SIZE(row_tables);
