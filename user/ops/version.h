/* SPDX-License-Identifier: GPL-2.0-only */
/* Versions of libraries. */
#ifndef NSA_OPS_VERSION_H
#define NSA_OPS_VERSION_H

/* Of the libbpf in use: "v1.5". Static. */
const char *nsa_version_libbpf(void);

#endif
