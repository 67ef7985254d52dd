/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What programs see of a namespace's netfilter: a program is asked, by BPF_PROG_TEST_RUN. It is
 * pinned, since loading it would take most of a command's time: libbpf parses the kernel's whole
 * BTF for that.
 */
#ifndef NSA_DATAPLANE_NETFILTER_PROBE_H
#define NSA_DATAPLANE_NETFILTER_PROBE_H

struct nsa_netns;
struct nsaccel_netfilter;

/* Fills *out with the netfilter state of a namespace as the programs read it. All zero if they
 * cannot read it (before Linux 6.2). Errors are not logged. */
void nsa_netfilter_probe(const struct nsa_netns *ns, struct nsaccel_netfilter *out);

/* Pins the program for later commands, if it isn't, in the place of another version's. Needs the
 * lock, and pins of maps. Without the pin commands load it themselves, so errors are ignored. */
void nsa_netfilter_probe_pin(void);

#endif
