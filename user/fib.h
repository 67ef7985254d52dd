/* SPDX-License-Identifier: GPL-2.0-only */
/* What the owner's kernel FIB says, from the routes in a view: local table, then main. Pure. */
#ifndef NSA_FIB_H
#define NSA_FIB_H

#include "view.h"

/* The route that the kernel would use, or NULL. */
const struct nsa_krt *nsa_fib_lookup(const struct nsa_view *view, __u8 family, const __u8 *addr);
/* Do other routes of the same prefix share its traffic by TOS, source or order of creation? */
bool nsa_fib_is_contested(const struct nsa_view *view, const struct nsa_krt *route);
/* Of several routes for one prefix, is this the one in use; and does no route of the local table,
 * which is asked first, hide it? */
bool nsa_fib_is_effective(const struct nsa_view *view, const struct nsa_krt *route);
bool nsa_prefix_covers(const __u8 *prefix, __u8 len, const __u8 *addr);

#endif
