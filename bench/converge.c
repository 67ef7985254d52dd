// SPDX-License-Identifier: GPL-2.0-only
/*
 * converge: changes a route or a neighbour in the router, back and forth, while it sends numbered
 * packets without a pause, and measures the time from the request to the first packet that takes
 * the new way. Prints one JSON object.
 *
 * Sender and sinks are one thread on one CPU, where the kernel forwards a packet before send()
 * returns: no wake-up of a receiver is part of the result. What the kernel alone has as result is
 * the time of the request, and of a packet.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "route_msg.h"
#include "sink.h"
#include "tests/netns/enter.h"

#define NS_PER_S    1000000000LL
#define GIVE_UP_NS  (10 * NS_PER_S)
#define PAUSE_NS    2000000LL /* between changes, sending on: the daemon is idle again */
#define PREFIX_LEN  24
#define SINK_BUFFER (8 << 20)

struct probe {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	__u64 number;
	__u8 padding[10];
} __attribute__((packed));

/* One of the two ways that packets are sent in turn. */
struct way {
	const char *netns;     /* where they arrive */
	struct ether_addr mac; /* with this destination */
	__be32 gateway;
	int fd;
};

struct bench {
	bool neighbour; /* change the neighbour of way 0's gateway, not the route */
	struct way ways[2];
	__be32 dst;
	int ifindex; /* of the router's device to the gateway */
	int sender;
	struct mnl_socket *nl;
	struct probe probe;
	__u64 received, stale, back;
};

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static int open_packet_socket(const char *netns, const char *dev, int protocol)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_protocol = htons(protocol) };
	int size = SINK_BUFFER, fd;

	enter_netns(netns);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	addr.sll_ifindex = (int)if_nametoindex(dev);
	if (fd < 0 || !addr.sll_ifindex || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		err(1, "packet socket on %s in %s", dev, netns);
	return fd;
}

static void request(struct bench *b, struct nlmsghdr *msg)
{
	char buf[8192];
	ssize_t n;

	if (mnl_socket_sendto(b->nl, msg, msg->nlmsg_len) < 0)
		err(1, "send to rtnetlink");
	n = mnl_socket_recvfrom(b->nl, buf, sizeof(buf));
	if (n < 0 || mnl_cb_run(buf, (size_t)n, 0, 0, NULL, NULL) < 0)
		err(1, "the change");
}

static void change_neighbour(struct bench *b, const struct way *way)
{
	char buf[256];
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
	struct ndmsg *ndm;

	msg->nlmsg_type = RTM_NEWNEIGH;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK;
	ndm = mnl_nlmsg_put_extra_header(msg, sizeof(*ndm));
	ndm->ndm_family = AF_INET;
	ndm->ndm_ifindex = b->ifindex;
	ndm->ndm_state = NUD_PERMANENT;
	mnl_attr_put_u32(msg, NDA_DST, b->ways[0].gateway);
	mnl_attr_put(msg, NDA_LLADDR, ETH_ALEN, &way->mac);
	request(b, msg);
}

static void change(struct bench *b, const struct way *way)
{
	char buf[256];

	if (b->neighbour) {
		change_neighbour(b, way);
		return;
	}
	route_replace_msg(buf, b->dst & htonl(~0U << (32 - PREFIX_LEN)), PREFIX_LEN, way->gateway,
			  NLM_F_ACK);
	request(b, (struct nlmsghdr *)buf);
}

