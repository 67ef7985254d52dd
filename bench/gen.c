// SPDX-License-Identifier: GPL-2.0-only
/*
 * gen: sends UDP frames out of a device of the namespace it is started in, as fast as one CPU makes
 * them, and prints one JSON object: what it sent and, with --sink, what arrived meanwhile.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "gen.h"
#include "gen.skel.h"
#include "sink.h"
#include "util/cleanup.h"

#define FRAME_MAX    3072 /* a page less what the kernel keeps around live frames, rounded down */
#define BATCH	     64
#define WARMUP	     (BATCH * 4096) /* frames; tells also how many make up the wanted time */
#define BURSTS_PER_S 20
#define LO_IFINDEX   1

struct options {
	const char *dev, *dst_mac, *src_mac, *src, *dst, *destinations, *sink;
	unsigned long size, flows, rate;
	double seconds;
	bool stack, answer, help;
};

struct run {
	__u64 sent, received;
	double seconds, cpu_seconds;
};

static volatile sig_atomic_t stopped;

/* A signal ends the system call that sends, and what was attached is taken off again. */
static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static void usage(int status)
{
	fprintf(status ? stderr : stdout,
		"Usage: gen --dev DEV --dst-mac MAC --src-mac MAC --src ADDR --dst ADDR\n"
		"           [--size BYTES] [--seconds S] [--flows N]\n"
		"           [--destinations FILE] [--rate PPS] [--answer] [--stack]\n"
		"           [--sink MAP]\n"
		"  --size          frame length without FCS (60)\n"
		"  --flows         source ports, and addresses from --src on, to go "
		"through (1)\n"
		"  --destinations  binary addresses to go through, instead of --dst\n"
		"  --rate          packets per second, in bursts (0: as fast as one CPU "
		"makes "
		"them)\n"
		"  --answer        as answers: the ports the other way round\n"
		"  --stack         for a DEV that takes no XDP frames: send through TC "
		"on lo\n"
		"  --sink          pinned map of a sink, to report what arrived\n");
	exit(status);
}

static unsigned long parse_number(const char *name, const char *arg, unsigned long min,
				  unsigned long max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(arg, &end, 10);
	if (errno || end == arg || *end || value < min || value > max)
		errx(1, "--%s %s: not a number from %lu to %lu", name, arg, min, max);
	return value;
}

static double parse_seconds(const char *arg)
{
	double value;
	char *end;

	value = strtod(arg, &end);
	if (end == arg || *end || !(value > 0 && value <= 3600))
		errx(1, "--seconds %s: not a time", arg);
	return value;
}

enum kind {
	STRING,
	NUMBER,
	TIME,
	FLAG
};

static const struct field {
	const char *name;
	enum kind kind;
	size_t offset;
	unsigned long min, max;
} fields[] = {
	{ "dev", STRING, offsetof(struct options, dev), 0, 0 },
	{ "dst-mac", STRING, offsetof(struct options, dst_mac), 0, 0 },
	{ "src-mac", STRING, offsetof(struct options, src_mac), 0, 0 },
	{ "src", STRING, offsetof(struct options, src), 0, 0 },
	{ "dst", STRING, offsetof(struct options, dst), 0, 0 },
	{ "destinations", STRING, offsetof(struct options, destinations), 0, 0 },
	{ "sink", STRING, offsetof(struct options, sink), 0, 0 },
	{ "size", NUMBER, offsetof(struct options, size), 60, FRAME_MAX },
	{ "flows", NUMBER, offsetof(struct options, flows), 1, 100 * GEN_PORTS },
	{ "rate", NUMBER, offsetof(struct options, rate), 0, 10000000 },
	{ "seconds", TIME, offsetof(struct options, seconds), 0, 0 },
	{ "answer", FLAG, offsetof(struct options, answer), 0, 0 },
	{ "stack", FLAG, offsetof(struct options, stack), 0, 0 },
	{ "help", FLAG, offsetof(struct options, help), 0, 0 },
};

#define FIELDS (sizeof(fields) / sizeof(*fields))

