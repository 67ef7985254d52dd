// SPDX-License-Identifier: GPL-2.0-only
#include "rig_internal.h"

#include <arpa/inet.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define BATCH_MAX 8192

const char *const rig_dev_names[DEV_COUNT] = {
	[ETH0] = "eth0", [ETH1] = "eth1", [ETH2] = "eth2",
	[ETH3] = "eth3", [RED] = "red",	  [BLUE] = "blue",
};

static const char *const macvlan_names[NS_COUNT] = {
	[NS_GREEN] = "nsa-green",
	[NS_GREY] = "nsa-grey",
	[NS_PINK] = "nsa-pink",
};

void rig_ip(const char *commands)
{
	FILE *ip = popen("ip -batch -", "w");

	assert_non_null(ip);
	fputs(commands, ip);
	if (pclose(ip))
		fail_msg("ip -batch failed");
}

void rig_sysctl(const char *device, const char *family, const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family, device, name);
	fd = (int)must(open(path, O_WRONLY | O_CLOEXEC));
	must(write(fd, value, strlen(value)));
	close(fd);
}

static void quiet_ipv6(void)
{
	int fd = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return; /* no IPv6, no noise */
	must(write(fd, "1", 1));
	close(fd);
}

int rig_new_namespace(void)
{
	must(unshare(CLONE_NEWNET));
	quiet_ipv6();
	return (int)must(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
}

static char *format_mac(char *text, const __u8 *mac)
{
	sprintf(text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		mac[5]);
	return text;
}

void rig_make_devices(const struct rig *self)
{
	char batch[BATCH_MAX], mac[18], behind[18];
	size_t len = 0;

	for (int dev = 0; dev < DEV_COUNT; dev++)
		len += sprintf(batch + len,
			       "link add nsa-%s index %d address %s mtu %d type veth "
			       "peer name far-%s address %s mtu 9000 netns /proc/%d/fd/%d\n"
			       "link set nsa-%s up\n",
			       rig_dev_names[dev], IFINDEX(dev), format_mac(mac, PORT_MAC(dev)),
			       dev == ETH3 ? SMALL_MTU : 9000, rig_dev_names[dev],
			       format_mac(behind, BEHIND_MAC(dev)), getpid(), self->far,
			       rig_dev_names[dev]);
	for (int ns = 0; ns < NS_COUNT; ns++)
		if (macvlan_names[ns])
			len += sprintf(batch + len,
				       "link add link nsa-%s name %s netns /proc/%d/fd/%d "
				       "address %s type macvlan mode %s\n",
				       ns == NS_PINK ? "eth1" : "eth2", macvlan_names[ns], getpid(),
				       self->far, format_mac(mac, MACVLAN_MAC(ns)),
				       ns == NS_GREY ? "private" : "bridge");
	rig_ip(batch);
	len = 0;
	for (int dev = 0; dev < DEV_COUNT; dev++)
		len += sprintf(batch + len, "link set far-%s up\n", rig_dev_names[dev]);
	for (int ns = 0; ns < NS_COUNT; ns++)
		if (macvlan_names[ns])
			len += sprintf(batch + len, "link set %s up\n", macvlan_names[ns]);
	must(setns(self->far, CLONE_NEWNET));
	rig_ip(batch);
	must(setns(self->near, CLONE_NEWNET));
}

/* As in the world: the owner's address, and the prefix that is behind the device. */
static const struct {
	enum dev dev;
	const char *own4, *own6, *prefix4, *prefix6, *via4, *via6;
} networks[] = {
	{ ETH0, "10.0.0.1", "fd00::1", "10.0.0.0/24", "fd00::/64", "10.0.0.9", "fd00::9" },
	{ ETH1, "10.1.0.1", "fd01::1", "10.1.0.0/24", "fd01::/64", "10.1.0.9", "fd01::9" },
	{ ETH2, "10.4.0.1", "fd04::1", "10.4.0.0/24", "fd04::/64", "10.4.0.9", "fd04::9" },
	{ ETH3, "10.5.0.1", "fd05::1", "10.5.0.0/24", "fd05::/64", "10.5.0.9", "fd05::9" },
	{ RED, "10.2.0.1", "fd02::1", "10.2.0.2/32", "fd02::2/128", "10.2.0.2", "fd02::2" },
	{ BLUE, "10.3.0.1", "fd03::1", "10.3.0.2/32", "fd03::2/128", "10.3.0.2", "fd03::2" },
};

void rig_make_router(void)
{
	char batch[8192];
	const __u8 *mac;
	size_t len = 0;

	rig_sysctl("all", "ipv4", "forwarding", "1");
	rig_sysctl("all", "ipv4", "rp_filter", "0");
	rig_sysctl("all", "ipv6", "forwarding", "1");
	for (size_t i = 0; i < ARRAY_SIZE(networks); i++) {
		char dev[16];

		snprintf(dev, sizeof(dev), "nsa-%s", rig_dev_names[networks[i].dev]);
		rig_sysctl(dev, "ipv4", "rp_filter", "0");
		rig_sysctl(dev, "ipv6", "disable_ipv6", "0");
		mac = BEHIND_MAC(networks[i].dev);
		len += (size_t)snprintf(
			batch + len, sizeof(batch) - len,
			"addr add %s/32 dev %s\n"
			"addr add %s/128 dev %s nodad\n"
			"neigh add %s lladdr %02x:%02x:%02x:%02x:%02x:%02x dev %s\n"
			"neigh add %s lladdr %02x:%02x:%02x:%02x:%02x:%02x dev %s\n"
			"route add %s via %s dev %s onlink\n"
			"route add %s via %s dev %s onlink\n",
			networks[i].own4, dev, networks[i].own6, dev, networks[i].via4, mac[0],
			mac[1], mac[2], mac[3], mac[4], mac[5], dev, networks[i].via6, mac[0],
			mac[1], mac[2], mac[3], mac[4], mac[5], dev, networks[i].prefix4,
			networks[i].via4, dev, networks[i].prefix6, networks[i].via6, dev);
		assert_true(len < sizeof(batch));
	}
	rig_ip(batch);
}

void rig_make_hooks(void)
{
	LIBBPF_OPTS(bpf_tc_hook, clsact, .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	for (int dev = 0; dev < DEV_COUNT; dev++) {
		clsact.ifindex = IFINDEX(dev);
		must(bpf_tc_hook_create(&clsact));
	}
}

void rig_attach(const struct rig *self, enum dev dev, enum nsaccel_hook hook)
{
	LIBBPF_OPTS(bpf_tc_hook, tc, .ifindex = IFINDEX(dev),
		    .attach_point =
			    hook == NSACCEL_HOOK_TC_EGRESS ? BPF_TC_EGRESS : BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = rig_tc_fd(self, hook));

	must(bpf_tc_attach(&tc, &opts));
}

/* The wire */

int rig_listen(struct rig *self, bool far, const char *device)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int fd, one = 1;

	must(setns(far ? self->far : self->near, CLONE_NEWNET));
	fd = (int)must(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
	address.sll_ifindex = (int)if_nametoindex(device);
	assert_int_not_equal(address.sll_ifindex, 0);
	must(setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)));
	must(bind(fd, (void *)&address, sizeof(address)));
	must(setns(self->near, CLONE_NEWNET));
	return fd;
}

