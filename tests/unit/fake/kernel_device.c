// SPDX-License-Identifier: GPL-2.0-only
/* Devices of the fake kernel and their settings: sysctls, ethtool, qdiscs, what user/kernel/link.h
 * makes. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "sandbox.h"
#include "fake/fail.h"
#include "fake/kernel.h"
#include "user/kernel/ethtool.h"
#include "user/kernel/features.h"
#include "user/kernel/icmp.h"
#include "user/kernel/link.h"
#include "user/kernel/netdev.h"
#include "user/kernel/qdisc.h"
#include "user/kernel/spawn.h"
#include "user/kernel/sysctl.h"
#include "user/util/hash.h"

int nsa_feature_check_privileges(void)
{
	FAKE_CALL();
	return 0;
}

bool nsa_feature_kern_ctx(void)
{
	return false;
}

bool nsa_feature_ct_lookup(void)
{
	return true;
}

bool nsa_feature_freplace(void)
{
	return false;
}

__u64 nsa_icmp_received(void)
{
	return 0;
}

int nsa_spawn_wait(char *const words[])
{
	(void)words;
	FAKE_CALL();
	return 0;
}

int nsa_spawn_daemon(char *const words[], const char *log, int patience_ms)
{
	(void)words;
	(void)log;
	(void)patience_ms;
	FAKE_CALL();
	return 0;
}

/* Names, of libc */

char *if_indextoname(unsigned int ifindex, char name[IF_NAMESIZE])
{
	const struct fake_link *found = fake_kernel_link(fake_kernel_own(), (int)ifindex);

	errno = ENXIO;
	return found ? strcpy(name, found->link.name) : NULL;
}

unsigned int if_nametoindex(const char *name)
{
	const struct fake_link *found = fake_link_named(fake_kernel_here(), name);

	errno = ENODEV;
	return found ? (unsigned int)found->link.ifindex : 0;
}

/* Sysctls */

static const struct {
	const char *end;
	int value;
} defaults[] = {
	{ "/forwarding", 1 },
	{ "/rp_filter", 0 },
	{ "/disable_ipv6", 0 },
	{ "/mtu", 1500 },
	{ "/fib_multipath_hash_policy", 0 },
	{ "/ip_forward_use_pmtu", 0 },
	{ "/accept_redirects", 0 },
	{ "/ip_forward_update_priority", 1 },
};

static bool ends(const char *path, const char *end)
{
	size_t length = strlen(path), tail = strlen(end);

	return length >= tail && !strcmp(path + length - tail, end);
}

int nsa_sysctl_read(const char *path, int *value)
{
	const struct fake_netns *ns = fake_kernel_here();

	FAKE_CALL_OF((unsigned int)nsa_hash(path, strlen(path)));
	for (size_t i = 0; i < ns->sysctl_count; i++)
		if (!strcmp(ns->sysctls[i].path, path)) {
			*value = ns->sysctls[i].value;
			return 0;
		}
	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
		if (ends(path, defaults[i].end)) {
			*value = defaults[i].value;
			return 0;
		}
	return -ENOENT;
}

int nsa_sysctl_write(const char *path, int value)
{
	FAKE_CALL();
	fake_sysctl_set(fake_kernel_here(), path, value);
	return 0;
}

/* Settings of one word of a device of the caller's namespace */

#define SETTING(get, set, member)                                                                  \
	int get(const char *ifname, __u32 *value)                                                  \
	{                                                                                          \
		const struct fake_link *found;                                                     \
                                                                                                   \
		FAKE_CALL();                                                                       \
		found = fake_link_named(fake_kernel_here(), ifname);                               \
		if (!found)                                                                        \
			return -ENODEV;                                                            \
		*value = found->member;                                                            \
		return 0;                                                                          \
	}                                                                                          \
	int set(const char *ifname, __u32 value)                                                   \
	{                                                                                          \
		struct fake_link *found;                                                           \
                                                                                                   \
		FAKE_CALL();                                                                       \
		found = fake_link_named(fake_kernel_here(), ifname);                               \
		if (!found)                                                                        \
			return -ENODEV;                                                            \
		found->member = value;                                                             \
		return 0;                                                                          \
	}

