/* SPDX-License-Identifier: GPL-2.0-only */
/* Elements with one value for each CPU. For the files of maps/. */
#ifndef NSA_MAPS_PERCPU_H
#define NSA_MAPS_PERCPU_H

#include <stddef.h>

#include "nsaccel/abi.h"

/* Room for such an element, all zero, which the caller frees; *cpus: values in it. 0 or -errno. */
int nsa_percpu_new(size_t value_size, void **out, int *cpus);
/* The element's counters, of which each value has count: sums over CPUs. 0 or -errno. */
int nsa_percpu_sum(int fd, const void *key, struct nsaccel_counter *out, size_t count);

#endif
