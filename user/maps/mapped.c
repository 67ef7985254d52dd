// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "maps/mapped.h"

int nsa_maps_mmap(const struct nsa_maps *maps, enum nsa_map map, size_t size, void **out)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, maps->fd[map], 0);

	if (memory == MAP_FAILED)
		return -errno;
	*out = memory;
	return 0;
}

void nsa_maps_munmap(void *memory, size_t size)
{
	if (memory)
		munmap(memory, size);
}

int nsa_maps_copy(const struct nsa_maps *maps, enum nsa_map map, size_t size, void **out)
{
	void *memory = mmap(NULL, size, PROT_READ, MAP_SHARED, maps->fd[map], 0);
	void *all;

	if (memory == MAP_FAILED)
		return -errno;
	all = malloc(size);
	if (all)
		*out = memcpy(all, memory, size);
	munmap(memory, size);
	return all ? 0 : -ENOMEM;
}
