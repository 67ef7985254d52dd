// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "hook_tc.h"
#include "log.h"
#include "sysctl.h"
#include "view.h"

#define NUD_USABLE (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT)

void nsa_view_freep(struct nsa_view **view)
{
	struct nsa_view *v = *view;

	if (!v)
		return;
	for (size_t i = 0; i < v->endpoint_count; i++)
		free(v->endpoints[i].addrs);
	free(v->endpoints);
	free(v->links);
	free(v->addrs);
	free(v->routes);
	free(v->neighs);
	nsa_rtnl_close(v->rtnl);
	free(v);
}

static int dump_owner(struct nsa_view *v)
{
	__cleanup(nsa_freep) struct nsa_rule *rules = NULL;
	size_t rule_count = 0;
	int r;

	r = nsa_rtnl_open(&v->rtnl, v->owner->fd);
	if (!r)
		r = nsa_rtnl_links(v->rtnl, &v->links, &v->link_count);
	if (!r)
		r = nsa_rtnl_addrs(v->rtnl, &v->addrs, &v->addr_count);
	if (!r)
		r = nsa_rtnl_routes(v->rtnl, &v->routes, &v->route_count);
	if (!r)
		r = nsa_rtnl_neighs(v->rtnl, &v->neighs, &v->neigh_count);
	if (!r)
		r = nsa_rtnl_rules(v->rtnl, &rules, &rule_count);
	for (size_t i = 0; !r && i < rule_count; i++)
		v->policy_rules |= !rules[i].plain;
	return r;
}

static bool usable_addr(const struct nsa_addr *addr, int ifindex)
{
	return addr->ifindex == ifindex && addr->scope <= RT_SCOPE_SITE &&
	       !(addr->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED));
}

static int take_addrs(struct nsa_view_endpoint *ep, const struct nsa_addr *addrs, size_t count)
{
	ep->addrs = calloc(count + 1, sizeof(*addrs));
	if (!ep->addrs)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (usable_addr(&addrs[i], ep->link.ifindex))
			ep->addrs[ep->addr_count++] = addrs[i];
	return 0;
}

static enum nsaccel_kind endpoint_kind(const struct nsa_link *link, int owner_nsid)
{
	if (link->link_nsid != owner_nsid || link->link <= 0)
		return NSACCEL_KIND_NONE;
	if (!strcmp(link->kind, "veth"))
		return NSACCEL_KIND_VETH;
	return strcmp(link->kind, "macvlan") ? NSACCEL_KIND_NONE : NSACCEL_KIND_MACVLAN;
}

static int add_endpoint(struct nsa_view *v, const struct nsa_netns *ns, const struct nsa_link *link,
			enum nsaccel_kind kind, const struct nsa_addr *addrs, size_t addr_count)
{
	struct nsa_view_endpoint *grown, *ep;

	grown = reallocarray(v->endpoints, v->endpoint_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	v->endpoints = grown;
	ep = &grown[v->endpoint_count];
	memset(ep, 0, sizeof(*ep));
	ep->ns = ns;
	ep->kind = kind;
	ep->link = *link;
	ep->port = link->link;
	v->endpoint_count++;
	return take_addrs(ep, addrs, addr_count);
}

/* What one other namespace has of devices that hang on the owner's. */
static int dump_endpoints(struct nsa_view *v, const struct nsa_netns *ns)
{
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;
	__cleanup(nsa_freep) struct nsa_link *links = NULL;
	__cleanup(nsa_freep) struct nsa_addr *addrs = NULL;
	size_t link_count = 0, addr_count = 0;
	enum nsaccel_kind kind;
	int r, nsid = -1;

	r = nsa_rtnl_open(&rtnl, ns->fd);
	if (!r) /* first: the dump gives ids to the namespaces that devices refer to */
		r = nsa_rtnl_links(rtnl, &links, &link_count);
	if (!r)
		r = nsa_rtnl_nsid(rtnl, v->owner->fd, &nsid);
	if (r < 0 || nsid < 0) /* no device of it refers to the owner */
		return r;
	r = nsa_rtnl_addrs(rtnl, &addrs, &addr_count);
	for (size_t i = 0; !r && i < link_count; i++) {
		kind = endpoint_kind(&links[i], nsid);
		if (kind != NSACCEL_KIND_NONE)
			r = add_endpoint(v, ns, &links[i], kind, addrs, addr_count);
	}
	return r;
}

int nsa_view_get(const struct nsa_netns *owner, const struct nsa_netns_list *list,
		 struct nsa_view **out)
{
	__cleanup(nsa_view_freep) struct nsa_view *v = calloc(1, sizeof(*v));
	int r;

