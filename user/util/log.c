// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include "util/cleanup.h"
#include "util/log.h"
#include "util/utf8.h"

static bool json_mode, debug_mode, stamped;
/* Errors that were told: each is told once. The first is what happened, the others follow from it
 * or are of undoing. */
#define MAX_REPORTED 64
static char *reported[MAX_REPORTED];
static size_t reported_count;
static bool silent;

void nsa_log_init(bool json, bool debug)
{
	nsa_log_forget();
	json_mode = json;
	debug_mode = debug;
	stamped = false;
}

void nsa_log_stamp(void)
{
	const char *stream = getenv("JOURNAL_STREAM"); /* sd-daemon(3): device and inode */
	char own[64] = "";
	struct stat st;

	if (!fstat(STDERR_FILENO, &st))
		snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	stamped = !stream || strcmp(stream, own) != 0;
}

static char *format(const char *fmt, va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0)
		return NULL;
	nsa_utf8_clean(text);
	return text;
}

static void print_time(void)
{
	char text[sizeof("YYYY-MM-DDTHH:MM:SS")];
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	if (gmtime_r(&now.tv_sec, &tm) && strftime(text, sizeof(text), "%FT%T", &tm))
		fprintf(stderr, "%s.%03ldZ ", text, now.tv_nsec / 1000000);
}

static void print(const char *prefix, const char *text)
{
	if (stamped)
		print_time();
	fprintf(stderr, "nsaccel: %s%s\n", prefix, text ? text : "out of memory");
}

static bool is_reported(const char *text)
{
	for (size_t i = 0; i < reported_count; i++)
		if (!strcmp(text, reported[i]))
			return true;
	return false;
}

/* A text may have a name that a tenant gave a device: there is no end of new ones, and the daemon
 * tries again and again. What is not remembered is therefore not shown. */
static void fall_silent(void)
{
	if (!silent && !json_mode)
		print("", "so many different errors: no other is shown until these are mended");
	silent = true;
}

void nsa_log_err(const char *fmt, ...)
{
	va_list args;

	__cleanup(nsa_freep) char *text = NULL;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	if (text && is_reported(text))
		return;
	if (reported_count == MAX_REPORTED) {
		fall_silent();
		return;
	}
	if (!json_mode)
		print("", text);
	if (text)
		reported[reported_count++] = TAKE_PTR(text);
}

void nsa_warn(const char *fmt, ...)
{
	__cleanup(nsa_freep) char *text = NULL;
	va_list args;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	print("warning: ", text);
}

void nsa_debug(const char *fmt, ...)
{
	__cleanup(nsa_freep) char *text = NULL;
	va_list args;

	if (!debug_mode)
		return;
	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	print("debug: ", text);
}

void nsa_info(const char *fmt, ...)
{
	__cleanup(nsa_freep) char *text = NULL;
	va_list args;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	print("", text);
}

void nsa_log_forget(void)
{
	while (reported_count)
		free(reported[--reported_count]);
	silent = false;
}

const char *nsa_log_error(void)
{
	return reported_count ? reported[0] : NULL;
}

int nsa_log_flush_json_error(void)
{
	json_t *error;
	int r;

	if (!json_mode || !reported_count)
		return 0;
	error = json_pack("{s:s}", "error", reported[0]);
	r = error ? json_dumpf(error, stdout, 0) : -1;
	json_decref(error);
	nsa_log_forget();
	return r < 0 || putchar('\n') == EOF || fflush(stdout) ? -EIO : 0;
}

/* The libraries end their lines themselves and say who they are. */
static int print_lib(const char *fmt, va_list args)
{
	__cleanup(nsa_freep) char *text = NULL;

	if (!debug_mode)
		return 0;
	text = format(fmt, args);
	return text ? fputs(text, stderr) : 0;
}

static int print_libbpf(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	return print_lib(fmt, args);
}

static int print_libxdp(enum libxdp_print_level level, const char *fmt, va_list args)
{
	(void)level;
	return print_lib(fmt, args);
}

void nsa_log_capture_libs(void)
{
	libbpf_set_print(print_libbpf);
	libxdp_set_print(print_libxdp);
}
