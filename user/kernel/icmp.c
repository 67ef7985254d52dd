// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/icmp.h"
#include "util/cleanup.h"
#include "util/clock.h"

static void file_closep(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* A line of names, then one of values: of the field, if it is there. */
static __u64 value_of(char *names, char *values, const char *field)
{
	char *save_name, *save_value;
	char *name = strtok_r(names, " \n", &save_name);
	char *value = strtok_r(values, " \n", &save_value);
	__u64 found = 0;

	for (; name && value;
	     name = strtok_r(NULL, " \n", &save_name), value = strtok_r(NULL, " \n", &save_value))
		if (!strcmp(name, field))
			found += strtoull(value, NULL, 10);
	return found;
}

/* Of each type that has come there is a field. */
static int read_received4(__u64 *heard)
{
	__cleanup(file_closep) FILE *file = fopen("/proc/thread-self/net/snmp", "re");
	__cleanup(nsa_freep) char *names = NULL, *values = NULL;
	size_t names_size = 0, values_size = 0;

	if (!file)
		return -errno;
	while (getline(&names, &names_size, file) > 0 && getline(&values, &values_size, file) > 0) {
		__cleanup(nsa_freep) char *again = NULL, *once_more = NULL;

		if (strncmp(names, "IcmpMsg:", 8) != 0)
			continue;
		again = strdup(names);
		once_more = strdup(values);
		if (!again || !once_more)
			return -ENOMEM;
		*heard +=
			value_of(names, values, "InType3") + value_of(again, once_more, "InType5");
	}
	return 0;
}

static int read_received6(__u64 *heard)
{
	__cleanup(file_closep) FILE *file = fopen("/proc/thread-self/net/snmp6", "re");
	__cleanup(nsa_freep) char *line = NULL;
	unsigned long long count;
	size_t size = 0;

	if (!file)
		return errno == ENOENT ? 0 : -errno; /* no IPv6 here */
	while (getline(&line, &size, file) > 0)
		/* NOLINTBEGIN(cert-err34-c): the kernel's own number */
		if (sscanf(line, "Icmp6InRedirects %llu", &count) == 1 ||
		    sscanf(line, "Icmp6InPktTooBigs %llu", &count) == 1)
			*heard += count;
	/* NOLINTEND(cert-err34-c) */
	return 0;
}

__u64 nsa_icmp_received(void)
{
	__u64 heard = 0;

	return read_received4(&heard) || read_received6(&heard) ? nsa_clock() : heard;
}
