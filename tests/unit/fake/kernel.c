// SPDX-License-Identifier: GPL-2.0-only
/* The kernel as plain data: what a test fills in. */
#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox.h"
#include "fake/kernel.h"
#include "user/util/array.h"
#include "user/util/prefix.h"

static struct {
	struct fake_netns netns[FAKE_NAMESPACES];
	size_t count;
	struct fake_netns *here;
	int next_ifindex;
} kernel;

struct fake_netns *fake_kernel_reset(const char *name)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.next_ifindex = 10;
	kernel.here = fake_netns_add(name);
	return kernel.here;
}

struct fake_netns *fake_netns_add(const char *name)
{
	struct fake_netns *ns = &kernel.netns[kernel.count++];

	assert_true(kernel.count <= FAKE_NAMESPACES);
	ns->cookie = 100 + kernel.count;
	ns->firewall.fingerprint = ns->firewall.hooks = 1;
	snprintf(ns->name, sizeof(ns->name), "%s", name);
	return ns;
}

/* Ids of namespaces are the same in all of them. */
static int nsid_of(const struct fake_netns *ns)
{
	return (int)(ns - kernel.netns);
}

struct fake_link *fake_kernel_add_link(struct fake_netns *ns, int ifindex, const char *name,
				       const char *kind)
{
	struct fake_link *fake = &ns->links[ns->link_count++];
	const __u8 mac[6] = { 2, 0, 0, 0, (__u8)ns->cookie, (__u8)ifindex };

	assert_true(ns->link_count <= FAKE_LINKS);
	*fake = (struct fake_link){
		.link = { .ifindex = ifindex,
			  .ethernet = true,
			  .mtu = 1500,
			  .mtu6 = 1500,
			  .flags = IFF_UP | IFF_RUNNING | IFF_BROADCAST | IFF_MULTICAST,
			  .link_nsid = -1,
			  .rx_queues = 1,
			  .tx_queues = 1,
			  .operstate = 6, /* IF_OPER_UP */
			  .carrier = true,
			  .forwarding4 = true },
		.has_xdp = true,
		.queues = 1,
		.max_queues = 1,
		.driver = "igb",
	};
	snprintf(fake->link.name, sizeof(fake->link.name), "%s", name);
	snprintf(fake->link.kind, sizeof(fake->link.kind), "%s", kind);
	strcpy(fake->link.qdisc, *kind ? "noqueue" : "fq_codel");
	memcpy(fake->link.mac, mac, sizeof(mac));
	return fake;
}

struct fake_link *fake_link_add(struct fake_netns *ns, const char *name, const char *kind)
{
	return fake_kernel_add_link(ns, kernel.next_ifindex++, name, kind);
}

struct fake_link *fake_veth_add(struct fake_netns *ns, const char *name, struct fake_netns *peer_ns,
				const char *peer_name)
{
	struct fake_link *own = fake_link_add(ns, name, "veth");
	struct fake_link *peer = fake_link_add(peer_ns, peer_name, "veth");

	strcpy(own->driver, "veth");
	strcpy(peer->driver, "veth");
	own->link.link = peer->link.ifindex;
	peer->link.link = own->link.ifindex;
	own->link.link_nsid = ns == peer_ns ? -1 : nsid_of(peer_ns);
	peer->link.link_nsid = ns == peer_ns ? -1 : nsid_of(ns);
	return own;
}

struct fake_link *fake_link_named(struct fake_netns *ns, const char *name)
{
	for (size_t i = 0; i < ns->link_count; i++)
		if (!strcmp(ns->links[i].link.name, name))
			return &ns->links[i];
	return NULL;
}

#define REMOVE_OF(array, count, member, ifindex)                                                   \
	for (size_t i_ = (count); i_-- > 0;)                                                       \
		if ((array)[i_].member == (ifindex))                                               \
			ARRAY_REMOVE(&(array)[0], count, i_);

