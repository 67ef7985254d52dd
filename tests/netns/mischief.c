// SPDX-License-Identifier: GPL-2.0-only
/*
 * mischief claim NAMESPACE/DEV ADDRESS...
 * mischief flood NAMESPACE/DEV
 * mischief forge NAMESPACE/DEV LINK NSID
 * mischief learn NAMESPACE/DEV KNOWN RATE
 *
 * What root of a namespace does beside sending, again and again until it is killed. It says "ready" once
 * all of it has been done.
 *
 * claim: gives lo and the device these addresses, takes them away, and tells all on the link about them
 *        by ARP and neighbour discovery.
 * flood: adds and removes addresses, neighbours and links, and changes its device, by the thousand.
 * forge: answers in the kernel's place every netlink socket that it sees in its namespace: that its
 *        device has gone, that there is nothing more, an error; and that it has a veth whose peer is
 *        LINK in the namespace NSID. It is ready when somebody else's socket was there to be lied to,
 *        and one of its own has believed it.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LO	    1
#define ADDRESSES   2000
#define NEIGHBOURS  2000
#define CHANGES	    2000
#define LINKS	    20
#define FLOOD_GROUP 77
#define BATCH_SIZE  32768
#define SOCKETS	    64

static unsigned int dev;
static __u8 mac[ETH_ALEN];

/* Where it does it */

static const char *enter(const char *where)
{
	const char *name = strchr(where, '/');
	char path[128];
	int fd;

	if (!name)
		errx(1, "\"%s\" is not NAMESPACE/DEV", where);
	snprintf(path, sizeof(path), "/run/netns/%.*s", (int)(name - where), where);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "enter %s", path);
	close(fd);
	return name + 1;
}

static void find_device(const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = {};

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	dev = if_nametoindex(name);
	if (fd < 0 || !dev || ioctl(fd, SIOCGIFHWADDR, &ifr))
		err(1, "%s", name);
	memcpy(mac, ifr.ifr_hwaddr.sa_data, sizeof(mac));
	close(fd);
}

/* Netlink: many messages at once, and what comes back isn't read. */

static struct {
	int fd;
	size_t used;
	char bytes[BATCH_SIZE];
} batch;

static int netlink_socket(void)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&any, sizeof(any)))
		err(1, "netlink");
	return fd;
}

static void flush(void)
{
	if (batch.used && send(batch.fd, batch.bytes, batch.used, 0) < 0 && errno != EAGAIN)
		err(1, "netlink");
	batch.used = 0;
}

/* The next message, of at most 512 bytes. */
static struct nlmsghdr *message(__u16 type, __u16 flags, size_t header)
{
	struct nlmsghdr *msg;

	if (batch.used + 512 > sizeof(batch.bytes))
		flush();
	msg = mnl_nlmsg_put_header(batch.bytes + batch.used);
	msg->nlmsg_type = type;
	msg->nlmsg_flags = NLM_F_REQUEST | flags;
	mnl_nlmsg_put_extra_header(msg, header);
	return msg;
}

static void done(const struct nlmsghdr *msg)
{
	batch.used += NLMSG_ALIGN(msg->nlmsg_len);
}

static void put_kind(struct nlmsghdr *msg, const char *kind)
{
	struct nlattr *info = mnl_attr_nest_start(msg, IFLA_LINKINFO);

	mnl_attr_put_str(msg, IFLA_INFO_KIND, kind);
	mnl_attr_nest_end(msg, info);
}

/* An address */

struct address {
	int family;
	size_t len;
	__u8 bytes[16];
};

static struct address parse(const char *text)
{
	struct address a = { AF_INET, 4, {} };

	if (strchr(text, ':'))
		a = (struct address){ AF_INET6, 16, {} };
	if (inet_pton(a.family, text, a.bytes) != 1)
		errx(1, "\"%s\" is no address", text);
	return a;
}

