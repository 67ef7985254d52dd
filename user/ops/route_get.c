// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <string.h>

#include "kernel/netns.h"
#include "kernel/netns_list.h"
#include "kernel/rtnl.h"
#include "kernel/rtnl_route.h"
#include "maps/endpoints.h"
#include "maps/nexthops.h"
#include "maps/pin.h"
#include "maps/ports.h"
#include "model/device_kind.h"
#include "ops/query_session.h"
#include "ops/route_get.h"
#include "reconcile/requests.h"
#include "util/cleanup.h"
#include "util/family.h"
#include "util/log.h"

#define PAYLOAD 8

/* Where the packet enters, and with which MAC addresses. */
struct entry_point {
	__u64 owner_cookie;
	__u32 ifindex;
	__u32 endpoint; /* ifindex of the namespace's own device; 0: it comes from the wire */
	enum nsaccel_hook hook;
	struct nsaccel_port port;
	__u8 source_mac[NSACCEL_MAC_LEN];
};

struct probe {
	const struct nsa_route_get_request *request;
	struct nsa_session session;
	const struct nsa_netns *ns; /* the packet comes from here */
};

static void probe_close(struct probe *probe)
{
	nsa_session_close(&probe->session);
}

struct probe_packet {
	struct ethhdr eth;
	union {
		struct iphdr ip4;
		struct ipv6hdr ip6;
	};
	__u8 payload[PAYLOAD];
} __attribute__((packed));

static void enter_by(struct entry_point *at, const struct nsa_port_entry *entry, __u32 endpoint,
		     enum nsaccel_hook hook, const __u8 *source_mac)
{
	at->owner_cookie = entry->port.owner_cookie;
	at->ifindex = entry->key.ifindex;
	at->endpoint = endpoint;
	at->port = entry->port;
	at->hook = hook;
	memcpy(at->source_mac, source_mac, NSACCEL_MAC_LEN);
}

/* By the name of the port: one of the namespace's own, or one that it is behind. Without a name: a
 * device of its own that was asked for, if it is an owner. */
static bool is_entered_by(const struct probe *probe, const struct nsa_port_entry *entry)
{
	const struct nsaccel_port *port = &entry->port;
	bool own = port->owner_cookie == probe->ns->cookie && port->requested;

	if (nsa_is_absent(entry))
		return false;
	if (!probe->request->iif)
		return own;
	return !strcmp(port->name, probe->request->iif) &&
	       (own || port->endpoint_cookie == probe->ns->cookie);
}

static bool find_port(const struct probe *probe, const struct nsa_port_entry *ports, size_t count,
		      struct entry_point *at)
{
	/* A sender at the other end of a wire. */
	static const __u8 somebody[NSACCEL_MAC_LEN] = { 0x02, 0, 0, 0, 0, 1 };

	for (size_t i = 0; i < count; i++) {
		const struct nsaccel_port *port = &ports[i].port;

		if (!is_entered_by(probe, &ports[i]))
			continue;
		enter_by(at, &ports[i], port->endpoint_ifindex, NSACCEL_HOOK_TC_INGRESS,
			 nsa_kind(port->kind)->owns_port ? port->endpoint_mac : somebody);
		return true;
	}
	return false;
}

/* The first endpoint that the namespace has behind a port. */
static bool find_endpoint(const struct probe *probe, const struct nsa_port_entry *ports,
			  size_t port_count, const struct nsa_endpoint_entry *endpoints,
			  size_t endpoint_count, struct entry_point *at)
{
	for (size_t i = 0; i < endpoint_count; i++) {
		const struct nsa_endpoint_entry *ep = &endpoints[i];
		const struct nsa_port_entry *port =
			nsa_port_entry_find(ports, port_count, ep->key.owner_slot, ep->key.ifindex);

		if (!port || ep->ep.netns_cookie != probe->ns->cookie)
			continue;
		enter_by(at, port, ep->ep.ifindex, nsa_kind(ep->ep.kind)->hook, ep->key.mac);
		return true;
	}
	return false;
}