SETTING(nsa_ethtool_get_gro, nsa_ethtool_set_gro, gro)
SETTING(nsa_ethtool_get_rx_vlan, nsa_ethtool_set_rx_vlan, rx_vlan)
SETTING(nsa_link_get_promisc, nsa_link_set_promisc, promisc)
SETTING(nsa_link_get_allmulti, nsa_link_set_allmulti, allmulti)
SETTING(nsa_qdisc_get_clsact, nsa_qdisc_set_clsact, clsact)

int nsa_ethtool_get_rx_queues(const char *ifname, __u32 *count, __u32 *max)
{
	const struct fake_link *found;

	FAKE_CALL();
	found = fake_link_named(fake_kernel_here(), ifname);
	if (!found)
		return -ENODEV;
	*count = found->queues;
	*max = found->max_queues;
	return 0;
}

int nsa_ethtool_set_rx_queues(const char *ifname, __u32 count)
{
	struct fake_link *found;

	FAKE_CALL();
	found = fake_link_named(fake_kernel_here(), ifname);
	if (!found)
		return -ENODEV;
	found->queues = count;
	return 0;
}

int nsa_ethtool_get_feature(const char *ifname, const char *name, struct nsa_ethtool_feature *out)
{
	(void)ifname;
	(void)name;
	(void)out;
	FAKE_CALL();
	return -ENOENT;
}

int nsa_ethtool_get_features(const char *ifname, const char *const *names, size_t count,
			     bool *all_on)
{
	(void)names;
	(void)count;
	FAKE_CALL();
	*all_on = fake_link_named(fake_kernel_here(), ifname);
	return *all_on ? 0 : -ENODEV;
}

int nsa_ethtool_driver(const char *ifname, char *driver, size_t size)
{
	const struct fake_link *found;

	FAKE_CALL();
	found = fake_link_named(fake_kernel_here(), ifname);
	if (!found)
		return -ENODEV;
	snprintf(driver, size, "%s", found->driver);
	return 0;
}

int nsa_netdev_xdp_features(const struct nsa_netns *ns, int ifindex, __u64 *features)
{
	const struct fake_link *found;

	FAKE_CALL();
	found = fake_kernel_link(ns ? ns->cookie : fake_kernel_own(), ifindex);
	if (!found)
		return -ENODEV;
	*features = found->has_xdp ?
			    NSA_XDP_ACT_BASIC | NSA_XDP_ACT_REDIRECT | NSA_XDP_ACT_NDO_XMIT :
			    0;
	return 0;
}

/* Filters of clsact */

static struct fake_link *here(int ifindex)
{
	return fake_kernel_link(fake_kernel_own(), ifindex);
}

int nsa_qdisc_has_filters(int ifindex, bool egress, __u16 except, bool *found)
{
	(void)egress;
	(void)except;
	FAKE_CALL();
	*found = false;
	return here(ifindex) ? 0 : -ENODEV;
}

int nsa_filter_find(const struct nsa_filter *filter, bool *found)
{
	FAKE_CALL();
	if (!here(filter->ifindex))
		return -ENODEV;
	*found = here(filter->ifindex)->filters[filter->egress];
	return 0;
}

int nsa_filter_put(const struct nsa_filter *filter, int prog_fd, const char *name)
{
	(void)prog_fd;
	(void)name;
	FAKE_CALL();
	if (!here(filter->ifindex))
		return -ENODEV;
	if (!here(filter->ifindex)->clsact)
		return -EINVAL;
	here(filter->ifindex)->filters[filter->egress] = true;
	return 0;
}

int nsa_filter_del(const struct nsa_filter *filter)
{
	FAKE_CALL();
	if (!here(filter->ifindex))
		return -ENODEV;
	here(filter->ifindex)->filters[filter->egress] = false;
	return 0;
}