static void put_address(const struct address *a, bool add, unsigned int ifindex)
{
	struct nlmsghdr *msg = message(add ? RTM_NEWADDR : RTM_DELADDR, add ? NLM_F_CREATE : 0,
				       sizeof(struct ifaddrmsg));
	struct ifaddrmsg *head = mnl_nlmsg_get_payload(msg);

	head->ifa_family = (__u8)a->family;
	head->ifa_prefixlen = (__u8)(8 * a->len);
	head->ifa_index = ifindex;
	head->ifa_flags = a->family == AF_INET6 ? IFA_F_NODAD : 0;
	mnl_attr_put(msg, IFA_LOCAL, a->len, a->bytes);
	mnl_attr_put(msg, IFA_ADDRESS, a->len, a->bytes);
	done(msg);
}

/* claim */

static size_t put_arp(__u8 *frame, const struct address *a, __u8 operation)
{
	static const __u8 head[] = { 8, 6, 0, 1, 8, 0, 6, 4, 0 };

	memset(frame, 0xff, 6);
	memcpy(frame + 6, mac, 6);
	memcpy(frame + 12, head, sizeof(head));
	frame[21] = operation;
	memcpy(frame + 22, mac, 6);
	memcpy(frame + 28, a->bytes, 4);
	memcpy(frame + 32, mac, 6);
	memcpy(frame + 38, a->bytes, 4);
	return 42;
}

/* From the address that it tells of, to all nodes, overriding (RFC 4861, 4.4). */
static size_t put_advertisement(__u8 *frame, const struct address *a)
{
	static const __u8 head[] = { 0x33, 0x33, 0, 0, 0, 1 };
	static const __u8 ip[] = { 0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, IPPROTO_ICMPV6, 255 };
	static const __u8 all_nodes[16] = { 0xff, 2, [15] = 1 };
	__u32 sum = 32 + IPPROTO_ICMPV6;

	memset(frame, 0, 86);
	memcpy(frame, head, sizeof(head));
	memcpy(frame + 6, mac, 6);
	memcpy(frame + 12, ip, sizeof(ip));
	memcpy(frame + 22, a->bytes, 16);
	memcpy(frame + 38, all_nodes, 16);
	frame[54] = 136;
	frame[58] = 0x20;
	memcpy(frame + 62, a->bytes, 16);
	frame[78] = 2;
	frame[79] = 1;
	memcpy(frame + 80, mac, 6);
	for (int i = 22; i < 86; i += 2)
		sum += (__u32)frame[i] << 8 | frame[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	frame[56] = (__u8)(sum >> 8);
	frame[57] = (__u8)sum;
	return 86;
}

static void tell_all(int fd, const struct address *a)
{
	__u8 frame[128];

	/* What a macvlan's lower drops is an error to the sender. */
	if (a->family == AF_INET6) {
		(void)!write(fd, frame, put_advertisement(frame, a));
		return;
	}
	(void)!write(fd, frame, put_arp(frame, a, 1));
	(void)!write(fd, frame, put_arp(frame, a, 2));
}

static int link_socket(void)
{
	const struct sockaddr_ll link = { .sll_family = AF_PACKET, .sll_ifindex = (int)dev };
	static int fd = -1;

	if (fd >= 0)
		return fd;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&link, sizeof(link)))
		err(1, "packet socket");
	return fd;
}

static void claim(char **addresses)
{
	int fd = link_socket();

	for (int add = 1; add >= 0; add--)
		for (char **text = addresses; *text; text++) {
			struct address a = parse(*text);

			put_address(&a, add, LO);
			put_address(&a, add, dev);
			flush();
			tell_all(fd, &a);
		}
}

/* flood */

static void put_numbered(unsigned int i, bool add)
{
	const struct address a = { AF_INET, 4, { 10, 77, (__u8)(i >> 8), (__u8)i } };

	put_address(&a, add, dev);
}