/* Those in directories that are named after the device. */
static void remove_sysctls(struct fake_netns *ns, const char *dev)
{
	char part[32];

	snprintf(part, sizeof(part), "/%s/", dev);
	for (size_t i = ns->sysctl_count; i-- > 0;)
		if (strstr(ns->sysctls[i].path, part))
			ARRAY_REMOVE(&ns->sysctls[0], ns->sysctl_count, i);
}

static void remove_link(struct fake_netns *ns, struct fake_link *fake)
{
	int ifindex = fake->link.ifindex;

	remove_sysctls(ns, fake->link.name);
	REMOVE_OF(ns->addrs, ns->addr_count, ifindex, ifindex)
	REMOVE_OF(ns->neighs, ns->neigh_count, ifindex, ifindex)
	REMOVE_OF(ns->routes, ns->route_count, oif, ifindex)
	REMOVE_OF(ns->fdb, ns->fdb_count, port, ifindex)
	ARRAY_REMOVE(&ns->links[0], ns->link_count, (size_t)(fake - ns->links));
}

/* With the other end of a veth. */
static void del_link(struct fake_netns *ns, struct fake_link *fake)
{
	const struct nsa_link link = fake->link;
	struct fake_netns *peer_ns = link.link_nsid < 0 ? ns : &kernel.netns[link.link_nsid];
	struct fake_link *peer;

	remove_link(ns, fake);
	peer = strcmp(link.kind, "veth") ? NULL : fake_kernel_link(peer_ns->cookie, link.link);
	if (peer)
		remove_link(peer_ns, peer);
}

void fake_link_del(struct fake_netns *ns, const char *name)
{
	struct fake_link *fake = fake_link_named(ns, name);

	assert_non_null(fake);
	del_link(ns, fake);
}

/* Its name and index are free there. */
void fake_link_move(struct fake_netns *ns, const char *name, struct fake_netns *to)
{
	struct fake_link *fake = fake_link_named(ns, name);
	struct fake_netns *peer_ns = &kernel.netns[fake->link.link_nsid];

	assert_true(fake->link.link_nsid >= 0 && to->link_count < FAKE_LINKS);
	fake_kernel_link(peer_ns->cookie, fake->link.link)->link.link_nsid = nsid_of(to);
	to->links[to->link_count++] = *fake;
	remove_link(ns, fake);
}

void fake_netns_del(struct fake_netns *ns)
{
	while (ns->link_count)
		del_link(ns, &ns->links[0]);
	ns->cookie = 0;
}

static __u8 parse(const char *word, __u8 *addr)
{
	if (inet_pton(AF_INET, word, addr) == 1)
		return AF_INET;
	assert_int_equal(inet_pton(AF_INET6, word, addr), 1);
	return AF_INET6;
}

static __u8 parse_prefix(const char *text, __u8 *addr, __u8 *len)
{
	char word[64];
	char *slash;

	snprintf(word, sizeof(word), "%s", text);
	slash = strchr(word, '/');
	assert_non_null(slash);
	*slash = '\0';
	*len = (__u8)strtoul(slash + 1, NULL, 10);
	return parse(word, addr);
}

static struct nsa_kernel_route *add_route(struct fake_netns *ns, __u8 family, const __u8 *addr,
					  __u8 len)
{
	struct nsa_kernel_route *k = &ns->routes[ns->route_count++];
	struct nsaccel_prefix prefix = nsa_prefix(family, addr, len);

	assert_true(ns->route_count <= FAKE_OBJECTS);
	*k = (struct nsa_kernel_route){ .family = family,
					.dst_len = len,
					.type = RTN_UNICAST,
					.scope = RT_SCOPE_UNIVERSE,
					.protocol = RTPROT_BOOT,
					.hops = 1,
					.table = RT_TABLE_MAIN };
	memcpy(k->dst, prefix.addr, nsa_address_size(family));
	return k;
}

