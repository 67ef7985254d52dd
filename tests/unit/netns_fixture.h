/* SPDX-License-Identifier: GPL-2.0-only */
/* Network namespaces that tests of user/kernel name. */
#ifndef NSA_TEST_NETNS_FIXTURE_H
#define NSA_TEST_NETNS_FIXTURE_H

#include <linux/types.h>
#include <stdbool.h>

#include "user/kernel/objects.h"

/* nsa_netns_open(), which must succeed; the caller closes the namespace. */
struct nsa_netns open_ns(const char *spec);
__u64 cookie_of(const char *spec);

/* For nsa_nl_wait(): has the device with this name, a string, gone from the test's namespace? */
bool is_link_gone(void *name);

#endif
