// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "maps/percpu.h"
#include "util/cleanup.h"

int nsa_percpu_new(size_t value_size, void **out, int *cpus)
{
	int count = libbpf_num_possible_cpus();
	void *values;

	if (count < 0)
		return count;
	values = calloc((size_t)count, value_size);
	if (!values)
		return -ENOMEM;
	*out = values;
	*cpus = count;
	return 0;
}

int nsa_percpu_sum(int fd, const void *key, struct nsaccel_counter *out, size_t count)
{
	__cleanup(nsa_freep) struct nsaccel_counter *values = NULL;
	int cpus, r;

	r = nsa_percpu_new(count * sizeof(*values), (void **)&values, &cpus);
	if (r < 0)
		return r;
	r = bpf_map_lookup_elem(fd, key, values);
	if (r < 0)
		return r;
	memset(out, 0, count * sizeof(*out));
	for (size_t i = 0; i < (size_t)cpus * count; i++) {
		out[i % count].packets += values[i].packets;
		out[i % count].bytes += values[i].bytes;
	}
	return 0;
}
