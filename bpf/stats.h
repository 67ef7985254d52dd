/* SPDX-License-Identifier: GPL-2.0-only */
/* Each packet is counted once per hook that decides its fate, for the namespace it comes from. */
#ifndef NSA_BPF_STATS_H
#define NSA_BPF_STATS_H

static __always_inline void nsa_count(__u32 slot, enum nsaccel_hook hook, __u32 reason, __u32 bytes)
{
	struct nsaccel_counter *counter;
	__u32 key = hook;
	__u64 index = reason;
	void *stats;

	stats = bpf_map_lookup_elem(&nsaccel_stats, &slot);
	if (!stats)
		return;
	stats = bpf_map_lookup_elem(stats, &key);
	barrier_var(index); /* the register that is compared is the one that is added */
	if (!stats || index >= NSACCEL_REASON_COUNT)
		return;
	counter = stats + index * sizeof(*counter);
	counter->packets++;
	counter->bytes += bytes;
}

#endif