static __u16 ip_checksum(const void *data, size_t words)
{
	const __u16 *word = data;
	__u32 sum = 0;

	for (size_t i = 0; i < words; i++)
		sum += word[i];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

static void build_probe(struct bench *b, const char *smac, const char *dmac, const char *src)
{
	struct probe *p = &b->probe;

	if (!ether_aton_r(smac, (struct ether_addr *)p->eth.h_source) ||
	    !ether_aton_r(dmac, (struct ether_addr *)p->eth.h_dest))
		errx(1, "%s, %s: not MAC addresses", smac, dmac);
	p->eth.h_proto = htons(ETH_P_IP);
	p->ip.version = 4;
	p->ip.ihl = sizeof(p->ip) / 4;
	p->ip.tot_len = htons(sizeof(*p) - ETH_HLEN);
	p->ip.frag_off = htons(IP_DF);
	p->ip.ttl = 64;
	p->ip.protocol = IPPROTO_UDP;
	if (inet_pton(AF_INET, src, &p->ip.saddr) != 1)
		errx(1, "%s: not an address", src);
	p->ip.daddr = b->dst;
	p->ip.check = ip_checksum((const char *)p + ETH_HLEN, sizeof(p->ip) / 2);
	p->udp.source = htons(4000);
	p->udp.dest = htons(SINK_PORT);
	p->udp.len = htons(sizeof(*p) - ETH_HLEN - sizeof(p->ip));
}

static void send_probe(struct bench *b)
{
	b->probe.number++;
	if (send(b->sender, &b->probe, sizeof(b->probe), 0) < 0 && errno != ENOBUFS)
		err(1, "send");
}

/* Empties a sink. True: a packet came the given way. */
static bool drain(struct bench *b, const struct way *way, const struct way *expected)
{
	bool found = false;
	struct probe p;

	while (recv(way->fd, &p, sizeof(p), MSG_DONTWAIT) == (ssize_t)sizeof(p)) {
		if (p.ip.daddr != b->dst || p.udp.dest != htons(SINK_PORT))
			continue;
		b->received++;
		if (way->fd == expected->fd && !memcmp(p.eth.h_dest, &expected->mac, ETH_ALEN))
			found = true;
		else
			b->stale++;
	}
	return found;
}

static bool drain_all(struct bench *b, const struct way *expected)
{
	bool found = drain(b, &b->ways[0], expected);

	if (b->ways[1].fd != b->ways[0].fd)
		found |= drain(b, &b->ways[1], expected);
	return found;
}

/* Nanoseconds from the request to the first packet by the new way, and from the answer. */
struct sample {
	long long total, behind;
};

/*
 * From the request, since who follows may have run on this CPU before the answer could be read, and
 * would be given that time. But where others hold rtnetlink's lock, the request waits for them:
 * then what followed the answer tells more.
 */
static struct sample measure(struct bench *b, const struct way *way)
{
	long long start, sent, answered;
	__u64 stale;

	drain_all(b, way);
	start = now();
	change(b, way);
	answered = now();
	do {
		sent = now();
		if (sent - start > GIVE_UP_NS)
			errx(1, "no packet by the new way within %lld s", GIVE_UP_NS / NS_PER_S);
		send_probe(b);
	} while (!drain_all(b, way));
	stale = b->stale;
	for (long long until = now() + PAUSE_NS; now() < until;) {
		send_probe(b);
		drain_all(b, way);
	}
	/* What went the old way after one that went the new. */
	b->back += b->stale - stale;
	return (struct sample){ sent - start, sent - answered };
}

static int compare(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;

	return (x > y) - (x < y);
}

static void report(struct bench *b, long long *times, long long *behind, size_t count,
		   double seconds)
{
	qsort(times, count, sizeof(*times), compare);
	qsort(behind, count, sizeof(*behind), compare);
	printf("{\"changes\": %zu, \"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f, "
	       "\"behind_p50_us\": %.1f, \"behind_p99_us\": %.1f, \"packets\": %llu, "
	       "\"packets_per_s\": %.0f, \"old_way\": %llu, "
	       "\"old_after_new\": %llu, \"lost\": %lld}\n",
	       count, (double)times[count / 2] / 1e3, (double)times[count * 99 / 100] / 1e3,
	       (double)times[count - 1] / 1e3, (double)behind[count / 2] / 1e3,
	       (double)behind[count * 99 / 100] / 1e3, b->probe.number,
	       (double)b->probe.number / seconds, b->stale, b->back,
	       (long long)(b->probe.number - b->received));
}

static void run(struct bench *b, size_t count)
{
	long long *times = calloc(count, sizeof(*times)), *behind = calloc(count, sizeof(*behind));
	long long start = now();

	if (!times || !behind)
		err(1, "memory");
	measure(b, &b->ways[1]);
	for (size_t i = 0; i < count; i++) {
		struct sample sample = measure(b, &b->ways[i % 2]);

		times[i] = sample.total;
		behind[i] = sample.behind;
	}
	report(b, times, behind, count, (double)(now() - start) / 1e9);
	free(times);
	free(behind);
}

/* NETNS,DEV,MAC,GATEWAY */
static void parse_way(char *arg, struct way *way)
{
	char *dev, *mac, *gateway;

	way->netns = strtok_r(arg, ",", &arg);
	dev = strtok_r(NULL, ",", &arg);
	mac = strtok_r(NULL, ",", &arg);
	gateway = strtok_r(NULL, ",", &arg);
	if (!gateway || !ether_aton_r(mac, &way->mac) ||
	    inet_pton(AF_INET, gateway, &way->gateway) != 1)
		errx(1, "not NETNS,DEV,MAC,GATEWAY");
	way->fd = open_packet_socket(way->netns, dev, ETH_P_IP);
}

static void usage(void)
{
	errx(1,
	     "usage: converge route|neigh CHANGES OWNER,DEV SENDER,DEV,MAC,ROUTER-MAC,ADDRESS "
	     "DESTINATION WAY WAY\n"
	     "WAY: NETNS,DEV,MAC,GATEWAY as the packets arrive. route: the destination's /24 goes "
	     "by "
	     "the one gateway and the other; neigh: the first one's gateway, on the owner's DEV, "
	     "has the one MAC and the other");
}

static void open_owner(struct bench *b, char *arg)
{
	const char *netns = strtok_r(arg, ",", &arg);
	const char *dev = strtok_r(NULL, ",", &arg);

	if (!dev)
		usage();
	enter_netns(netns);
	b->ifindex = (int)if_nametoindex(dev);
	b->nl = mnl_socket_open(NETLINK_ROUTE);
	if (!b->ifindex || !b->nl || mnl_socket_bind(b->nl, 0, MNL_SOCKET_AUTOPID))
		err(1, "rtnetlink socket in %s", netns);
}

static void open_sender(struct bench *b, char *arg)
{
	const char *netns = strtok_r(arg, ",", &arg);
	const char *dev = strtok_r(NULL, ",", &arg);
	const char *smac = strtok_r(NULL, ",", &arg);
	const char *dmac = strtok_r(NULL, ",", &arg);
	const char *src = strtok_r(NULL, ",", &arg);

	if (!src)
		usage();
	b->sender = open_packet_socket(netns, dev, 0);
	build_probe(b, smac, dmac, src);
}

static void pin(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET((size_t)sched_getcpu(), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		err(1, "stay on a CPU");
}

int main(int argc, char **argv)
{
	struct bench b = {};

	if (argc != 8 || (strcmp(argv[1], "route") && strcmp(argv[1], "neigh")))
		usage();
	pin();
	b.neighbour = !strcmp(argv[1], "neigh");
	if (inet_pton(AF_INET, argv[5], &b.dst) != 1)
		usage();
	open_owner(&b, argv[3]);
	open_sender(&b, argv[4]);
	parse_way(argv[6], &b.ways[0]);
	parse_way(argv[7], &b.ways[1]);
	if (b.neighbour) {
		close(b.ways[1].fd);
		b.ways[1].fd = b.ways[0].fd;
	}
	run(&b, strtoul(argv[2], NULL, 10));
	mnl_socket_close(b.nl);
	return 0;
}
