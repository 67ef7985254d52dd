/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a BPF program sees of the kernel, to build nsaccel_tc.bpf.c and nsaccel_xdp.bpf.c natively:
 * in place of bpf/bpf_helpers.h and bpf/bpf_core_read.h. machine*.c are the kernel: packets and
 * maps are the fuzzer's.
 */
#ifndef NSA_FUZZ_MACHINE_H
#define NSA_FUZZ_MACHINE_H

#define __BPF_HELPERS__
#define __BPF_CORE_READ_H__
#define preserve_access_index annotate("kernel") /* a matter of the BPF target */
#include "vmlinux/vmlinux.h"

/* Two pointers are subtracted in BPF's assembler: what comes of it is the input's to say. */
#define NSA_CORE_NETFILTER_H

#define SEC(name)
#define __ksym
#undef __weak
#define __weak		 __attribute__((weak))
#define __always_inline	 inline __attribute__((always_inline))
#define __noinline	 __attribute__((noinline))
#define barrier_var(var) ((void)(var))

/* Maps, as libbpf has them. */
#define __uint(name, val)  int(*name)[val]
#define __type(name, val)  typeof(val) *name
#define __array(name, val) typeof(val) *name[]

/* One of the program's maps. */
struct machine_map {
	const void *map;
	size_t key_size, value_size;
	__u32 type, max_entries;
	const void *inner; /* of a map of maps: what its values are like */
	const void *usual; /* a value that makes sense; NULL: all zero */
};

#define MACHINE_MAP(m, usual_value)                                                                \
	{                                                                                          \
		&(m), sizeof(*(m).key), sizeof(*(m).value), sizeof(*(m).type) / sizeof(int),       \
			sizeof(*(m).max_entries) / sizeof(int), NULL, usual_value                  \
	}
#define MACHINE_MAP_OF(m, inner_map)                                                               \
	{                                                                                          \
		&(m), sizeof(*(m).key), 0, sizeof(*(m).type) / sizeof(int),                        \
			sizeof(*(m).max_entries) / sizeof(int), inner_map, NULL                    \
	}
/* Has no elements, whatever the input says. */
#define MACHINE_MAP_EMPTY(m)                                                                       \
	{                                                                                          \
		&(m), sizeof(*(m).key), 0, 0, 0, NULL, NULL                                        \
	}

/* Of the fuzzer; the last one's map is NULL. */
extern const struct machine_map machine_maps[];

/* Helpers */

void *machine_lookup(const void *map, const void *key);
long machine_update(const void *map, const void *key, const void *value);
long machine_delete(const void *map, const void *key);
#define bpf_map_lookup_elem(map, key)		    machine_lookup(map, key)
#define bpf_map_update_elem(map, key, value, flags) machine_update(map, key, value)
#define bpf_map_delete_elem(map, key)		    machine_delete(map, key)

/* Timers never go off: what their functions do is done to a flow that is there, as by any
 * program. */
long machine_timer(void);
#define bpf_timer_init(timer, map, clock)	((void)(timer), (void)(map), machine_timer())
#define bpf_timer_set_callback(timer, function) ((void)(timer), (void)(function), machine_timer())
#define bpf_timer_start(timer, after, flags)	((void)(timer), (void)(after), machine_timer())

