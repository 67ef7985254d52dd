// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel/link.h"
#include "kernel/netlink.h"
#include "kernel/netns.h"
#include "util/cleanup.h"

static void put_end(struct nlmsghdr *request, const char *name, __u32 mtu)
{
	mnl_attr_put_strz(request, IFLA_IFNAME, name);
	mnl_attr_put_u32(request, IFLA_MTU, mtu);
}

static void put_peer(struct nlmsghdr *request, const struct nsa_veth *veth, int netns)
{
	struct nlattr *info, *data, *peer;
	struct ifinfomsg *header;

	info = mnl_attr_nest_start(request, IFLA_LINKINFO);
	mnl_attr_put_strz(request, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(request, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(request, VETH_INFO_PEER);
	header = mnl_nlmsg_put_extra_header(request, sizeof(*header));
	memset(header, 0, sizeof(*header));
	put_end(request, veth->peer_name, veth->mtu);
	mnl_attr_put(request, IFLA_ADDRESS, sizeof(veth->peer_mac), veth->peer_mac);
	mnl_attr_put_u32(request, IFLA_NET_NS_FD, (__u32)netns);
	mnl_attr_nest_end(request, peer);
	mnl_attr_nest_end(request, data);
	mnl_attr_nest_end(request, info);
}

int nsa_link_add_veth(const struct nsa_veth *veth)
{
	__cleanup(nsa_closep) int netns = nsa_netns_fd(veth->peer_ns);
	struct ifinfomsg *header;
	struct nlmsghdr *request;
	struct nsa_nl nl;
	int r;

	if (netns < 0)
		return netns;
	r = nsa_nl_open(&nl, NETLINK_ROUTE, veth->host_ns);
	if (r < 0)
		return r;
	request = nsa_nl_request(&nl, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
				 sizeof(*header));
	header = nsa_nl_header(request);
	header->ifi_index = veth->host_ifindex;
	put_end(request, veth->host_name, veth->mtu);
	put_peer(request, veth, netns);
	r = nsa_nl_talk(&nl, NULL, NULL);
	nsa_nl_close(&nl);
	return r == -EBUSY ? -EEXIST : r;
}

static int change_link(const struct nsa_netns *ns, __u16 type, const struct ifinfomsg *what,
		       __u16 attr, const void *value, size_t size)
{
	struct ifinfomsg *header;
	struct nlmsghdr *request;
	struct nsa_nl nl;
	int r = nsa_nl_open(&nl, NETLINK_ROUTE, ns);

	if (r < 0)
		return r;
	request = nsa_nl_request(&nl, type, NLM_F_ACK, sizeof(*header));
	header = nsa_nl_header(request);
	*header = *what;
	if (value)
		mnl_attr_put(request, attr, size, value);
	r = nsa_nl_talk(&nl, NULL, NULL);
	nsa_nl_close(&nl);
	return r;
}

int nsa_link_del(const struct nsa_netns *ns, int ifindex)
{
	const struct ifinfomsg what = { .ifi_index = ifindex };

	return change_link(ns, RTM_DELLINK, &what, 0, NULL, 0);
}

int nsa_link_set_up(const struct nsa_netns *ns, int ifindex, bool up)
{
	const struct ifinfomsg what = { .ifi_index = ifindex,
					.ifi_flags = up ? IFF_UP : 0,
					.ifi_change = IFF_UP };

	return change_link(ns, RTM_NEWLINK, &what, 0, NULL, 0);
}

int nsa_link_set_mac(const struct nsa_netns *ns, int ifindex, const __u8 mac[6])
{
	const struct ifinfomsg what = { .ifi_index = ifindex };

	return change_link(ns, RTM_NEWLINK, &what, IFLA_ADDRESS, mac, 6);
}

int nsa_link_set_mtu(const struct nsa_netns *ns, int ifindex, __u32 mtu)
{
	const struct ifinfomsg what = { .ifi_index = ifindex };

	return change_link(ns, RTM_NEWLINK, &what, IFLA_MTU, &mtu, sizeof(mtu));
}

int nsa_link_no_addresses(const struct nsa_netns *ns, int ifindex)
{
	struct nlattr *spec, *inet6;
	struct ifinfomsg *header;
	struct nlmsghdr *request;
	struct nsa_nl nl;
	int r = nsa_nl_open(&nl, NETLINK_ROUTE, ns);

	if (r < 0)
		return r;
	request = nsa_nl_request(&nl, RTM_SETLINK, NLM_F_ACK, sizeof(*header));
	header = nsa_nl_header(request);
	header->ifi_index = ifindex;
	spec = mnl_attr_nest_start(request, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(request, AF_INET6);
	mnl_attr_put_u8(request, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(request, inet6);
	mnl_attr_nest_end(request, spec);
	r = nsa_nl_talk(&nl, NULL, NULL);
	nsa_nl_close(&nl);
	return r == -EAFNOSUPPORT ? 0 : r; /* no IPv6 here */
}

static int change_addr(const struct nsa_netns *ns, __u16 type, __u16 flags, int ifindex,
		       __u8 family, const __u8 *addr, __u8 len)
{
	size_t size = nsa_address_size(family);
	struct ifaddrmsg *header;
	struct nlmsghdr *request;
	struct nsa_nl nl;
	int r = nsa_nl_open(&nl, NETLINK_ROUTE, ns);

	if (r < 0)
		return r;
	request = nsa_nl_request(&nl, type, NLM_F_ACK | flags, sizeof(*header));
	header = nsa_nl_header(request);
	header->ifa_family = family;
	header->ifa_prefixlen = len;
	header->ifa_index = (__u32)ifindex;
	mnl_attr_put(request, IFA_LOCAL, size, addr);
	mnl_attr_put(request, IFA_ADDRESS, size, addr);
	r = nsa_nl_talk(&nl, NULL, NULL);
	nsa_nl_close(&nl);
	return r;
}

int nsa_link_add_addr(const struct nsa_netns *ns, int ifindex, __u8 family, const __u8 *addr,
		      __u8 len)
{
	return change_addr(ns, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, ifindex, family, addr, len);
}

int nsa_link_del_addr(const struct nsa_netns *ns, int ifindex, __u8 family, const __u8 *addr,
		      __u8 len)
{
	return change_addr(ns, RTM_DELADDR, 0, ifindex, family, addr, len);
}

/* Flags that count who wants them: what is read is what was asked for by flag. */
static int flags_request(const char *ifname, struct ifreq *request, int *socket_fd)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), r;

	if (fd < 0)
		return -errno;
	memset(request, 0, sizeof(*request));
	memcpy(request->ifr_name, ifname, strnlen(ifname, IF_NAMESIZE - 1));
	if (ioctl(fd, SIOCGIFFLAGS, request)) {
		r = -errno;
		close(fd);
		return r;
	}
	*socket_fd = fd;
	return 0;
}

static int get_flag(const char *ifname, short flag, __u32 *on)
{
	__cleanup(nsa_closep) int fd = -1;
	struct ifreq request = {};
	int r = flags_request(ifname, &request, &fd);

	if (!r)
		*on = !!(request.ifr_flags & flag);
	return r;
}

static int set_flag(const char *ifname, short flag, __u32 on)
{
	__cleanup(nsa_closep) int fd = -1;
	struct ifreq request = {};
	int r = flags_request(ifname, &request, &fd);

	if (r < 0)
		return r;
	if (on)
		request.ifr_flags |= flag;
	else
		request.ifr_flags &= (short)~flag;
	return ioctl(fd, SIOCSIFFLAGS, &request) ? -errno : 0;
}

int nsa_link_get_promisc(const char *ifname, __u32 *on)
{
	return get_flag(ifname, IFF_PROMISC, on);
}

int nsa_link_set_promisc(const char *ifname, __u32 on)
{
	return set_flag(ifname, IFF_PROMISC, on);
}

int nsa_link_get_allmulti(const char *ifname, __u32 *on)
{
	return get_flag(ifname, IFF_ALLMULTI, on);
}

int nsa_link_set_allmulti(const char *ifname, __u32 on)
{
	return set_flag(ifname, IFF_ALLMULTI, on);
}
