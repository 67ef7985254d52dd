/* SPDX-License-Identifier: GPL-2.0-only */
/* Map "settings": what attach changed and detach puts back. */
#ifndef NSA_MAPS_SETTINGS_H
#define NSA_MAPS_SETTINGS_H

#include "maps/maps.h"
#include "maps/records.h"

/* In no order; the caller frees *out. */
int nsa_maps_settings(const struct nsa_maps *maps, struct nsa_setting_entry **out, size_t *count);
/* -ENOENT: there is none. */
int nsa_maps_setting_get(const struct nsa_maps *maps, const struct nsaccel_setting_key *key,
			 struct nsaccel_setting *out);
int nsa_maps_setting_put(const struct nsa_maps *maps, const struct nsaccel_setting_key *key,
			 const struct nsaccel_setting *setting);
int nsa_maps_setting_del(const struct nsa_maps *maps, const struct nsaccel_setting_key *key);

#endif