static int find_entry_point(const struct probe *probe, struct entry_point *at)
{
	__cleanup(nsa_freep) struct nsa_endpoint_entry *endpoints = NULL;
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	const struct nsa_maps *maps = probe->session.maps;
	size_t port_count = 0, endpoint_count = 0;
	const char *iif = probe->request->iif;
	int r;

	r = nsa_maps_ports(maps, &ports, &port_count);
	if (!r)
		r = nsa_maps_endpoints(maps, &endpoints, &endpoint_count);
	if (r < 0)
		return nsa_err(r, "read maps: %s", strerror(-r));
	if (find_port(probe, ports, port_count, at))
		return 0;
	if (iif)
		return nsa_err(-ENOENT, "%s is not a port that packets of namespace %s come in by",
			       iif, probe->ns->name);
	if (find_endpoint(probe, ports, port_count, endpoints, endpoint_count, at))
		return 0;
	return nsa_err(-ENOENT, "namespace %s is behind no attached device", probe->ns->name);
}

static __u16 checksum(const void *header, size_t len)
{
	const __u16 *word = header;
	__u32 sum = 0;

	for (size_t i = 0; i < len / 2; i++)
		sum += word[i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

/* The address that the endpoint's own kernel would send from. At a wire, where anybody may be, the
 * request has to name it. */
static int find_source(const struct probe *probe, const struct entry_point *at,
		       __u8 from[NSACCEL_ADDR_LEN])
{
	const struct nsa_route_get_request *request = probe->request;
	__u8 family = nsa_family_os(request->family);
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;
	int r;

	memcpy(from, request->from, NSACCEL_ADDR_LEN);
	if (request->has_from)
		return 0;
	if (!at->endpoint)
		return nsa_err(
			-EDESTADDRREQ,
			"anybody may be behind %s: say where the packet is from (from ADDRESS)",
			at->port.name);
	r = nsa_rtnl_open(&rtnl, probe->ns);
	if (!r)
		r = nsa_rtnl_source(rtnl, family, (int)at->endpoint, request->to, from);
	return r ? nsa_err(r,
			   "find the address that namespace %s sends from: %s; say it (from "
			   "ADDRESS)",
			   probe->ns->name, strerror(-r)) :
		   0;
}

static size_t build(const struct nsa_route_get_request *request, const struct entry_point *at,
		    const __u8 *from, struct probe_packet *packet)
{
	memset(packet, 0, sizeof(*packet));
	memcpy(packet->eth.h_dest, at->port.mac, NSACCEL_MAC_LEN);
	memcpy(packet->eth.h_source, at->source_mac, NSACCEL_MAC_LEN);
	if (request->family == NSACCEL_FAMILY_INET) {
		struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP };

		ip.tot_len = htons(sizeof(ip) + PAYLOAD);
		memcpy(&ip.saddr, from, sizeof(ip.saddr));
		memcpy(&ip.daddr, request->to, sizeof(ip.daddr));
		ip.check = checksum(&ip, sizeof(ip));
		memcpy(&packet->ip4, &ip, sizeof(ip));
		packet->eth.h_proto = htons(ETH_P_IP);
		return sizeof(packet->eth) + sizeof(ip) + PAYLOAD;
	}
	packet->ip6.version = 6;
	packet->ip6.payload_len = htons(PAYLOAD);
	packet->ip6.nexthdr = IPPROTO_UDP;
	packet->ip6.hop_limit = 64;
	memcpy(&packet->ip6.saddr, from, NSACCEL_ADDR_LEN);
	memcpy(&packet->ip6.daddr, request->to, NSACCEL_ADDR_LEN);
	packet->eth.h_proto = htons(ETH_P_IPV6);
	return sizeof(packet->eth) + sizeof(packet->ip6) + PAYLOAD;
}

static int open_program(const struct entry_point *at)
{
	return nsa_pin_open("programs/%llu/%s", at->owner_cookie,
			    at->hook == NSACCEL_HOOK_TC_EGRESS ? "tc_egress" : "tc_ingress");
}

/* test_run takes the ifindex in the calling thread's namespace. */
static int run(const struct nsa_session *session, const struct entry_point *at, void *packet,
	       size_t size, struct __sk_buff *ctx, int *verdict)
{
	const struct nsa_netns *owner = nsa_netns_find(session->list, at->owner_cookie);
	__cleanup(nsa_netns_leavep) int token = owner ? nsa_netns_enter(owner) : -ENOENT;
	__cleanup(nsa_closep) int prog = open_program(at);
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = (__u32)size,
		    .ctx_in = ctx, .ctx_size_in = sizeof(*ctx), .ctx_out = ctx,
		    .ctx_size_out = sizeof(*ctx), .repeat = 1);
	int r;

	if (token < 0)
		return token;
	if (prog < 0)
		return prog;
	r = bpf_prog_test_run_opts(prog, &opts);
	if (r < 0)
		return r;
	*verdict = (int)opts.retval;
	return 0;
}