void fake_addr_add(struct fake_netns *ns, const char *dev, const char *address)
{
	const struct fake_link *fake = fake_link_named(ns, dev);
	struct nsa_addr *a = &ns->addrs[ns->addr_count++];
	struct nsa_kernel_route *k;

	assert_true(fake && ns->addr_count <= FAKE_OBJECTS);
	*a = (struct nsa_addr){ .ifindex = fake->link.ifindex, .flags = IFA_F_PERMANENT };
	a->family = parse_prefix(address, a->addr, &a->prefixlen);
	k = add_route(ns, a->family, a->addr, a->prefixlen);
	k->oif = fake->link.ifindex;
	k->protocol = RTPROT_KERNEL;
	k->scope = RT_SCOPE_LINK;
	k = add_route(ns, a->family, a->addr, nsa_addr_bits(a->family));
	k->oif = fake->link.ifindex;
	k->protocol = RTPROT_KERNEL;
	k->type = RTN_LOCAL;
	k->scope = RT_SCOPE_HOST;
	k->table = RT_TABLE_LOCAL;
}

void fake_route_add(struct fake_netns *ns, const char *prefix, const char *via, const char *dev)
{
	const struct fake_link *fake = fake_link_named(ns, dev);
	__u8 addr[16] = {}, len, family = parse_prefix(prefix, addr, &len);
	struct nsa_kernel_route *k = add_route(ns, family, addr, len);

	assert_non_null(fake);
	k->oif = fake->link.ifindex;
	if (via)
		k->gw_family = parse(via, k->gw);
}

void fake_sysctl_set(struct fake_netns *ns, const char *path, int value)
{
	struct fake_sysctl *sysctl = NULL;

	for (size_t i = 0; i < ns->sysctl_count; i++)
		if (!strcmp(ns->sysctls[i].path, path))
			sysctl = &ns->sysctls[i];
	if (!sysctl)
		sysctl = &ns->sysctls[ns->sysctl_count++];
	assert_true(ns->sysctl_count <= FAKE_OBJECTS);
	snprintf(sysctl->path, sizeof(sysctl->path), "%s", path);
	sysctl->value = value;
}

struct fake_netns *fake_kernel_here(void)
{
	return kernel.here;
}

__u64 fake_kernel_own(void)
{
	return kernel.here->cookie;
}

void fake_kernel_enter(struct fake_netns *ns)
{
	kernel.here = ns;
}

struct fake_netns *fake_kernel_nth(size_t n)
{
	return n < kernel.count ? &kernel.netns[n] : NULL;
}

struct fake_netns *fake_kernel_netns(__u64 cookie)
{
	for (size_t i = 0; cookie && i < kernel.count; i++)
		if (kernel.netns[i].cookie == cookie)
			return &kernel.netns[i];
	return NULL;
}

struct fake_link *fake_kernel_link(__u64 cookie, int ifindex)
{
	struct fake_netns *ns = fake_kernel_netns(cookie);

	for (size_t i = 0; ns && i < ns->link_count; i++)
		if (ns->links[i].link.ifindex == ifindex)
			return &ns->links[i];
	return NULL;
}

bool fake_kernel_has(__u64 cookie, int ifindex)
{
	return fake_kernel_link(cookie, ifindex);
}

const __u8 *fake_kernel_answers(const struct fake_netns *from, __u8 family, const __u8 *addr)
{
	for (size_t n = 0; n < kernel.count; n++) {
		const struct fake_netns *ns = &kernel.netns[n];

		for (size_t i = 0; ns != from && ns->cookie && i < ns->addr_count; i++)
			if (ns->addrs[i].family == family &&
			    !memcmp(ns->addrs[i].addr, addr, nsa_address_size(family)))
				return fake_kernel_link(ns->cookie, ns->addrs[i].ifindex)->link.mac;
	}
	return NULL;
}