void rig_send(int fd, const struct packet *packet, const struct virtio_net_hdr *offload)
{
	static const struct virtio_net_hdr none;
	struct iovec parts[] = {
		{ (void *)(offload ? offload : &none), sizeof(none) },
		{ (void *)packet->data, packet->len },
	};
	struct sockaddr_ll to;
	socklen_t len = sizeof(to);
	struct msghdr message = {
		.msg_name = &to, .msg_namelen = len, .msg_iov = parts, .msg_iovlen = 2
	};
	ssize_t sent;

	must(getsockname(fd, (void *)&to, &len));
	/* Not each kernel reads it from a macvlan's frame, where the socket says ETH_P_ALL. */
	memcpy(&to.sll_protocol, packet->data + 2 * ETH_ALEN, sizeof(to.sll_protocol));
	sent = sendmsg(fd, &message, 0);
	if (sent < 0 && errno == EINVAL && offload && offload->gso_type == GSO_UDP_L4)
		skip(); /* the kernel takes none from a packet socket; Linux 6.2 does */
	must(sent);
}

bool rig_hear(int fd, struct heard *heard, int timeout_ms)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	struct iovec parts[] = {
		{ &heard->offload, sizeof(heard->offload) },
		{ heard->packet.data, sizeof(heard->packet.data) },
	};
	struct sockaddr_ll from;
	struct msghdr message = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = parts, .msg_iovlen = 2
	};

	if (must(poll(&readable, 1, timeout_ms)) == 0)
		return false;
	heard->packet.len = (__u32)must(recvmsg(fd, &message, 0)) - (__u32)sizeof(heard->offload);
	heard->out = from.sll_pkttype == PACKET_OUTGOING;
	return true;
}

void rig_drain(int fd)
{
	struct heard heard;

	while (rig_hear(fd, &heard, 0))
		;
}