static void parse_field(const struct field *field, const char *arg, struct options *o)
{
	void *value = (char *)o + field->offset;

	switch (field->kind) {
	case STRING:
		*(const char **)value = arg;
		break;
	case NUMBER:
		*(unsigned long *)value = parse_number(field->name, arg, field->min, field->max);
		break;
	case TIME:
		*(double *)value = parse_seconds(arg);
		break;
	case FLAG:
		*(bool *)value = true;
		break;
	}
}

static void parse_options(int argc, char **argv, struct options *o)
{
	struct option table[FIELDS + 1] = {};
	int c, i;

	for (size_t f = 0; f < FIELDS; f++) {
		table[f].name = fields[f].name;
		table[f].has_arg = fields[f].kind == FLAG ? no_argument : required_argument;
	}
	while ((c = getopt_long(argc, argv, "", table, &i)) != -1) {
		if (c)
			usage(1);
		parse_field(&fields[i], optarg, o);
	}
	if (o->help)
		usage(0);
	if (optind < argc || !o->dev || !o->dst_mac || !o->src_mac || !o->src || !o->dst)
		usage(1);
}

static __u32 sum_words(const void *data, size_t len)
{
	const __u16 *word = data;
	__u32 sum = 0;

	for (; len > 1; len -= 2)
		sum += *word++;
	return sum;
}