static void put_neighbour(unsigned int i, bool add)
{
	const __u8 to[] = { 10, 78, (__u8)(i >> 8), (__u8)i };
	struct nlmsghdr *msg = message(add ? RTM_NEWNEIGH : RTM_DELNEIGH, add ? NLM_F_CREATE : 0,
				       sizeof(struct ndmsg));
	struct ndmsg *head = mnl_nlmsg_get_payload(msg);

	head->ndm_family = AF_INET;
	head->ndm_ifindex = (int)dev;
	head->ndm_state = NUD_PERMANENT;
	mnl_attr_put(msg, NDA_DST, sizeof(to), to);
	mnl_attr_put(msg, NDA_LLADDR, sizeof(mac), mac);
	done(msg);
}

/* Of the device: another alias, which makes for long news. */
static void put_change(unsigned int i)
{
	struct nlmsghdr *msg = message(RTM_NEWLINK, 0, sizeof(struct ifinfomsg));
	struct ifinfomsg *head = mnl_nlmsg_get_payload(msg);
	char alias[201];

	head->ifi_index = (int)dev;
	memset(alias, 'a' + (int)(i % 26), sizeof(alias) - 1);
	alias[sizeof(alias) - 1] = 0;
	mnl_attr_put_strz(msg, IFLA_IFALIAS, alias);
	done(msg);
}

static void put_link(void)
{
	struct nlmsghdr *msg =
		message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg));

	mnl_attr_put_u32(msg, IFLA_GROUP, FLOOD_GROUP);
	put_kind(msg, "bridge");
	done(msg);
}

static void remove_links(void)
{
	struct nlmsghdr *msg = message(RTM_DELLINK, 0, sizeof(struct ifinfomsg));

	mnl_attr_put_u32(msg, IFLA_GROUP, FLOOD_GROUP);
	done(msg);
}

static void flood(char **none)
{
	(void)none;
	for (int add = 1; add >= 0; add--) {
		for (unsigned int i = 0; i < ADDRESSES; i++)
			put_numbered(i, add);
		for (unsigned int i = 0; i < NEIGHBOURS; i++)
			put_neighbour(i, add);
		for (unsigned int i = 0; i < CHANGES; i++)
			put_change(i);
		for (unsigned int i = 0; add && i < LINKS; i++)
			put_link();
		if (!add)
			remove_links();
		flush();
	}
}

/* forge */

/* Ports of all netlink sockets here but the kernel's and, for what it says itself, "but". */
static int find_sockets(__u32 *ports, __u32 but)
{
	FILE *file = fopen("/proc/thread-self/net/netlink", "re");
	unsigned int protocol, port;
	char line[256];
	int count = 0;

	if (!file)
		err(1, "look for sockets");
	while (count < SOCKETS && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %u %u", &protocol, &port) == 2 && !protocol && port &&
		    port != but)
			ports[count++] = port;
	fclose(file);
	return count;
}

static __u32 port_of(int fd)
{
	struct sockaddr_nl own;
	socklen_t len = sizeof(own);

	if (getsockname(fd, (struct sockaddr *)&own, &len))
		err(1, "netlink");
	return own.nl_pid;
}

static void put_lie(bool veth, __u32 link, __s32 nsid)
{
	struct nlmsghdr *msg =
		message(veth ? RTM_NEWLINK : RTM_DELLINK, 0, sizeof(struct ifinfomsg));
	struct ifinfomsg *head = mnl_nlmsg_get_payload(msg);

	msg->nlmsg_flags = NLM_F_MULTI;
	head->ifi_type = 1; /* ARPHRD_ETHER */
	head->ifi_index = veth ? 77 : (int)dev;
	head->ifi_flags = IFF_UP | IFF_RUNNING;
	mnl_attr_put_str(msg, IFLA_IFNAME, veth ? "evil" : "eth0");
	mnl_attr_put(msg, IFLA_ADDRESS, sizeof(mac), mac);
	mnl_attr_put_u32(msg, IFLA_MTU, 1500);
	mnl_attr_put_u32(msg, IFLA_LINK, link);
	mnl_attr_put_u32(msg, IFLA_LINK_NETNSID, (__u32)nsid);
	put_kind(msg, "veth");
	done(msg);
}

