// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>

#include "ops/version.h"

const char *nsa_version_libbpf(void)
{
	return libbpf_version_string();
}
