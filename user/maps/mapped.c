// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sys/mman.h>

#include "maps/mapped.h"

int nsa_maps_mmap_fd(int fd, size_t size, void **out)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		return -errno;
	*out = memory;
	return 0;
}

int nsa_maps_mmap(const struct nsa_maps *maps, enum nsa_map map, size_t size, void **out)
{
	return nsa_maps_mmap_fd(maps->fd[map], size, out);
}

void nsa_maps_munmap(void *memory, size_t size)
{
	if (memory)
		munmap(memory, size);
}

int nsa_maps_view(const struct nsa_maps *maps, enum nsa_map map, size_t size, const void **out)
{
	void *memory = mmap(NULL, size, PROT_READ, MAP_SHARED, maps->fd[map], 0);

	if (memory == MAP_FAILED)
		return -errno;
	*out = memory;
	return 0;
}

void nsa_maps_unview(const void *memory, size_t size)
{
	nsa_maps_munmap((void *)memory, size);
}
