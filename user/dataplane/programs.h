/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loading of the BPF objects. Only programs.c and netfilter_probe.c include skeletons. Functions
 * return 0 or -errno, logged unless said otherwise.
 */
#ifndef NSA_DATAPLANE_PROGRAMS_H
#define NSA_DATAPLANE_PROGRAMS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct bpf_object;

/* Creates and pins maps that do not exist yet, but for "flows", by far the largest, which comes
 * with the first programs that have a firewall gate. Needs the lock. */
int nsa_dataplane_create_maps(void);

/* Constants of one owner's set of programs; see bpf/core/config.h. */
struct nsa_program_config {
	__u32 owner_slot;
	__u64 owner_cookie;
	bool xdp_targets;
	__u32 features;		    /* enum nsaccel_feature, or'ed */
	__u32 mark_sent, mark_wire; /* see bpf/core/mark.h; not in the digest */
};

struct nsa_programs {
	int xdp, tc_ingress, tc_egress; /* file descriptors */
};

/* Digest of the programs with this configuration: equal digests mean equal programs. */
__u32 nsa_dataplane_digest(const struct nsa_program_config *config);
/* Opens the owner's pinned programs. The caller closes *out. -ENOENT if one is missing, not
 * logged. */
int nsa_dataplane_reuse(const struct nsa_program_config *config, struct nsa_programs *out);
/* Loads the owner's programs on the pinned maps and pins them. TC programs that would be equal
 * to the pinned ones are reused; loaded: digest of the pinned ones. The caller closes *out. */
int nsa_dataplane_load(const struct nsa_program_config *config, __u32 loaded,
		       struct nsa_programs *out);
void nsa_programs_closep(struct nsa_programs *programs);

/* The XDP object, opened and configured but not loaded: libxdp loads it as part of a dispatcher.
 * The caller closes it. */
struct nsa_xdp_object;
int nsa_xdp_object_open(const struct nsa_program_config *config, struct nsa_xdp_object **out);
struct bpf_object *nsa_xdp_object_bpf(struct nsa_xdp_object *object);
void nsa_xdp_object_closep(struct nsa_xdp_object **object);

#endif
