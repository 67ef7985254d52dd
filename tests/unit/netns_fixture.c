// SPDX-License-Identifier: GPL-2.0-only
/* Network namespaces that tests of user/kernel name. */
#include <net/if.h>
#include <stdbool.h>

#include "netns_fixture.h"
#include "sandbox.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_open.h"

struct nsa_netns open_ns(const char *spec)
{
	struct nsa_netns ns;

	assert_int_equal(nsa_netns_open(spec, &ns), 0);
	return ns;
}

__u64 cookie_of(const char *spec)
{
	struct nsa_netns ns = open_ns(spec);

	nsa_netns_close(&ns);
	assert_int_equal(ns.held, -1);
	return ns.cookie;
}

bool is_link_gone(void *name)
{
	return !if_nametoindex(name);
}
