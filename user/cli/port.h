/* SPDX-License-Identifier: GPL-2.0-only */
/* A port as status and attach show it. */
#ifndef NSA_CLI_PORT_H
#define NSA_CLI_PORT_H

#include <jansson.h>

#include "ops/port_info.h"

json_t *nsa_port_json(const struct nsa_port_info *info);

#endif
