/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs, loaded in several configurations over one set of maps; real devices for the
 * ifindexes of the world, in a network namespace of their own, with their far ends in another;
 * runs of one packet. Whatever can't be set up fails the running test with a message.
 */
#ifndef NSA_TEST_RIG_H
#define NSA_TEST_RIG_H

#include "packet.h"
#include "world.h"

#include <linux/bpf.h>
#include <linux/virtio_net.h>

enum variant {
	PLAIN,
	CHECKED, /* nsaccel_check_owner, loaded for the namespace that the devices are in */
	MOVED,	 /* likewise, but for another one */
	IDLE,	 /* without XDP targets */
	BARE,	 /* without the stages of any feature, or with those of rig_set_features() */
	VARIANT_COUNT
};

struct rig;

struct outcome {
	__u32 verdict;
	struct packet packet;
	struct __sk_buff ctx; /* TC only */
};

/* What the counters say after one run. */
struct counted {
	__u64 packets; /* in all counters together; the other fields tell of the last one found */
	__u64 bytes;
	enum ns ns;
	enum nsaccel_hook hook;
	enum nsaccel_reason reason;
};

void assert_packet(const struct packet *want, const struct packet *got);

struct rig *rig_new(void);
void rig_free(struct rig *self);

/* The rig of a group of tests, from the group's set-up on, and what makes and frees it. */
extern struct rig *rig;
int rig_set_up(void **state);
int rig_tear_down(void **state);

/* Can this kernel load it? */
bool rig_has(enum variant variant);
/* Loads its programs now, which takes up to a second, and not when one is first run. */
void rig_load(struct rig *self, enum variant variant);
/* BARE has the stages of these features from now on. */
void rig_set_features(struct rig *self, __u32 features);

void rig_apply(struct rig *self, const struct world *world);

/* How a packet comes to a TC program. */
struct arrival {
	enum variant variant;
	enum nsaccel_hook hook;
	enum dev dev;
	__u32 gso_size;
	bool tagged; /* a VLAN tag in the metadata */
	bool probe;
	bool unmarked; /* without RIG_MARK and RIG_PRIORITY */
	bool ours;     /* as if a program of ours had redirected it */
	bool forged;   /* cb says that it's a probe, but it came as a packet does */
	bool dodgy;    /* GSO from outside the kernel: nobody has counted its segments */
	__u32 sent;    /* what a tenant's program wrote where ours do; not with ours */
	__u32 mark, priority;
	__u32 iif; /* skb->ingress_ifindex */
};

/* Set on each skb: what belongs to one namespace must not get into another. */
#define RIG_MARK     0x1234
#define RIG_PRIORITY 5
#define RIG_TSTAMP   1000000007ULL
/* Set in a probe where the answer is to be. */
#define RIG_UNANSWERED 0xffff
/* Where in cb the programs write that they sent it. */
#define RIG_CB_SENT   4
#define RIG_MARK_SENT 0x8badf00d
#define RIG_MARK_WIRE 0x8badf00e
/* So many packets in turn have a verdict recorded if there can be one (bpf/map/verdicts.h). */
#define RIG_UNTIL_RECORDED 65

struct outcome *rig_run_tc(struct rig *self, const struct arrival *arrival,
			   const struct packet *packet);
struct outcome *rig_run_xdp(struct rig *self, enum variant variant, enum dev dev,
			    const struct packet *packet);
/* The maps, as the command's code has them, with the sequences of tables in memory; all stays the
 * rig's to close. */
struct nsa_maps;
void rig_maps(const struct rig *self, struct nsa_maps *maps);
int rig_tc_fd(const struct rig *self, enum nsaccel_hook hook);
int rig_xdp_fd(const struct rig *self);
/* Hangs the program of hook on a real device, by clsact, which is made for all at first. */
void rig_make_hooks(void);
void rig_attach(const struct rig *self, enum dev dev, enum nsaccel_hook hook);
/* Sets the world's owner up for the kernel to route; ETH2's macvlans left out. */
void rig_make_router(void);

/* Lets a port of the world forward, or not. No sequence tells: what a port still sends has a
 * verdict. */
void rig_let_forward(struct rig *self, const struct world *world, enum dev dev, bool forwards);
__u64 rig_now(void); /* CLOCK_MONOTONIC, ns */

/* The map "used". */
bool rig_used(struct rig *self, enum hop hop);
/* Takes a neighbour out of the map "neigh_used"; false: there is none. */
bool rig_fib_used(struct rig *self, struct nsaccel_fib_neighbour *key);
/* The time in the map "fdb" when frames of this MAC were seen. */
__u64 rig_seen(struct rig *self, const __u8 *mac);
void rig_set_hop(struct rig *self, enum hop hop, const struct nsaccel_nexthop *nh);
void rig_limits(struct rig *self, enum ns ns, struct nsaccel_limits *limits);
void rig_set_limits(struct rig *self, enum ns ns, const struct nsaccel_limits *limits);
void rig_set_owner(struct rig *self, const struct nsaccel_owner *owner);
/* The only flow there is; false: there is none. */
bool rig_flow(struct rig *self, struct nsaccel_flow *flow);
void rig_set_flow(struct rig *self, const struct nsaccel_flow *flow);
/* Is there one with the port at either end? */
bool rig_has_flow(struct rig *self, __u16 port);
/* What a namespace has of them; and may have (0: the default). */
struct nsaccel_flow_use rig_flow_use(struct rig *self, enum ns ns);
void rig_set_flow_quota(struct rig *self, enum ns ns, __u32 quota);

struct counted rig_counted(struct rig *self);
void rig_forget_counts(struct rig *self);

void rig_sysctl(const char *device, const char *family, const char *name, const char *value);

/* Devices by name: nsa-eth0 and so on in the rig's namespace; at their far ends far-eth0 ..., and
 * the macvlans nsa-green, nsa-grey, nsa-pink. */
void rig_ip(const char *commands); /* ip(8), in batch mode, in the rig's namespace */
int rig_listen(struct rig *self, bool far, const char *device);
/* Headers in front of a frame as a device with offloads has them: a virtio_net_hdr. */
/* A GSO packet of UDP skips the test where the kernel takes none. */
#define GSO_UDP_L4 5 /* VIRTIO_NET_HDR_GSO_UDP_L4, newer than the headers of Debian 12 */
void rig_send(int fd, const struct packet *packet, const struct virtio_net_hdr *offload);

struct heard {
	struct packet packet;
	struct virtio_net_hdr offload;
	bool out; /* sent out by the device, not received */
};

/* The next frame, or false if there's none in time. */
bool rig_hear(int fd, struct heard *heard, int timeout_ms);
void rig_drain(int fd);

#endif
