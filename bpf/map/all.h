/* SPDX-License-Identifier: GPL-2.0-only */
/* All pinned maps; the pins are named after them without "nsa_". See nsaccel-maps(5). */
#ifndef NSA_MAP_ALL_H
#define NSA_MAP_ALL_H

#include "map/conns.h"
#include "map/endpoints.h"
#include "map/fdb.h"
#include "map/flows.h"
#include "map/limits.h"
#include "map/nexthops.h"
#include "map/owners.h"
#include "map/policies.h"
#include "map/ports.h"
#include "map/sequences.h"
#include "map/shares.h"
#include "map/sources.h"
#include "map/stats.h"
#include "map/tables.h"
#include "map/tx.h"
#include "map/user.h"
#include "map/verdicts.h"

#endif
