/* SPDX-License-Identifier: GPL-2.0-only */
/* The BPF objects: the only file that knows the skeletons. 0 or -errno; failures are logged. */
#ifndef NSA_DATAPLANE_PROGRAMS_H
#define NSA_DATAPLANE_PROGRAMS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct bpf_object;
struct nsa_netns;
struct nsaccel_netfilter;

/* Creates and pins what is missing of the maps. Needs the lock. */
int nsa_dataplane_create_maps(void);

/* One set of programs per owner namespace; see bpf/core/config.h. */
struct nsa_program_config {
	__u32 owner_slot;
	__u64 owner_cookie;
	bool xdp_targets;
	__u32 mark_sent, mark_wire; /* see bpf/core/mark.h; no part of the digest */
};

struct nsa_programs {
	int xdp, tc_ingress, tc_egress; /* fds */
};

/* What the programs would be with this configuration: the same number as long as nothing in them
 * would differ. */
__u32 nsa_dataplane_digest(const struct nsa_program_config *config);
/* The owner's programs as they are pinned; -ENOENT if one is missing. Not logged. */
int nsa_dataplane_reuse(const struct nsa_program_config *config, struct nsa_programs *out);
/* Loads the programs on the pinned maps and pins them for the owner; but for those that are the same by the
 * digest of what is pinned. */
int nsa_dataplane_load(const struct nsa_program_config *config, __u32 loaded,
		       struct nsa_programs *out);
void nsa_programs_closep(struct nsa_programs *programs);

/* What programs see of a namespace's netfilter: struct nsaccel_netfilter; nothing is known where the
 * kernel doesn't let them (before Linux 6.2). Not logged. */
void nsa_dataplane_netfilter(const struct nsa_netns *ns, struct nsaccel_netfilter *out);

/* The XDP object opened and configured, for libxdp to load as part of a dispatcher. */
struct nsa_xdp_object;
int nsa_xdp_object_open(const struct nsa_program_config *config, struct nsa_xdp_object **out);
struct bpf_object *nsa_xdp_object_bpf(struct nsa_xdp_object *object);
void nsa_xdp_object_closep(struct nsa_xdp_object **object);

#endif
