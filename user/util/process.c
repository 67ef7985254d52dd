// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "util/process.h"

const char *nsa_process_name(pid_t pid, char name[NSA_PROCESS_NAME])
{
	char path[32];
	FILE *file;

	snprintf(name, NSA_PROCESS_NAME, "gone");
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return name;
	if (fgets(name, NSA_PROCESS_NAME, file))
		name[strcspn(name, "\n")] = '\0';
	fclose(file);
	return name;
}