static __u16 fold(__u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

static void parse_mac(const char *arg, __u8 *mac)
{
	struct ether_addr addr;

	if (!ether_aton_r(arg, &addr))
		errx(1, "%s: not a MAC address", arg);
	memcpy(mac, &addr, ETH_ALEN);
}

/* addresses: both, which the checksum contains. The payload is zeroes. */
static void fill_udp(struct udphdr *udp, const struct options *o, size_t header_len,
		     const void *addresses, size_t addresses_len)
{
	udp->source = htons(o->answer ? SINK_PORT : 1024);
	udp->dest = htons(o->answer ? 1024 : SINK_PORT);
	udp->len = htons(o->size - (header_len - sizeof(*udp)));
	udp->check = fold(sum_words(addresses, addresses_len) + udp->len + htons(IPPROTO_UDP) +
			  sum_words(udp, sizeof(*udp)));
}

static size_t fill_ipv4(void *header, const struct options *o)
{
	struct iphdr *ip = header + ETH_HLEN;

	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->tot_len = htons(o->size - ETH_HLEN);
	if (inet_pton(AF_INET, o->dst, &ip->daddr) != 1)
		errx(1, "--dst %s: not an IPv4 address, as --src is", o->dst);
	inet_pton(AF_INET, o->src, &ip->saddr);
	fill_udp((void *)(ip + 1), o, GEN_HLEN4, &ip->saddr, 8);
	ip->check = fold(sum_words(ip, sizeof(*ip)));
	return GEN_HLEN4;
}

static size_t fill_ipv6(void *header, const struct options *o)
{
	struct ipv6hdr *ip = header + ETH_HLEN;

	if (o->size < GEN_HLEN6)
		errx(1, "--size %lu: the headers of UDP over IPv6 take %d", o->size, GEN_HLEN6);
	ip->version = 6;
	ip->hop_limit = 64;
	ip->nexthdr = IPPROTO_UDP;
	ip->payload_len = htons(o->size - ETH_HLEN - sizeof(*ip));
	if (inet_pton(AF_INET6, o->dst, &ip->daddr) != 1)
		errx(1, "--dst %s: not an IPv6 address, as --src is", o->dst);
	inet_pton(AF_INET6, o->src, &ip->saddr);
	fill_udp((void *)(ip + 1), o, GEN_HLEN6, &ip->saddr, 32);
	return GEN_HLEN6;
}

/* Returns the length of the headers. */
static size_t fill_config(struct gen_config *config, const struct options *o)
{
	__u8 *header = (__u8 *)config->header;
	struct ethhdr *eth = (void *)header;
	struct in6_addr addr;
	size_t len, addr_end, ports;

	config->ipv6 = inet_pton(AF_INET6, o->src, &addr) == 1;
	if (!config->ipv6 && inet_pton(AF_INET, o->src, &addr) != 1)
		errx(1, "--src %s: not an address", o->src);
	parse_mac(o->dst_mac, eth->h_dest);
	parse_mac(o->src_mac, eth->h_source);
	eth->h_proto = htons(config->ipv6 ? ETH_P_IPV6 : ETH_P_IP);
	len = config->ipv6 ? fill_ipv6(header, o) : fill_ipv4(header, o);

	addr_end = len - GEN_UDP_HLEN;
	ports = o->flows < GEN_PORTS ? o->flows : GEN_PORTS;
	config->sport = (struct gen_range){ 1024, ports };
	addr_end -= config->ipv6 ? 16 : 4;
	config->src = (struct gen_range){ header[addr_end - 2] << 8 | header[addr_end - 1],
					  (o->flows + ports - 1) / ports };

	config->stack = o->stack;
	config->answer = o->answer;
	config->ifindex = if_nametoindex(o->dev);
	if (!config->ifindex)
		err(1, "--dev %s", o->dev);
	return len;
}

static FILE *open_destinations(const struct options *o, struct gen_config *config)
{
	FILE *file = fopen(o->destinations, "re");
	struct stat st;

	if (!file || fstat(fileno(file), &st))
		err(1, "--destinations %s", o->destinations);
	config->destinations = st.st_size / (config->ipv6 ? 16 : 4);
	if (!config->destinations)
		errx(1, "--destinations %s: empty", o->destinations);
	return file;
}

static void fill_destinations(const struct bpf_map *map, FILE *file,
			      const struct gen_config *config)
{
	__u32 count = config->destinations, size = config->ipv6 ? 16 : 4;
	__cleanup(nsa_freep) __u32 *keys = calloc(count, sizeof(*keys));
	__cleanup(nsa_freep) __u8 *values = calloc(count, size);

	if (!keys || !values || fread(values, size, count, file) != count)
		err(1, "read the destinations");
	for (__u32 i = 0; i < count; i++)
		keys[i] = i;
	if (bpf_map_update_batch(bpf_map__fd(map), keys, values, &count, NULL))
		err(1, "fill in the destinations");
	fclose(file);
}

static struct gen *load(const struct options *o, struct gen_config *config)
{
	FILE *destinations = o->destinations ? open_destinations(o, config) : NULL;
	struct gen *skel = gen__open();

	if (!skel)
		err(1, "open the generator");
	memcpy((void *)&skel->rodata->config, config, sizeof(*config));
	if (destinations) {
		bpf_map__set_value_size(skel->maps.gen_destinations, config->ipv6 ? 16 : 4);
		bpf_map__set_max_entries(skel->maps.gen_destinations, config->destinations);
	}
	if (gen__load(skel))
		err(1, "load the generator");
	if (destinations)
		fill_destinations(skel->maps.gen_destinations, destinations, config);
	return skel;
}

/* Sum over all CPUs. */
static __u64 read_sink(int fd, int cpus)
{
	struct sink_count count[cpus];
	__u32 zero = 0;
	__u64 sum = 0;

	if (bpf_map_lookup_elem(fd, &zero, count))
		err(1, "read the sink's counter");
	for (int i = 0; i < cpus; i++)
		sum += count[i].packets;
	return sum;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec * 1e-9;
}

/* Forwarding runs in the generator's own context; less than the whole time means that somebody else
 * had the CPU. */
static double cpu_time(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

/* The kernel waits for RCU, some 10 ms, around each run: so the measurement is one long run and not
 * many short ones. -EINTR after a signal. */
static int send_frames(int prog_fd, __u8 *frame, size_t size, __u32 frames, double *seconds)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = size,
		    .repeat = frames, .batch_size = BATCH, .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	double start = now();
	int r = bpf_prog_test_run_opts(prog_fd, &opts);

	if (!r)
		*seconds = now() - start;
	return r;
}

/* How many frames make up the wanted time. 0 or -errno. */
static int calibrate(const struct options *o, int prog_fd, __u8 *frame, __u64 *count)
{
	double frames, idle, warmup;
	int r;

	r = send_frames(prog_fd, frame, o->size, 1, &idle) ?:
		    send_frames(prog_fd, frame, o->size, WARMUP, &warmup);
	if (r)
		return r;
	if (warmup <= idle)
		return -ETIME;
	frames = WARMUP / (warmup - idle) * o->seconds;
	*count = frames < UINT32_MAX ? frames : UINT32_MAX;
	return 0;
}

/* One burst after the other, each when it is due. */
static int send_bursts(const struct options *o, int prog_fd, __u8 *frame, struct run *run)
{
	__u32 burst = o->rate / BURSTS_PER_S ?: 1;
	double start = now(), burst_seconds, late;
	struct timespec ts;
	int r;

	run->sent = 0;
	do {
		r = send_frames(prog_fd, frame, o->size, burst, &burst_seconds);
		if (r)
			return r;
		run->sent += burst;
		late = now() - start - (double)run->sent / o->rate;
		ts = (struct timespec){ .tv_nsec = (long)(-late * 1e9) };
		if (late < 0)
			nanosleep(&ts, NULL);
		run->seconds = now() - start;
	} while (run->seconds < o->seconds && !stopped);
	return stopped ? -EINTR : 0;
}

static int send_for(const struct options *o, int prog_fd, __u8 *frame, int sink_fd, struct run *run)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 before = 0;
	int r = o->rate ? 0 : calibrate(o, prog_fd, frame, &run->sent);

	if (r)
		return r;
	if (sink_fd >= 0)
		before = read_sink(sink_fd, cpus);
	run->cpu_seconds = -cpu_time();
	r = o->rate ? send_bursts(o, prog_fd, frame, run) :
		      send_frames(prog_fd, frame, o->size, run->sent, &run->seconds);
	if (r)
		return r;
	run->cpu_seconds += cpu_time();
	if (sink_fd >= 0)
		run->received = read_sink(sink_fd, cpus) - before;
	return 0;
}

