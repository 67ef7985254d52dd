/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages for people, on stderr. With JSON output an error is one object
 * {"error": "..."} on stdout instead, printed once, when the command ends.
 * Each message says what was tried, on what, why it failed and what would mend it.
 */
#ifndef NSA_UTIL_LOG_H
#define NSA_UTIL_LOG_H

#include <stdarg.h>
#include <stdbool.h>

#define __printf(f, a) __attribute__((format(printf, f, a)))

/* Begins anew: earlier errors are forgotten. */
void nsa_log_init(bool json, bool debug);

/* Lines begin with the time from now on, unless stderr is the journal, which notes it. */
void nsa_log_stamp(void);

/* The same message twice is shown once: an undo may fail for the reason that made it necessary.
 * After 64 different ones no other is shown until nsa_log_forget(), but for a line that says so.
 * Returns r, so that a caller can write: return nsa_err(r, "open %s: %s", ...). */
#define nsa_err(r, ...)                                                                            \
	({                                                                                         \
		int nsa_r = (r);                                                                   \
		nsa_log_err(__VA_ARGS__);                                                          \
		nsa_r;                                                                             \
	})
void nsa_log_err(const char *fmt, ...) __printf(1, 2);
void nsa_warn(const char *fmt, ...) __printf(1, 2);
/* What a command that goes on for long has to say. */
void nsa_info(const char *fmt, ...) __printf(1, 2);
void nsa_debug(const char *fmt, ...) __printf(1, 2);
/* What was said may be said again; of whatever goes on after an error. */
void nsa_log_forget(void);
/* Was anything logged with nsa_err()? The first such message, or NULL. */
const char *nsa_log_error(void);
/* Called once, when the command has ended: with JSON output prints the first error, if there is
 * one, as {"error": "..."}. 0, or -EIO if stdout can't be written. */
int nsa_log_flush_json_error(void);
/* Routes libbpf's and libxdp's own messages: shown only in debug mode. */
void nsa_log_capture_libs(void);

#endif