__u64 bpf_ktime_get_ns(void);
__u64 bpf_ktime_get_coarse_ns(void);
long bpf_skb_load_bytes(const void *skb, __u32 offset, void *to, __u32 len);
long bpf_skb_pull_data(struct __sk_buff *skb, __u32 len);
long bpf_skb_change_tail(struct __sk_buff *skb, __u32 len, __u64 flags);
long bpf_skb_adjust_room(struct __sk_buff *skb, __s32 room, __u32 mode, __u64 flags);
long bpf_skb_vlan_push(struct __sk_buff *skb, __be16 proto, __u16 tci);
long bpf_skb_vlan_pop(struct __sk_buff *skb);
long bpf_skb_change_type(struct __sk_buff *skb, __u32 type);
long bpf_skb_set_tstamp(struct __sk_buff *skb, __u64 time, __u32 type);
__s64 bpf_csum_diff(__be32 *from, __u32 from_size, __be32 *to, __u32 to_size, __wsum seed);
__s64 bpf_csum_update(struct __sk_buff *skb, __wsum sum);
long bpf_l4_csum_replace(struct __sk_buff *skb, __u32 offset, __u64 from, __u64 to, __u64 flags);
long bpf_check_mtu(void *ctx, __u32 ifindex, __u32 *mtu_len, __s32 diff, __u64 flags);
long bpf_fib_lookup(void *ctx, struct bpf_fib_lookup *params, int size, __u32 flags);
long bpf_redirect(__u32 ifindex, __u64 flags);
long bpf_redirect_peer(__u32 ifindex, __u64 flags);
long bpf_clone_redirect(struct __sk_buff *skb, __u32 ifindex, __u64 flags);

__u64 bpf_xdp_get_buff_len(struct xdp_md *xdp);
long bpf_xdp_load_bytes(struct xdp_md *xdp, __u32 offset, void *into, __u32 len);
long bpf_xdp_adjust_tail(struct xdp_md *xdp, int delta);
long machine_redirect_map(const void *map, __u32 key, __u64 flags);
#define bpf_redirect_map(map, key, flags) machine_redirect_map(map, key, flags)

/* In place of bpf/core/netfilter.h */
__u64 nsa_hooks(const struct net *net, int which);
__u32 nsa_nft_sequence(const struct net *net);

/* In place of bpf/stage/conntrack.h */
struct nsaccel_translation;
enum nsa_ct {
	NSA_CT_NONE,
	NSA_CT_PLAIN,
	NSA_CT_KERNELS
};
enum nsa_ct nsa_ct_arrival(struct __sk_buff *skb, int family, __u8 proto,
			   const struct nsaccel_translation *left,
			   struct nsaccel_translation *came);

/* The fuzzer's side */

/* Bits of the input's first byte */
enum machine_flag {
	MACHINE_UNSTABLE = 1,	/* somebody changes the maps all the time */
	MACHINE_OTHER = 2,	/* the other of the fuzzer's two programs */
	MACHINE_TAGGED = 4,	/* TC */
	MACHINE_PROBING = 8,	/* TC */
	MACHINE_FAILING = 16,	/* helpers fail when the input says so */
	MACHINE_OTHERHOST = 32, /* TC */
};

struct machine_head;

/* Takes the frame and what the kernel and the maps will say from input; false: it is too short.
 * Programs' contexts are had by the other two. */
bool machine_begin(const __u8 *input, size_t size, struct machine_head *head);
bool machine_begin_skb(const __u8 *input, size_t size, struct __sk_buff *skb);
/* frags: the program takes frames that aren't linear. */
bool machine_begin_xdp(const __u8 *input, size_t size, bool frags, struct xdp_md *xdp);
void machine_end(void);
/* What the program was given, and a copy of what became of it. Their IP headers are aligned. */
const __u8 *machine_frame_before(__u32 *len);
__u8 *machine_frame_now(__u32 *len);
bool machine_frame_is_unchanged(void);
/* Calls found() for each value of the map that the program looked at, until it says true. */
bool machine_each(const void *map, bool (*found)(const void *value, const void *data),
		  const void *data);
/* Was bpf_redirect() or bpf_redirect_peer() called? For which device last. */
bool machine_redirects(__u32 *ifindex);
/* Has bpf_redirect_map() taken an entry of a map? Which last. */
bool machine_redirects_by(__u32 *key);
/* Did the kernel's lookup name that device? */
bool machine_fib_said(__u32 ifindex);
bool machine_maps_are_stable(void);

#endif
