/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs the command nsaccel within the test, in a sandbox with nothing but lo and an empty bpffs. */
#ifndef NSA_TEST_COMMAND_LINE_H
#define NSA_TEST_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "sandbox.h"

#define ELEMENTS(array) (sizeof(array) / sizeof(*(array)))
#define MAX_WORDS	12
#define LONG_NAME	"a-name-that-is-longer-than-any-device-or-namespace-may-be-0123456789"

/* At the start of main(): enters the sandbox, and captures stdout and stderr. */
void command_line_enter(void);

/* Runs the program with these words, ended by NULL, and gives back its exit code. What it prints
 * is in command_out() and command_err() until the next call. */
int run(const char *const *words);
const char *command_out(void);
const char *command_err(void);

/* The words as a person would type them, for messages. Valid until the next call. */
const char *line(const char *const *words);

/* Is the text one JSON object with nothing but an error? Its message is copied to says. */
bool is_json_error(const char *text, char *says, size_t size);

#endif