/* "There is no more", or "it can't be done". */
static void put_end(__u16 type, __s32 error)
{
	struct nlmsghdr *msg = message(type, 0, sizeof(struct nlmsgerr));
	struct nlmsgerr *end = mnl_nlmsg_get_payload(msg);

	msg->nlmsg_flags = NLM_F_MULTI;
	end->error = error;
	done(msg);
}

static void lie_to(__u32 port)
{
	const struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_pid = port };

	for (size_t at = 0; at < batch.used;) {
		const struct nlmsghdr *msg = (const void *)(batch.bytes + at);

		(void)sendto(batch.fd, msg, msg->nlmsg_len, 0, (const struct sockaddr *)&to,
			     sizeof(to));
		at += NLMSG_ALIGN(msg->nlmsg_len);
	}
}

/* Has the daemon look: it doesn't for what is on no endpoint. */
static void stir(void)
{
	static const struct address a = { AF_INET, 4, { 172, 31, 0, 1 } };
	static bool add;

	add = !add;
	put_address(&a, add, dev);
	flush();
}

/* Whether all was done: others were there, and one that isn't careful believes it. */
static bool forge(char **args)
{
	static int believer = -1;
	static bool met, believed;
	__u32 ports[SOCKETS];
	char answer[512];
	int count;

	if (believer < 0)
		believer = netlink_socket();
	stir();
	put_lie(true, (__u32)atoi(args[0]), atoi(args[1]));
	put_lie(false, (__u32)atoi(args[0]), atoi(args[1]));
	put_end(NLMSG_ERROR, -ENODEV);
	put_end(NLMSG_DONE, 0);
	for (int round = 0; round < 64; round++) {
		count = find_sockets(ports, port_of(batch.fd));
		for (int i = 0; i < count; i++) {
			met |= ports[i] != port_of(believer);
			lie_to(ports[i]);
		}
	}
	batch.used = 0;
	while (recv(believer, answer, sizeof(answer), 0) > 0)
		believed = true;
	return met && believed;
}

static void forge_on(char **args)
{
	while (!forge(args))
		;
}

/* learn */

/* From the next MAC of all to one that nobody has. */
static void learn_one(void)
{
	static __u32 number;
	__u8 frame[ETH_ZLEN] = { 2, 0, 0, 0xee, 0xee, 0xee, 2, 0xcc, [12] = 0x88, 0xb5 };

	number++;
	for (int i = 0; i < 4; i++)
		frame[8 + i] = (__u8)(number >> 8 * (3 - i));
	while (write(link_socket(), frame, sizeof(frame)) < 0)
		if (errno != ENOBUFS)
			err(1, "send");
}

static void learn(char **args)
{
	static unsigned long known;
	const struct timespec pause = { 0, 10000000 };
	unsigned long more = known ? strtoul(args[1], NULL, 10) / 100 : strtoul(args[0], NULL, 10);

	if (known)
		nanosleep(&pause, NULL);
	for (unsigned long i = 0; i < more; i++)
		learn_one();
	known += more;
}

static const struct {
	const char *name;
	void (*doing)(char **args);
	int args; /* as many, or -1: any number */
} means[] = { { "claim", claim, -1 },
	      { "flood", flood, -1 },
	      { "forge", forge_on, 2 },
	      { "learn", learn, 2 } };

int main(int argc, char **argv)
{
	void (*doing)(char **args) = NULL;

	for (size_t i = 0; argc > 2 && i < sizeof(means) / sizeof(*means); i++)
		if (!strcmp(argv[1], means[i].name) &&
		    (means[i].args < 0 || argc == 3 + means[i].args))
			doing = means[i].doing;
	if (!doing)
		errx(1, "usage: mischief claim|flood|forge|learn NAMESPACE/DEV ARGUMENT...");
	find_device(enter(argv[2]));
	batch.fd = netlink_socket();
	doing(argv + 3);
	puts("ready");
	fflush(stdout);
	for (;;)
		doing(argv + 3);
}