static void hook_lo(const struct gen *skel)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = LO_IFINDEX, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = bpf_program__fd(skel->progs.gen_tc));
	int r = bpf_tc_hook_create(&hook);

	if (r)
		errx(1, "clsact on lo: %s", strerror(-r));
	r = bpf_tc_attach(&hook, &opts);
	if (r)
		errx(1, "attach to lo: %s", strerror(-r));
}

static void print_run(const struct run *run, bool counted)
{
	printf("{\"sent\":%llu,\"seconds\":%.6f,\"cpu_seconds\":%.6f,\"sent_pps\":%.0f", run->sent,
	       run->seconds, run->cpu_seconds, run->sent / run->seconds);
	if (counted)
		printf(",\"received\":%llu,\"received_pps\":%.0f", run->received,
		       run->received / run->seconds);
	printf("}\n");
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = LO_IFINDEX,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	struct sigaction action = { .sa_handler = on_signal };
	struct options options = { .size = 60, .flows = 1, .seconds = 2 };
	__cleanup(nsa_closep) int sink_fd = -1;
	struct gen_config config = {};
	__u8 frame[FRAME_MAX] = {};
	struct run run = {};
	struct gen *skel;
	size_t header_len;
	int r;

	parse_options(argc, argv, &options);
	header_len = fill_config(&config, &options);
	memcpy(frame, config.header, header_len);
	if (options.sink) {
		sink_fd = bpf_obj_get(options.sink);
		if (sink_fd < 0)
			err(1, "--sink %s", options.sink);
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	skel = load(&options, &config);
	if (options.stack)
		hook_lo(skel);
	r = send_for(&options, bpf_program__fd(skel->progs.gen_xdp), frame, sink_fd, &run);
	if (options.stack)
		bpf_tc_hook_destroy(&hook);
	gen__destroy(skel);
	if (r)
		errx(1, "send: %s", strerror(-r));
	print_run(&run, options.sink);
	return 0;
}
