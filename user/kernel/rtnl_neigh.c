// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "kernel/rtnl_neigh.h"
#include "kernel/rtnl_request.h"

bool nsa_rtnl_parse_neigh(const struct nlmsghdr *msg, struct nsa_neigh *out)
{
	const struct ndmsg *info = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[NDA_MAX + 1] = {};
	__u8 addr[16] = {};
	__u32 flags_ext = 0;

	if (!nsa_rtnl_has_header(msg, sizeof(*info)) || !nsa_rtnl_is_ip(info->ndm_family))
		return false;
	nsa_nl_parse(msg, sizeof(*info), tb, NDA_MAX);
	if (!nsa_nl_get(tb[NDA_DST], addr, nsa_address_size(info->ndm_family)))
		return false;
	memset(out, 0, sizeof(*out));
	out->ifindex = info->ndm_ifindex;
	out->family = info->ndm_family;
	out->state = info->ndm_state;
	out->flags = info->ndm_flags;
	nsa_nl_get(tb[NDA_FLAGS_EXT], &flags_ext, sizeof(flags_ext));
	out->managed = flags_ext & NTF_EXT_MANAGED;
	nsa_nl_get(tb[NDA_PROTOCOL], &out->protocol, sizeof(out->protocol));
	out->has_mac = nsa_rtnl_get_mac(tb[NDA_LLADDR], out->mac);
	memcpy(out->addr, addr, sizeof(out->addr));
	return true;
}

NSA_RTNL_OBJECT(neigh, RTM_GETNEIGH, ndmsg, nsa_neigh, neigh, NULL);

int nsa_rtnl_neighs(struct nsa_rtnl *rtnl, struct nsa_neigh **out, size_t *count)
{
	const struct nsa_rtnl_filter filter = { .family = AF_INET };

	return nsa_rtnl_dump(rtnl, &neigh_object, &filter, out, count);
}

static int get_neigh(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr,
		     struct nsa_neigh *out)
{
	struct nlmsghdr *request = nsa_rtnl_begin(rtnl, &neigh_object, family, NLM_F_ACK);
	struct ndmsg *header = nsa_nl_header(request);

	header->ndm_ifindex = ifindex;
	mnl_attr_put(request, NDA_DST, nsa_address_size(family), addr);
	return nsa_rtnl_get(rtnl, &neigh_object, out);
}

/* Does the kernel not resolve it? NTF_USE would change such an entry into a resolved one. */
static bool is_fixed(const struct nsa_neigh *neigh)
{
	return neigh->state & (NUD_PERMANENT | NUD_NOARP);
}

/* Begins a request to resolve the entry now (NTF_USE). The kernel sets NTF_EXT_LEARNED and the
 * extended flags of the entry as in the request. */
static struct nlmsghdr *use_neigh(struct nsa_rtnl *rtnl, __u16 nlmsg_flags, int ifindex,
				  __u8 family, const __u8 *addr, __u8 flags, __u32 flags_ext)
{
	struct nlmsghdr *request;
	struct ndmsg *header;

	request = nsa_nl_request(&rtnl->nl, RTM_NEWNEIGH, NLM_F_ACK | nlmsg_flags, sizeof(*header));
	header = nsa_nl_header(request);
	header->ndm_family = family;
	header->ndm_ifindex = ifindex;
	header->ndm_flags = NTF_USE | flags;
	mnl_attr_put(request, NDA_DST, nsa_address_size(family), addr);
	/* Older kernels ignore NDA_FLAGS_EXT. */
	mnl_attr_put_u32(request, NDA_FLAGS_EXT, flags_ext);
	return request;
}

static int manage_neigh(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr,
			__u32 flags_ext, __u8 protocol)
{
	struct nlmsghdr *request;

	request =
		use_neigh(rtnl, NLM_F_CREATE | NLM_F_REPLACE, ifindex, family, addr, 0, flags_ext);
	mnl_attr_put_u8(request, NDA_PROTOCOL, protocol);
	return nsa_nl_talk(&rtnl->nl, NULL, NULL);
}

int nsa_rtnl_neigh_resolve(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr)
{
	struct nsa_neigh neigh;
	int r;

	r = get_neigh(rtnl, ifindex, family, addr, &neigh);
	if (!r && (is_fixed(&neigh) || neigh.flags & NTF_EXT_LEARNED))
		return 0;
	if (r < 0 && r != -ENOENT)
		return r;
	if (!r && neigh.managed) /* already, by whichever program */
		return 0;
	return manage_neigh(rtnl, ifindex, family, addr, NTF_EXT_MANAGED, NSA_NEIGH_PROTOCOL);
}

int nsa_rtnl_neigh_release(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr)
{
	return manage_neigh(rtnl, ifindex, family, addr, 0, RTPROT_UNSPEC);
}

int nsa_rtnl_neigh_del(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr)
{
	struct nlmsghdr *request;
	struct ndmsg *header;

	request = nsa_nl_request(&rtnl->nl, RTM_DELNEIGH, NLM_F_ACK, sizeof(*header));
	header = nsa_nl_header(request);
	header->ndm_family = family;
	header->ndm_ifindex = ifindex;
	mnl_attr_put(request, NDA_DST, nsa_address_size(family), addr);
	return nsa_nl_talk(&rtnl->nl, NULL, NULL);
}

int nsa_rtnl_neigh_use(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr)
{
	struct nsa_neigh neigh;
	int r;

	r = get_neigh(rtnl, ifindex, family, addr, &neigh);
	if (r)
		return r;
	if (is_fixed(&neigh))
		return 0;
	use_neigh(rtnl, 0, ifindex, family, addr, neigh.flags & NTF_EXT_LEARNED,
		  neigh.managed ? NTF_EXT_MANAGED : 0);
	return nsa_nl_talk(&rtnl->nl, NULL, NULL);
}

int nsa_rtnl_neigh_ask(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr)
{
	int r = nsa_rtnl_neigh_use(rtnl, ifindex, family, addr);

	if (r != -ENOENT)
		return r;
	use_neigh(rtnl, NLM_F_CREATE, ifindex, family, addr, 0, 0);
	return nsa_nl_talk(&rtnl->nl, NULL, NULL);
}
