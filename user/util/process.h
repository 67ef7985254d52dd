/* SPDX-License-Identifier: GPL-2.0-only */
/* Other processes, for messages. */
#ifndef NSA_UTIL_PROCESS_H
#define NSA_UTIL_PROCESS_H

#include <sys/types.h>

/* Size of a process's name, with the zero at its end. */
#define NSA_PROCESS_NAME 32

/* The name of a process, as ps(1) has it. Returns name, "gone" if there is no such process. */
const char *nsa_process_name(pid_t pid, char name[NSA_PROCESS_NAME]);

#endif