	if (!v)
		return nsa_err(-ENOMEM, "read namespace %s: %s", owner->name, strerror(ENOMEM));
	v->owner = owner;
	r = dump_owner(v);
	if (r < 0)
		return nsa_err(r, "read namespace %s: %s", owner->name, strerror(-r));
	for (size_t i = 0; i < list->count; i++) {
		if (list->ns[i].cookie == owner->cookie)
			continue;
		r = dump_endpoints(v, &list->ns[i]);
		if (r == -ENOMEM)
			return nsa_err(r, "read namespace %s: %s", list->ns[i].name, strerror(-r));
		if (r < 0) /* it may have gone meanwhile */
			nsa_debug("namespace %s left out: %s", list->ns[i].name, strerror(-r));
	}
	*out = TAKE_PTR(v);
	return 0;
}

const struct nsa_link *nsa_view_link(const struct nsa_view *view, int ifindex)
{
	for (size_t i = 0; i < view->link_count; i++)
		if (view->links[i].ifindex == ifindex)
			return &view->links[i];
	return NULL;
}

const struct nsa_link *nsa_view_link_by_name(const struct nsa_view *view, const char *name)
{
	for (size_t i = 0; i < view->link_count; i++)
		if (!strcmp(view->links[i].name, name))
			return &view->links[i];
	return NULL;
}

const struct nsa_view_endpoint *nsa_view_veth_endpoint(const struct nsa_view *view, int ifindex)
{
	for (size_t i = 0; i < view->endpoint_count; i++)
		if (view->endpoints[i].kind == NSACCEL_KIND_VETH &&
		    view->endpoints[i].port == ifindex)
			return &view->endpoints[i];
	return NULL;
}

bool nsa_view_is_lower(const struct nsa_view *view, int ifindex)
{
	for (size_t i = 0; i < view->endpoint_count; i++)
		if (view->endpoints[i].kind == NSACCEL_KIND_MACVLAN &&
		    view->endpoints[i].port == ifindex)
			return true;
	return false;
}

const struct nsa_neigh *nsa_view_neigh(const struct nsa_view *view, int ifindex, __u8 family,
				       const __u8 *addr)
{
	for (size_t i = 0; i < view->neigh_count; i++) {
		const struct nsa_neigh *n = &view->neighs[i];

		if (n->ifindex == ifindex && n->family == family && n->has_mac &&
		    (n->state & NUD_USABLE) && !memcmp(n->addr, addr, NSACCEL_ADDR_LEN))
			return n;
	}
	return NULL;
}

static int read_conf(const char *family, const char *ifname, const char *name)
{
	char path[128];
	int value = 0;

	snprintf(path, sizeof(path), "net/%s/conf/%s/%s", family, ifname, name);
	return nsa_sysctl_read(path, &value) ? 0 : value;
}

static void read_sysctls(const char *ifname, struct nsa_view_device *out)
{
	int all = read_conf("ipv4", "all", "rp_filter");
	int own = read_conf("ipv4", ifname, "rp_filter");
	int rp_filter = all > own ? all : own; /* as IN_DEV_RPFILTER */

	out->forward4 = read_conf("ipv4", ifname, "forwarding");
	/* ip6_forward() asks only "all", since Linux 6.17 also the device's force_forwarding. */
	out->forward6 = (read_conf("ipv6", "all", "forwarding") ||
			 read_conf("ipv6", ifname, "force_forwarding")) &&
			!read_conf("ipv6", ifname, "disable_ipv6");
	out->mtu6 = (__u32)read_conf("ipv6", ifname, "mtu");
	out->rp_filter = rp_filter == 1 ? NSACCEL_RP_FILTER_STRICT :
			 rp_filter == 2 ? NSACCEL_RP_FILTER_LOOSE :
					  NSACCEL_RP_FILTER_OFF;
}

/* Queues that the kernel gives to a device by itself; any other was put there to shape. */
static bool is_default_qdisc(const char *qdisc)
{
	static const char *const names[] = { "",	 "noop",       "noqueue", "mq",
					     "fq_codel", "pfifo_fast", "fq",	  "pfifo" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(qdisc, names[i]))
			return true;
	return false;
}

void nsa_view_device(const struct nsa_view *view, const struct nsa_link *link,
		     struct nsa_view_device *out)
{
	struct nsa_tc_others ingress, egress;

	read_sysctls(link->name, out);
	nsa_tc_others(view->owner->cookie, link->ifindex, NSACCEL_HOOK_TC_INGRESS, &ingress);
	nsa_tc_others(view->owner->cookie, link->ifindex, NSACCEL_HOOK_TC_EGRESS, &egress);
	out->ingress_filters = ingress.filters;
	out->ingress_hooked = ingress.tcx || ingress.filters;
	/* A veth has no queue of its own: redirect_peer would go past any that it was given. */
	out->egress_hooked = egress.tcx || egress.filters ||
			     (strcmp(link->kind, "veth") ? !is_default_qdisc(link->qdisc) :
							   strcmp(link->qdisc, "noqueue") != 0);
}