static int find_nexthop(const struct nsa_maps *maps, __u32 generation, struct nsaccel_nexthop *out)
{
	__cleanup(nsa_maps_nexthops_closep) const struct nsaccel_nexthop *all = NULL;
	int r;

	r = nsa_maps_nexthops(maps, &all);
	for (__u32 id = 0; !r && id < NSACCEL_MAX_NEXTHOPS; id++) {
		if (all[id].generation != generation)
			continue;
		*out = all[id];
		if (out->generation == generation) /* the copy's */
			return 0;
	}
	return r < 0 ? r : -ENOENT;
}

static enum nsa_verdict verdict_of(int retval)
{
	return retval == TC_ACT_REDIRECT ? NSA_VERDICT_FORWARD :
	       retval == TC_ACT_SHOT	 ? NSA_VERDICT_DROP :
					   NSA_VERDICT_PASS;
}

static int ask(const struct probe *probe, struct nsa_route_get_answer *out)
{
	struct __sk_buff ctx = { .cb = { NSACCEL_PROBE_MAGIC } };
	struct entry_point at = {};
	struct probe_packet packet;
	struct nsaccel_nexthop nh;
	int r, retval = 0;
	size_t size;

	r = find_entry_point(probe, &at);
	if (r < 0)
		return r;
	ctx.ifindex = at.ifindex;
	r = find_source(probe, &at, out->from);
	if (r < 0)
		return r;
	size = build(probe->request, &at, out->from, &packet);
	ctx.wire_len = (__u32)size + 1; /* marks a question: see bpf/core/probe.h */
	r = run(&probe->session, &at, &packet, size, &ctx, &retval);
	if (r < 0)
		return nsa_err(r, "run the program of %s on a packet: %s", at.port.name,
			       strerror(-r));
	out->hook = at.hook;
	out->verdict = verdict_of(retval);
	out->reason = ctx.cb[NSACCEL_PROBE_REASON];
	memcpy(out->iif, at.port.name, sizeof(out->iif));
	out->has_nexthop =
		ctx.cb[NSACCEL_PROBE_GENERATION] &&
		!find_nexthop(probe->session.maps, ctx.cb[NSACCEL_PROBE_GENERATION], &nh);
	if (out->has_nexthop)
		out->nexthop = nsa_nexthop_info_read(&probe->session, &nh);
	return 0;
}

int nsa_route_get(const struct nsa_route_get_request *request, struct nsa_route_get_answer *out)
{
	__cleanup(probe_close) struct probe probe = { .request = request,
						      .session = { .lock = -1 } };
	struct nsa_route_get_answer answer = {};
	int r;

	r = nsa_session_open(request->bpffs, &probe.session);
	if (!r)
		r = nsa_session_netns(&probe.session, request->netns, &probe.ns);
	if (r)
		return r;
	if (!probe.session.maps)
		return nsa_err(-ENOENT, "nothing is attached; nsaccel attach DEV comes first");
	answer.netns = nsa_netns_ref(&probe.session, probe.ns->cookie);
	r = ask(&probe, &answer);
	if (!r)
		*out = answer;
	return r;
}
