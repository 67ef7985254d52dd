/* SPDX-License-Identifier: GPL-2.0-only */
/* Arrays that are mapped into memory. For the files of maps/. */
#ifndef NSA_MAPS_MAPPED_H
#define NSA_MAPS_MAPPED_H

#include <stddef.h>

#include "maps/maps.h"

/* Maps the array, of size bytes, to be read and written; the caller hands *out to
 * nsa_maps_munmap(), which takes NULL, too. The kernel gives each element a multiple of eight
 * bytes. 0 or -errno. */
int nsa_maps_mmap(const struct nsa_maps *maps, enum nsa_map map, size_t size, void **out);
int nsa_maps_mmap_fd(int fd, size_t size,
		     void **out); /* the same of a map that isn't among those */
void nsa_maps_munmap(void *memory, size_t size);

/* Maps the array to be read, which takes a tenth of the time of asking the kernel for its elements,
 * and a third of copying it. The caller hands *out to nsa_maps_unview(), which takes NULL, too.
 * Others may write there at any time: what is looked at twice is copied first. 0 or -errno. */
int nsa_maps_view(const struct nsa_maps *maps, enum nsa_map map, size_t size, const void **out);
void nsa_maps_unview(const void *memory, size_t size);

#endif
