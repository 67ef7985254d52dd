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
void nsa_maps_munmap(void *memory, size_t size);

/* A copy of the array's memory, which takes a tenth of the time of asking the kernel for its
 * elements. The caller frees *out. 0 or -errno. */
int nsa_maps_copy(const struct nsa_maps *maps, enum nsa_map map, size_t size, void **out);

#endif
